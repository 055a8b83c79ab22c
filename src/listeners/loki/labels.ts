import { Refusal } from '../http/problem.ts';

/** Loki takes 15 of a stream, unless it is told otherwise. */
const MAX_LABELS = 1000;
const NAME = /[a-zA-Z_][a-zA-Z0-9_]{0,1023}/y;
const GAP = /[ \t\r\n]{0,1000}/y;
// A Go string literal between double quotes or backquotes, as Prometheus' labels have them.
const QUOTED = /"(?:[^"\\\n]|\\.){0,65536}"/y;
const RAW = /`[^`]{0,65536}`/y;
const ESCAPE =
  /\\(?:x(?<hex>[0-9a-fA-F]{2})|u(?<u4>[0-9a-fA-F]{4})|U(?<u8>[0-9a-fA-F]{8})|(?<octal>[0-3][0-7]{2})|(?<one>[abfnrtv\\"']))/gy;
const ONES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/**
 * Labels of `{job="sshd", host="web-1"}` (Prometheus' text form, which a push in protobuf has), in their order. Texts are bytes, a character
 * each (latin1). Throws a Refusal (400) as Loki does.
 */
export function labelsOf(text: string): [string, string][] {
  const labels: [string, string][] = [];
  const names = new Set<string>();
  const cursor = new Cursor(text);
  cursor.take(/\{/y);
  while (!cursor.isAt(/\}/y)) {
    const name = cursor.take(NAME);
    cursor.take(/=/y);
    const value = cursor.isAt(RAW) ? cursor.take(RAW).slice(1, -1) : unquoted(cursor.take(QUOTED), cursor);
    if (names.has(name)) throw cursor.refusal('duplicate label name');
    if (names.size >= MAX_LABELS) throw cursor.refusal(`more than ${MAX_LABELS} labels`);
    names.add(name);
    labels.push([name, value]);
    if (!cursor.isAt(/\}/y)) cursor.take(/,/y);
  }
  cursor.take(/\}/y);
  cursor.end();
  return labels;
}

class Cursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#gap();
  }

  isAt(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw this.refusal(`syntax error at ${this.#at + 1}`);
    this.#at += found.length;
    this.#gap();
    return found;
  }

  end(): void {
    if (this.#at < this.#text.length) throw this.refusal(`syntax error at ${this.#at + 1}`);
  }

  refusal(why: string): Refusal {
    return new Refusal(400, 'labels', `couldn't parse labels: ${why}: ${JSON.stringify(this.#text.slice(0, 80))}`);
  }

  #gap(): void {
    GAP.lastIndex = this.#at;
    this.#at += GAP.exec(this.#text)?.[0].length ?? 0;
  }
}

function unquoted(quoted: string, cursor: Cursor): string {
  const inner = quoted.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  let plain = '';
  for (let at = 0; at < inner.length; ) {
    const slash = inner.indexOf('\\', at);
    plain += inner.slice(at, slash === -1 ? inner.length : slash);
    if (slash === -1) break;
    ESCAPE.lastIndex = slash;
    const found = ESCAPE.exec(inner);
    if (found === null) throw cursor.refusal('invalid escape');
    plain += meant(found.groups ?? {});
    at = slash + found[0].length;
  }
  return plain;
}

function meant({ hex, u4, u8, octal, one = '' }: Record<string, string | undefined>): string {
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
  if (u4 === undefined && u8 === undefined) return ONES[one] ?? one;
  const point = Number.parseInt(u4 ?? u8 ?? '', 16);
  return Buffer.from(String.fromCodePoint(Math.min(point, 0x10ffff))).toString('latin1');
}
