import { withFields } from '../core/event.ts';
import { isObject, type Json } from '../core/json-object.ts';
import type { Parsed } from '../core/stages.ts';
import { journalParsed } from './journal/entry.ts';
import { anyValue, pairsOf } from './otlp/any-value.ts';
import { Carried, type Fields, Labels, msOfNanoseconds, textOf, textsOf, write } from './shipped/carried.ts';
import { linesOfMany } from './shipped/lines-of-many.ts';

/** Names of SeverityNumber, four numbers each (logs/v1/logs.proto). */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/**
 * OTLP/JSON of OpenTelemetry's logs, a request a line: as the listener `otlp-http` keeps each log record, and as the collector's file exporter
 * writes many. A body that is a line, or what a program said, goes to its parser; one that is a journal's entry is read as such.
 */
export default linesOfMany('otlp', /^\{"resourceLogs":\[/, function* (document) {
  for (const resourceLogs of objects(document['resourceLogs'])) {
    const resource = resourceOf(resourceLogs['resource']);
    for (const scopeLogs of objects(resourceLogs['scopeLogs'])) {
      const scope = isObject(scopeLogs['scope']) ? textOf(scopeLogs['scope']['name']) : '';
      for (const record of objects(scopeLogs['logRecords'])) yield recordParsed(record, resource, scope);
    }
  }
});

const objects = (list: unknown): readonly Json[] => (Array.isArray(list) ? list.filter(isObject) : []);

type Pairs = readonly (readonly [string, string])[];

interface Resource {
  readonly pairs: Pairs;
  readonly carried: Carried;
}

function resourceOf(resource: unknown): Resource {
  const pairs = pairsOf(isObject(resource) ? resource['attributes'] : undefined);
  return { pairs, carried: new Carried().take(pairs) };
}

function recordParsed(record: Json, resource: Resource, scope: string): Parsed {
  const attributes = pairsOf(record['attributes']);
  const body = anyValue(record['body']);
  const carried = new Carried().take(attributes);
  const said = carried.first(['appname']) === undefined ? undefined : carried.first(['message']);
  if (isObject(body)) carried.take(textsOf(body));
  const time = msOfNanoseconds(record['timeUnixNano']) ?? msOfNanoseconds(record['observedTimeUnixNano']);
  const fields = fieldsOf(record, attributes, resource, scope);
  write(fields, 'log.file.path', carried.first(['log_file_path']));
  if (isObject(body) && isJournal(body)) {
    const entry = journalParsed((name) => (body[name] === undefined ? undefined : textOf(body[name])));
    if (entry !== null) return { ...entry, ...timed(entry.time, time), fields: withFields(fields, entry.fields) };
  }
  const from = resource.carried; // a relay's own, where the record names another's
  return {
    host: carried.host ?? from.host,
    process: carried.program ?? from.program ?? serviceOf(from),
    pid: carried.pid || from.pid,
    message: said ?? messageOf(body), // the collector's syslog receiver leaves the whole line as the body, and what was said as an attribute
    said: true,
    forwarded: true,
    fields,
    ...timed(undefined, time),
  };
}

function serviceOf(resource: Carried): string | undefined {
  const service = resource.first(['service_name']);
  return service?.startsWith('unknown_service') ? undefined : service;
}

const isJournal = (body: Json): boolean => body['__REALTIME_TIMESTAMP'] !== undefined && body['MESSAGE'] !== undefined;

function timed(own: number | undefined, given: number | undefined): Pick<Parsed, 'time' | 'certainty'> {
  const time = own === undefined || Number.isNaN(own) ? given : own;
  return time === undefined ? {} : { time, certainty: 'exact' };
}

function messageOf(body: unknown): string {
  if (!isObject(body)) return textOf(body);
  return new Carried().take(textsOf(body)).message ?? textOf(body);
}

const resources = new Labels('otlp.resource');
const others = new Labels('otlp.attributes');

function fieldsOf(record: Json, attributes: Pairs, { pairs, carried }: Resource, scope: string): Fields {
  const fields: Fields = {};
  write(fields, 'log.level', levelOf(record));
  write(fields, 'log.logger', scope);
  write(fields, 'service.name', carried.first(['service_name']));
  write(fields, 'container.id', carried.first(['container_id']));
  write(fields, 'container.name', carried.first(['container_name']));
  write(fields, 'trace.id', textOf(record['traceId']));
  write(fields, 'span.id', textOf(record['spanId']));
  write(fields, 'otlp.event_name', textOf(record['eventName']));
  resources.write(fields, pairs);
  others.write(fields, attributes);
  return fields;
}

function levelOf(record: Json): string | undefined {
  const text = textOf(record['severityText']);
  if (text !== '') return text.toLowerCase().slice(0, 40);
  return LEVELS[Math.floor((Number(record['severityNumber'] ?? 0) - 1) / 4)];
}
