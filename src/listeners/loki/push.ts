import { isObject } from '../../core/json-object.ts';
import { compact, elements, members, onlyValue, parsed, type Slice } from '../http/json-slices.ts';
import { Refusal } from '../http/problem.ts';
import { type Message, type MessageType, type Part, ProtobufReader } from '../http/protobuf.ts';
import { labelsOf } from './labels.ts';

// Loki's push.proto (logproto.PushRequest).
const timestamp: MessageType = { 1: { name: 'seconds', is: 'int64' }, 2: { name: 'nanos', is: 'int32' } };
const labelPair: MessageType = { 1: { name: 'name', is: 'string' }, 2: { name: 'value', is: 'string' } };
const entry: MessageType = {
  1: { name: 'timestamp', is: () => timestamp },
  2: { name: 'line', is: 'string' },
  3: { name: 'metadata', is: () => labelPair, repeated: true },
  4: { name: 'parsed', is: () => labelPair, repeated: true }, // Loki's own, in answers
};
const stream: MessageType = {
  1: { name: 'labels', is: 'string' },
  2: { name: 'entries', is: 'part', repeated: true },
  3: { name: 'hash', is: 'int64' }, // of the labels
};
const pushRequest: MessageType = { 1: { name: 'streams', is: 'part', repeated: true } };

const NANOSECONDS = /^-?\d{1,19}$/;

/** Streams that have no label: nothing of them is taken. Loki says so, and takes the others. */
export interface Unlabelled {
  /** Entries of such streams. */
  count: number;
}

/**
 * Each entry of a push, with its stream's labels: a push in Loki's JSON with this one entry, on one line, as bytes (latin1); with the
 * tenant before it. Throws a Refusal (400).
 */
export function* fromProtobuf(body: Buffer, tenant: string, unlabelled: Unlabelled): Generator<string> {
  const reader = new ProtobufReader(body);
  for (const one of partsOf(reader.whole(pushRequest), 'streams')) {
    const { labels = '', entries = [] } = reader.read(stream, one) as { labels?: string; entries?: Part[] };
    const pairs = labelsOf(labels);
    if (pairs.length === 0) unlabelled.count += entries.length;
    else
      for (const part of entries)
        yield lineOf(tenant, JSON.stringify(Object.fromEntries(pairs)), entryText(reader.read(entry, part)));
  }
}

const partsOf = (message: Message, name: string): readonly Part[] => (message[name] ?? []) as Part[];

function entryText({ timestamp: stamp = {}, line = '', metadata, unknown }: Message): string {
  const { seconds = '0', nanos = 0 } = stamp as { seconds?: string; nanos?: number };
  const time = (BigInt(seconds) * 1_000_000_000n + BigInt(nanos)).toString();
  const pairs = (metadata ?? []) as { name?: string; value?: string }[];
  const named = pairs.map(({ name = '', value = '' }) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  if (unknown !== undefined) named.push(`"__unknown__":${JSON.stringify((unknown as string[]).join(' '))}`);
  const more = named.length === 0 ? '' : `,{${named.join(',')}}`;
  return `["${time}",${JSON.stringify(line)}${more}]`;
}

const lineOf = (tenant: string, labels: string, value: string, rest: Rest = NONE): string =>
  `{${tenant === '' ? '' : `"tenant":${JSON.stringify(tenant)},`}"streams":[{"stream":${labels},"values":[${value}]${rest.stream}}]${rest.push}}`;

/** Members that Loki does not know, with a comma before each: of the stream, and of the push. */
interface Rest {
  readonly stream: string;
  readonly push: string;
}
const NONE: Rest = { stream: '', push: '' };

/** The same of a push in JSON: every token of it stays as it came. Throws a Refusal (400). */
export function* fromJson(text: string, tenant: string, unlabelled: Unlabelled): Generator<string> {
  const { own, rest } = split(text, onlyValue(text), ['streams']);
  const { streams } = own;
  if (streams === undefined) return;
  for (const one of elements(text, streams.start)) yield* entriesOf(text, one, tenant, unlabelled, rest);
}

function* entriesOf(text: string, one: Slice, tenant: string, unlabelled: Unlabelled, push: string): Generator<string> {
  const { own, rest } = split(text, one, ['stream', 'values', 'entries', 'labels']);
  if (own['entries'] !== undefined || own['labels'] !== undefined)
    throw new Refusal(400, 'json', 'this is the form of /api/prom/push: send "stream" and "values"');
  const { stream: named, values } = own;
  if (values === undefined) return;
  const labels = named === undefined ? '{}' : labelText(text, named);
  for (const slice of elements(text, values.start)) {
    checkEntry(parsed(text, slice));
    if (labels === '{}') unlabelled.count += 1;
    else yield lineOf(tenant, labels, compact(text, slice), { stream: rest, push });
  }
}

/** An object's members of these names, each once, and the text of all others. */
function split(text: string, { start }: Slice, names: readonly string[]) {
  const own: Record<string, Slice> = {};
  let rest = '';
  for (const { key, ...slice } of members(text, start)) {
    if (!names.includes(key)) {
      parsed(text, slice);
      rest += `,${JSON.stringify(key)}:${compact(text, slice)}`;
    } else if (own[key] === undefined) own[key] = slice;
    else throw new Refusal(400, 'json', `"${key}" is given twice`);
  }
  return { own, rest };
}

function labelText(text: string, slice: Slice): string {
  const labels = parsed(text, slice);
  if (!isObject(labels) || Object.values(labels).some((value) => typeof value !== 'string'))
    throw new Refusal(400, 'labels', 'loghttp.PushRequest.Streams: "stream" is an object of texts');
  return compact(text, slice);
}

function checkEntry(value: unknown): void {
  const [time, line, metadata] = Array.isArray(value) ? value : [];
  const isRight = typeof time === 'string' && NANOSECONDS.test(time) && typeof line === 'string';
  if (!isRight) throw new Refusal(400, 'entry', 'a value is ["NANOSECONDS", "LINE"], both texts');
  const isFlat =
    metadata === undefined || (isObject(metadata) && Object.values(metadata).every((one) => typeof one === 'string'));
  if (!isFlat) throw new Refusal(400, 'metadata', 'structured metadata is an object of texts');
}
