import { isObject } from '../../core/json-object.ts';
import { compact, elements, members, onlyValue, parsed, type Slice } from '../http/json-slices.ts';
import { Refusal } from '../http/problem.ts';
import { type Message, type Part, ProtobufReader } from '../http/protobuf.ts';
import { exportRequest, logRecord, resourceLogs, scopeLogs } from './messages.ts';

/**
 * Each log record of an export request, with its resource and scope: an export request of OTLP/JSON with this one record, on one line, as
 * bytes (latin1). So a record of the ledger is what any OTLP receiver takes. Throws a Refusal (400).
 */
export function* fromProtobuf(body: Buffer): Generator<string> {
  const reader = new ProtobufReader(body);
  for (const one of partsOf(reader.whole(exportRequest), 'resourceLogs')) {
    const resource = reader.read(resourceLogs, one);
    for (const inner of partsOf(resource, 'scopeLogs')) {
      const scope = reader.read(scopeLogs, inner);
      for (const record of partsOf(scope, 'logRecords'))
        yield lineOf(
          contextOf(resource, 'scopeLogs'),
          contextOf(scope, 'logRecords'),
          jsonOf(reader.read(logRecord, record)),
        );
    }
  }
}

const partsOf = (message: Message, name: string): readonly Part[] => (message[name] ?? []) as Part[];
const jsonOf = (message: Message): string => JSON.stringify(message);

/** All members but one, each with a comma behind it. */
function contextOf(message: Message, without: string): string {
  const rest = Object.entries(message).filter(([name]) => name !== without);
  return rest.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)},`).join('');
}

const lineOf = (resource: string, scope: string, record: string): string =>
  `{"resourceLogs":[{${resource}"scopeLogs":[{${scope}"logRecords":[${record}]}]}]}`;

/** The same of a body in OTLP/JSON: every token of it stays as it came. Throws a Refusal (400). */
export function* fromJson(text: string): Generator<string> {
  for (const { key, start } of members(text, onlyValue(text).start)) {
    if (key !== 'resourceLogs') throw new Refusal(400, 'json', 'an export request has "resourceLogs" alone');
    for (const one of elements(text, start)) yield* recordsOf(text, one);
  }
}

function* recordsOf(text: string, one: Slice): Generator<string> {
  const resource = split(text, one, 'scopeLogs');
  for (const inner of resource.parts) {
    const scope = split(text, inner, 'logRecords');
    for (const record of scope.parts) {
      if (!isObject(parsed(text, record))) throw new Refusal(400, 'json', 'a log record is an object');
      yield lineOf(resource.context, scope.context, compact(text, record));
    }
  }
}

interface Split {
  readonly context: string;
  readonly parts: Iterable<Slice>;
}

/** An object's list of that name, and all its other members, each with a comma behind it. */
function split(text: string, { start }: Slice, list: string): Split {
  let context = '';
  let parts: Iterable<Slice> = [];
  let isFound = false;
  for (const { key, ...slice } of members(text, start)) {
    if (key === list && !isFound) {
      isFound = true;
      parts = elements(text, slice.start);
      continue;
    }
    // A list of another name may hold records that would be lost: an older version's, or one that is to come.
    if (Array.isArray(parsed(text, slice)))
      throw new Refusal(400, 'json', `a list that is not known: "${key.slice(0, 40)}"`);
    context += `${JSON.stringify(key)}:${compact(text, slice)},`;
  }
  return { context, parts };
}
