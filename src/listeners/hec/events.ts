import { isObject } from '../../core/json-object.ts';
import { afterSpace, compact, elements, parsed, type Slice, valueEnd } from '../http/json-slices.ts';
import { Refusal } from '../http/problem.ts';
import { HecRefusal } from './answers.ts';

const OPEN_LIST = 0x5b;
const NUMBER = /^\s*[+-]?\d{1,20}(?:\.\d{1,20})?\s*$/;
/** What an event may say beside its data ("Format events for HTTP Event Collector"). */
const KNOWN = new Set(['time', 'host', 'source', 'sourcetype', 'index', 'event', 'fields']);

/**
 * Each event of a body: objects one after another with or without anything between them, or in lists. It is the object as it came,
 * on one line, as bytes (latin1); one with members that the collector does not know stands within `{"hec":…}`. Throws a Refusal, which names
 * the event; those before it were given.
 */
export function* eventsOf(text: string): Generator<string> {
  let number = 0;
  for (const slice of objectsOf(text, () => number)) {
    yield eventText(text, slice, number);
    number += 1;
  }
  if (number === 0) throw new HecRefusal('noData');
}

function* objectsOf(text: string, number: () => number): Generator<Slice> {
  for (let at = afterSpace(text, 0); at < text.length; ) {
    const end = inFormat(number, () => valueEnd(text, at));
    if (text.charCodeAt(at) === OPEN_LIST) {
      inFormat(number, () => parsed(text, { start: at, end }));
      yield* elements(text, at);
    } else yield { start: at, end };
    at = afterSpace(text, end);
  }
}

function inFormat<T>(number: () => number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) throw new HecRefusal('format', number());
    throw error;
  }
}

function eventText(text: string, slice: Slice, number: number): string {
  const event = inFormat(
    () => number,
    () => parsed(text, slice),
  );
  if (!isObject(event)) throw new HecRefusal('format', number);
  check(event, number);
  const line = compact(text, slice);
  return Object.keys(event).every((key) => KNOWN.has(key)) ? line : `{"hec":${line}}`;
}

function check({ event, time, fields }: Readonly<Record<string, unknown>>, number: number): void {
  if (event === undefined && fields === undefined) throw new HecRefusal('noEvent', number);
  if (event !== undefined && isBlank(event)) throw new HecRefusal('blank', number);
  const isTime = time === undefined || typeof time === 'number' || (typeof time === 'string' && NUMBER.test(time));
  if (!isTime || !isFlat(fields)) throw new HecRefusal('fields', number);
}

function isBlank(event: unknown): boolean {
  if (typeof event === 'string') return event.trim() === '';
  return event === null || (typeof event === 'object' && Object.keys(event).length === 0);
}

const isFlat = (fields: unknown): boolean =>
  fields === undefined || (isObject(fields) && Object.values(fields).every((value) => !isObject(value)));

/** A line of /raw: as it came; within an event when the request says whose it is. */
export function rawText(line: string, { host, source, sourcetype, index }: RawOrigin): string {
  const said = Object.entries({ host, source, sourcetype, index }).filter(([, value]) => value !== null);
  if (said.length === 0) return line;
  const members = said.map(([name, value]) => `"${name}":${bytesOf(JSON.stringify(value))},`).join('');
  return `{${members}"event":${JSON.stringify(line)}}`;
}

/** What the query of a request to /raw says of its lines. */
export interface RawOrigin {
  readonly host: string | null;
  readonly source: string | null;
  readonly sourcetype: string | null;
  readonly index: string | null;
}

const bytesOf = (text: string): string => Buffer.from(text).toString('latin1');
