import { withFields } from '../core/event.ts';
import { type Json, objectIn } from '../core/json-object.ts';
import type { LineContext, LineParser, Parsed } from '../core/stages.ts';
import { ecsParsed, hostOf, isMarked } from './ecs/document.ts';
import { jsonEntry } from './journal/json-entry.ts';
import webJson from './web-json.ts';
import windowsEvents from './windows-events.ts';

const MAX_LENGTH = 16 << 20;
const MARK = /"(?:@timestamp|_source)"/;
/** The line before a document in a request to Elasticsearch's bulk API. */
const ACTION = /^\{ ?"(?:create|index)" ?: ?\{/;

/**
 * Documents in the Elastic Common Schema, as Filebeat, Winlogbeat, Auditbeat, Elastic Agent and Logstash write them: alone, one on a line,
 * or as the bulk API has them, with the line before it that says its index, or as a search gives them back. What Windows and web servers say is read by their parsers; a line
 * that Windows said is left to its own, for a story follows those.
 */
export default {
  kind: 'line',
  name: 'ecs',
  parse(line: string, context: LineContext): Parsed | null {
    if (line.charCodeAt(0) !== 0x7b || line.length > MAX_LENGTH) return null;
    const feed = ACTION.test(line.slice(0, 16)) ? line.indexOf('\n') : -1;
    if (feed !== -1) return bulkParsed(line.slice(0, feed), line.slice(feed + 1), context);
    const document = MARK.test(line) ? objectIn(line) : null;
    const kept = document === null ? null : keptOf(document, context);
    if (kept !== null) return kept;
    if (document === null || !isMarked(document) || windowsEvents.parse(line, context) !== null) return null;
    return webParsed(line, document, context) ?? ecsParsed(document, context);
  },
} satisfies LineParser;

// As a search answers, and elasticdump writes: {"_index": "...", "_id": "...", "_source": {...}}.
function keptOf({ _index: index, _source: source }: Json, context: LineContext): Parsed | null {
  if (typeof index !== 'string' || typeof source !== 'object' || source === null || Array.isArray(source)) return null;
  return bulkParsed(JSON.stringify({ index: { _index: index } }), JSON.stringify(source), context);
}

/** What is sent to the bulk API may have any form. */
function bulkParsed(action: string, text: string, context: LineContext): Parsed | null {
  const document = objectIn(text);
  if (document === null) return null;
  const parsed =
    windowsEvents.parse(text, context) ??
    webParsed(text, document, context) ??
    (isMarked(document) ? null : jsonEntry(text, context)) ??
    ecsParsed(document, context);
  const [named] = Object.values(objectIn(action) ?? {});
  const index = typeof named === 'object' && named !== null ? (named as Json)['_index'] : undefined;
  return typeof index === 'string'
    ? { ...parsed, fields: withFields(parsed.fields, { 'elasticsearch.index': index }) }
    : parsed;
}

function webParsed(text: string, document: Json, context: LineContext): Parsed | null {
  const web = webJson.parse(text, context);
  return web === null ? null : { ...web, host: web.host || hostOf(document) };
}
