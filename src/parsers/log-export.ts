import { isObject, type Json, objectIn } from '../core/json-object.ts';
import type { LineContext, LineParser, Parsed } from '../core/stages.ts';
import { Carried, type Fields, textOf, textsOf, write } from './shipped/carried.ts';
import { instantOf } from './shipped/instant.ts';

const MAX_LENGTH = 1_048_576;
/** A member that one of the forms has. */
const MARK = /"(?:source_type|log|line|_raw|ingestionTime|textPayload)"/;

/** What a program that carries logs away wrote of one line. */
interface Export {
  readonly line: unknown;
  readonly time: unknown;
  readonly host?: unknown;
  /** The file that it stood in. */
  readonly file?: unknown;
}

/** The forms. What only looks like one is somebody's application, whose texts are not lines: a stranger may have written them. */
const FORMS: readonly ((document: Json) => Export | null)[] = [
  vector,
  fluentBit,
  loki,
  splunk,
  cloudWatch,
  googleCloud,
];

/**
 * Lines of log files as those who carry them away keep and give them back, one JSON object a line: Vector's file source, Fluent Bit's tail,
 * `logcli`, a search in Splunk, CloudWatch, Google Cloud Logging. The line is read again as the whole line that it is.
 */
export default {
  kind: 'line',
  name: 'log-export',
  parse(line: string, context: LineContext): Parsed | null {
    if (line.charCodeAt(0) !== 0x7b || line.length > MAX_LENGTH || !MARK.test(line)) return null;
    const document = objectIn(line);
    if (document === null) return null;
    for (const form of FORMS) {
      const found = form(document);
      if (found !== null && typeof found.line === 'string') return parsedOf(found, context);
    }
    return null;
  },
} satisfies LineParser;

function parsedOf({ line, time, host, file }: Export, context: LineContext): Parsed {
  const fields: Fields = {};
  const path = textOf(file);
  write(fields, 'log.file.path', path.startsWith('/') ? path : undefined);
  return {
    host: textOf(host),
    message: textOf(line).replace(/\r?\n$/, ''),
    said: true,
    forwarded: true,
    fields,
    ...instantOf(textOf(time), context),
  };
}

// https://vector.dev/docs/reference/configuration/sources/file/#output-data
function vector({ source_type: type, file, host, message, timestamp }: Json): Export | null {
  return type === 'file' && isPath(file) ? { line: message, time: timestamp, host, file } : null;
}

const FLUENT_BIT = new Set(['date', 'log', 'file', 'filename', 'filepath', 'path', 'hostname', 'host', 'offset']);

// https://docs.fluentbit.io/manual/pipeline/inputs/tail: a line without a parser is `log`; `date` is the output's.
function fluentBit(document: Json): Export | null {
  const { date, log } = document;
  if (log === undefined || date === undefined || !Object.keys(document).every((name) => FLUENT_BIT.has(name)))
    return null;
  const carried = new Carried().take(textsOf(document));
  return { line: log, time: date, host: carried.host, file: carried.first(['filepath', 'filename', 'file', 'path']) };
}

// https://grafana.com/docs/loki/latest/query/logcli/: --output=jsonl
function loki({ labels, line, timestamp }: Json): Export | null {
  if (!isObject(labels) || line === undefined || timestamp === undefined) return null;
  const carried = new Carried().take(textsOf(labels));
  return { line, time: timestamp, host: carried.host, file: carried.first(['filename', 'log_file_path']) };
}

// The export of a search, `{"preview": …, "result": {…}}`, or its rows alone.
function splunk(document: Json): Export | null {
  const { _raw: line, _time: time, host, source } = isObject(document['result']) ? document['result'] : document;
  return line === undefined || time === undefined ? null : { line, time, host, file: source };
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilteredLogEvent.html
function cloudWatch({ message, timestamp, ingestionTime, logStreamName }: Json): Export | null {
  return typeof timestamp === 'number' && typeof ingestionTime === 'number'
    ? { line: message, time: timestamp, file: logStreamName }
    : null;
}

// https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry
function googleCloud({ textPayload, logName, timestamp, resource, labels }: Json): Export | null {
  if (typeof logName !== 'string') return null;
  const of = isObject(resource) && isObject(resource['labels']) ? resource['labels'] : {};
  const carried = new Carried().take(isObject(labels) ? textsOf(labels) : []).take(textsOf(of));
  return { line: textPayload, time: timestamp, host: carried.first(['instance_name', 'node_name', 'instance_id']) };
}

const isPath = (value: unknown): value is string => typeof value === 'string' && value.startsWith('/');
