// Hot path: runs over each byte of a body.
import { MAX_DEPTH, tooDeep } from './json-depth.ts';
import { Refusal } from './problem.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const SPACE = /[ \t\r\n]+/g;

/** Where a value stands in the text. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

const broken = (at: number) => new Refusal(400, 'json', `the body is no JSON: at byte ${at}`);

/** The first place from `at` on that is no white space. */
export function afterSpace(text: string, at: number): number {
  let place = at;
  for (; place < text.length; place += 1) {
    const code = text.charCodeAt(place);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
  }
  return place;
}

/**
 * The end of the value that begins at `at`, by brackets and strings alone: what is inside may still be no JSON. Throws a Refusal (400) for
 * one that does not end, or that is too deep. The text is bytes, a character each (latin1): so what is cut out of it is what came.
 */
export function valueEnd(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === QUOTE) return stringEnd(text, at);
  if (first !== OPEN_OBJECT && first !== OPEN_LIST) return wordEnd(text, at);
  let depth = 0;
  for (let place = at; place < text.length; place += 1) {
    const code = text.charCodeAt(place);
    if (code === QUOTE) {
      place = stringEnd(text, place) - 1;
      continue;
    }
    depth += deeper(code);
    if (depth > MAX_DEPTH) throw tooDeep();
    if (depth === 0) return place + 1;
  }
  throw broken(text.length);
}

function deeper(code: number): number {
  if (code === OPEN_OBJECT || code === OPEN_LIST) return 1;
  return code === CLOSE_OBJECT || code === CLOSE_LIST ? -1 : 0;
}

function stringEnd(text: string, at: number): number {
  for (let quote = text.indexOf('"', at + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slashes = quote;
    while (text.charCodeAt(slashes - 1) === BACKSLASH) slashes -= 1;
    if ((quote - slashes) % 2 === 0) return quote + 1;
  }
  throw broken(text.length);
}

function wordEnd(text: string, at: number): number {
  let place = at;
  for (; place < text.length; place += 1) {
    const code = text.charCodeAt(place);
    if (code === COMMA || code === CLOSE_OBJECT || code === CLOSE_LIST || code <= 0x20) break;
  }
  if (place === at) throw broken(at);
  return place;
}

/** Members of the object at `at`, in their order. Throws a Refusal (400) where it is none. */
export function* members(text: string, at: number): Generator<Slice & { readonly key: string }> {
  if (text.charCodeAt(at) !== OPEN_OBJECT) throw broken(at);
  let place = afterSpace(text, at + 1);
  if (text.charCodeAt(place) === CLOSE_OBJECT) return;
  for (;;) {
    if (text.charCodeAt(place) !== QUOTE) throw broken(place);
    const keyEnd = stringEnd(text, place);
    const key = parsed(text, { start: place, end: keyEnd }) as string;
    place = afterSpace(text, keyEnd);
    if (text.charCodeAt(place) !== COLON) throw broken(place);
    const start = afterSpace(text, place + 1);
    const end = valueEnd(text, start);
    yield { key, start, end };
    place = afterSpace(text, end);
    if (text.charCodeAt(place) === CLOSE_OBJECT) return;
    if (text.charCodeAt(place) !== COMMA) throw broken(place);
    place = afterSpace(text, place + 1);
  }
}

/** Elements of the list at `at`. Throws a Refusal (400) where it is none. */
export function* elements(text: string, at: number): Generator<Slice> {
  if (text.charCodeAt(at) !== OPEN_LIST) throw broken(at);
  let place = afterSpace(text, at + 1);
  if (text.charCodeAt(place) === CLOSE_LIST) return;
  for (;;) {
    const end = valueEnd(text, place);
    yield { start: place, end };
    place = afterSpace(text, end);
    if (text.charCodeAt(place) === CLOSE_LIST) return;
    if (text.charCodeAt(place) !== COMMA) throw broken(place);
    place = afterSpace(text, place + 1);
  }
}

/** What a slice says. Texts in it are bytes, a character each. Throws a Refusal (400). */
export function parsed(text: string, { start, end }: Slice): unknown {
  try {
    return JSON.parse(text.slice(start, end));
  } catch {
    throw broken(start);
  }
}

/** The whole body as one value, alone between white space: its slice. Throws a Refusal (400). */
export function onlyValue(text: string): Slice {
  const start = afterSpace(text, 0);
  const end = valueEnd(text, start);
  if (afterSpace(text, end) !== text.length) throw broken(end);
  return { start, end };
}

/** A slice of valid JSON without the white space between its tokens: every token stays as it came. */
export function compact(text: string, { start, end }: Slice): string {
  const own = text.slice(start, end); // no quote is looked for behind it: there may be megabytes
  const parts: string[] = [];
  for (let at = 0; at < own.length; ) {
    const quote = own.indexOf('"', at);
    parts.push(own.slice(at, quote === -1 ? own.length : quote).replace(SPACE, ''));
    if (quote === -1) break;
    at = stringEnd(own, quote);
    parts.push(own.slice(quote, at));
  }
  return parts.join('');
}
