import { withFields } from '../core/event.ts';
import { isObject, type Json, objectIn } from '../core/json-object.ts';
import type { LineParser, Parsed } from '../core/stages.ts';
import { journalParsed } from './journal/entry.ts';
import { Carried, type Fields, Labels, textOf, textsOf, write } from './shipped/carried.ts';

const MAX_LENGTH = 1_048_576;
const KNOWN = new Set(['time', 'host', 'source', 'sourcetype', 'index', 'event', 'fields']);
const WRAPPED = /^\{"hec":\{/;
const TELLING = /"(?:event|fields)"[ \t]{0,10}:/;
const SECONDS = /^\s{0,10}(?<whole>\d{1,11})(?:\.(?<rest>\d{1,20}))?\s{0,10}$/;
const WORD = /^[A-Za-z][\w.-]{0,63}$/;

/**
 * Events of Splunk's HTTP Event Collector, one JSON object a line, with no member that the collector does not know: as the listener `splunk-hec`
 * keeps each. The event is a line, what a program said, or an object with its text in it.
 */
export default {
  kind: 'line',
  name: 'hec',
  parse(line: string): Parsed | null {
    if (line.charCodeAt(0) !== 0x7b || line.length > MAX_LENGTH || !TELLING.test(line)) return null;
    const document = objectIn(line);
    if (document === null) return null;
    const event = WRAPPED.test(line) && isObject(document['hec']) ? document['hec'] : document;
    const isOne = event !== document || Object.keys(event).every((key) => KNOWN.has(key));
    return isOne && (event['event'] !== undefined || event['fields'] !== undefined) ? eventParsed(event) : null;
  },
} satisfies LineParser;

const ofFields = new Labels('hec.fields');
const ofEvent = new Labels('hec.event');

function eventParsed({ time, host, source, sourcetype, index, event, fields: given }: Json): Parsed {
  const flat = isObject(given) ? textsOf(given) : [];
  const inner = isObject(event) ? textsOf(event) : [];
  const nested = isObject(event) && isObject(event['message']) ? textsOf(event['message']) : [];
  const carried = new Carried().take(inner).take(nested).take(flat);
  const origin = textOf(source);
  const fields: Fields = {};
  write(fields, 'log.level', carried.level);
  write(fields, 'log.file.path', origin.startsWith('/') ? origin : undefined);
  write(fields, 'hec.source', origin);
  write(fields, 'hec.sourcetype', textOf(sourcetype));
  write(fields, 'hec.index', textOf(index));
  ofFields.write(fields, flat);
  if (isObject(event) && event['__REALTIME_TIMESTAMP'] !== undefined) {
    const entry = journalParsed((name) => textIn(event, name));
    if (entry !== null) return { ...entry, fields: withFields(fields, entry.fields) };
  }
  ofEvent.write(
    fields,
    inner.filter(([name]) => name !== 'message'),
  );
  return {
    host: textOf(host) || carried.host,
    process: carried.program ?? (WORD.test(origin) ? origin : undefined),
    pid: carried.pid,
    message: messageOf(event, nested),
    said: true,
    forwarded: true,
    fields,
    ...timeOf(time),
  };
}

const textIn = (event: Json, name: string): string | undefined =>
  Object.hasOwn(event, name) ? textOf(event[name]) : undefined;

function messageOf(event: unknown, nested: readonly (readonly [string, string])[]): string {
  if (!isObject(event)) return textOf(event).replace(/\r?\n$/, '');
  const inMessage = new Carried().take(nested).message;
  return inMessage ?? new Carried().take(textsOf(event)).message ?? textOf(event);
}

/** Seconds since 1970, a number or a text, to the microsecond. */
function timeOf(time: unknown): Pick<Parsed, 'time' | 'certainty'> {
  const groups = SECONDS.exec(textOf(time))?.groups;
  if (!groups) return {};
  const microseconds = Number((groups['rest'] ?? '').slice(0, 6).padEnd(6, '0'));
  return { time: Number(groups['whole']) * 1000 + microseconds / 1000, certainty: 'exact' };
}
