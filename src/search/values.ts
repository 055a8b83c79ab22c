import { aggregate, merged, type Range } from '../core/cidr.ts';
import { anyOf, type Bound, type Condition } from '../core/condition.ts';
import { parseIp, textOfV6 } from '../core/ip.ts';
import { fault, type Place, quoted } from './fault.ts';
import type { NamedField } from './field-names.ts';
import { isAnything, unquoted, written } from './pattern.ts';
import { type Span, spanOf, TIME_FORMS } from './times.ts';

/** A value of a field, as it was written. */
export interface Value extends Place {
  readonly image: string;
  /** The name before the colon. */
  readonly name: string;
  readonly nowUs: number;
}

const COMPARED = /^(>=|<=|>|<)([\s\S]*)$/;
const RANGE = /^([[{])\s*("[^"]*"|[^\s"\]}]+)\s+TO\s+("[^"]*"|[^\s"\]}]+)\s*([\]}])$/;
const NUMBER = /^-?\d{1,15}(?:\.\d{1,6})?$/;

/** An interval between two values as they were written; null: open. */
interface Ends {
  readonly from: { readonly text: string; readonly included: boolean } | null;
  readonly to: { readonly text: string; readonly included: boolean } | null;
}

/** `>=5`, `[a TO b]`; null when it is neither. */
function endsOf(image: string): Ends | null {
  const [, sign = '', text = ''] = COMPARED.exec(image) ?? [];
  if (sign !== '') {
    const end = { text: plain(text), included: sign.endsWith('=') };
    return sign.startsWith('>') ? { from: end, to: null } : { from: null, to: end };
  }
  const [, open = '', first = '', last = '', close = ''] = RANGE.exec(image) ?? [];
  if (open === '') return null;
  const end = (given: string, included: boolean) => (given === '*' ? null : { text: plain(given), included });
  return { from: end(first, open === '['), to: end(last, close === ']') };
}

const isQuoted = (image: string) => image.length > 1 && image.startsWith('"');
const plain = (image: string) => (isQuoted(image) ? unquoted(image) : image);

/** What a field and a value ask for. Throws E_USAGE with the column. */
function oneValue(field: NamedField, value: Value): Condition {
  const { fields, kind } = field;
  if (value.image === '*') return { is: 'present', fields: [...fields, ...(field.names ?? [])] };
  switch (kind) {
    case 'number':
      return numberOf(fields, value);
    case 'address':
      return addressOf(fields, value);
    case 'peer':
      return peerOf(field, value);
    case 'time':
      return timeOf(fields[0] === 'event.ingested' ? 'event.ingested' : '@timestamp', value);
    case 'outcome':
      return wordOf(fields, value, ['success', 'failure', 'unknown']);
    case 'certainty':
      return wordOf(fields, value, ['exact', 'zone', 'year', 'none']);
    case 'phrase':
      return phraseOf(fields, value);
    case 'code':
      return nameOf(fields, { ...value, image: value.image.toUpperCase() });
    case 'any':
      return endsOf(value.image) === null ? nameOf(fields, value) : numberOf(fields, value);
    case 'name':
      return nameOf(fields, value);
  }
}

function nameOf(fields: readonly string[], value: Value): Condition {
  const { image, name } = value;
  if (isQuoted(image)) return { is: 'equals', fields, value: unquoted(image) };
  if (endsOf(image) !== null)
    throw fault(
      value,
      `${name} is compared with a name, not with numbers: write ${name}:x, ${name}:x* or ${name}:"${image.slice(0, 20)}"`,
    );
  const { text, pattern } = written(image);
  return pattern === null ? { is: 'equals', fields, value: text } : { is: 'like', fields, pattern };
}

function phraseOf(fields: readonly string[], value: Value): Condition {
  if (isQuoted(value.image)) return holdsIn(fields, unquoted(value.image), value);
  const { text, pattern } = written(value.image);
  if (pattern === null) return holdsIn(fields, text, value);
  const isOfMessage = fields.length === 1 && fields[0] === 'message';
  return isOfMessage ? { is: 'word-like', pattern } : { is: 'like', fields, pattern };
}

/** The text is in the field. */
function holdsIn(fields: readonly string[], text: string, value: Value): Condition {
  if (text === '') throw fault(value, 'an empty phrase is in everything: write the words that are wanted');
  return { is: 'holds', fields, text };
}

function wordOf(fields: readonly string[], value: Value, among: readonly string[]): Condition {
  const word = plain(value.image).toLowerCase();
  if (!among.includes(word)) throw fault(value, `${quoted(value.image)} is no ${value.name}: ${among.join(', ')} are`);
  return { is: 'equals', fields, value: word };
}

function numberOf(fields: readonly string[], value: Value): Condition {
  const ends = endsOf(value.image) ?? exactly(value.image);
  const bound = (end: Ends['from']): Bound | null =>
    end === null ? null : { value: numeric(end.text, value), included: end.included };
  const [from, to] = [bound(ends.from), bound(ends.to)];
  if (from !== null && to !== null && from.value > to.value)
    throw fault(value, `the range goes backwards: write the smaller number first`);
  return { is: 'number', fields, from, to };
}

const exactly = (text: string): Ends => {
  const end = { text: plain(text), included: true };
  return { from: end, to: end };
};

function numeric(text: string, value: Value): number {
  const digits = value.name === 'asn' ? text.replace(/^AS/i, '') : text;
  if (NUMBER.test(digits)) return Number(digits);
  const { name } = value;
  throw fault(
    value,
    `${name} wants a number: ${name}:22, ${name}:>=1024 or ${name}:[1 TO 1023]; not ${quoted(value.image)}`,
  );
}

const V6_BITS = 128n;

/** Ends of a range as IPv6 text, IPv4 mapped, as the index has them. */
function address(fields: readonly string[], { version, first, last }: Range): Condition {
  const mapped = (at: bigint) => (version === 4 ? (0xffffn << 32n) | at : at);
  const word = (at: bigint, shift: bigint) => Number((at >> shift) & 0xffffffffn);
  const text = (at: bigint) => textOfV6([word(at, 96n), word(at, 64n), word(at, 32n), word(at, 0n)]);
  if (last >= 1n << V6_BITS) throw new RangeError('an address of more than 128 bits');
  return { is: 'address', fields, first: text(mapped(first)), last: text(mapped(last)) };
}

const ADDRESSES = '198.51.100.7, 198.51.100.0/24, 2001:db8::/32 or [198.51.100.1 TO 198.51.100.9]';

function addressOf(fields: readonly string[], value: Value): Condition {
  const { name, image } = value;
  const ends = endsOf(image);
  if (ends !== null) return addressRange(fields, value, ends);
  const range = rangeOf(plain(image));
  if (range !== null) return address(fields, range);
  const network = octets(image);
  const hint = network === null ? ADDRESSES : `${name}:${network}`;
  throw fault(value, `${name} wants an address or a network, not ${quoted(image)}: write ${hint}`);
}

/** `198.51.100.*` as the network that is meant. */
function octets(image: string): string | null {
  const [, given = ''] = /^((?:\d{1,3}\.){1,3})\*$/.exec(image) ?? [];
  const parts = given.split('.').filter((part) => part !== '');
  if (parts.length === 0) return null;
  const text = `${[...parts, '0', '0', '0'].slice(0, 4).join('.')}/${parts.length * 8}`;
  return rangeOf(text) === null ? null : (aggregate([text])[0] ?? null);
}

function rangeOf(text: string): Range | null {
  try {
    return merged([text])[0] ?? null;
  } catch {
    return null;
  }
}

function addressRange(fields: readonly string[], value: Value, { from, to }: Ends): Condition {
  const [first, last] = [from, to].map((end) => (end === null ? null : parseIp(end.text)));
  const wants = `${value.name} wants both ends as addresses of one family: [198.51.100.1 TO 198.51.100.9]`;
  if (!first || !last || !from?.included || !to?.included || first.version !== last.version) throw fault(value, wants);
  const [low, high] = [rangeOf(first.text), rangeOf(last.text)] as [Range, Range];
  if (low.first > high.first) throw fault(value, 'the range goes backwards: write the smaller address first');
  return address(fields, { version: first.version, first: low.first, last: high.first });
}

/** An address, or else the name that the line gave for the peer. */
function peerOf({ fields, names = [] }: NamedField, value: Value): Condition {
  const isAddress =
    endsOf(value.image) !== null || rangeOf(plain(value.image)) !== null || octets(value.image) !== null;
  return isAddress ? addressOf(fields, value) : nameOf(names, value);
}

function timeOf(field: '@timestamp' | 'event.ingested', value: Value): Condition {
  const { image, name } = value;
  const time = (fromUs: number | null, toUs: number | null): Condition => ({ is: 'time', field, fromUs, toUs });
  if (name === 'since') return time(span(plain(image), value).fromUs, null);
  if (name === 'until') return time(null, span(plain(image), value).toUs);
  const ends = endsOf(image);
  if (ends === null) {
    const { fromUs, toUs } = span(plain(image), value);
    return time(fromUs, toUs === fromUs ? fromUs + 1 : toUs);
  }
  const from = ends.from === null ? null : { ...span(ends.from.text, value), included: ends.from.included };
  const to = ends.to === null ? null : { ...span(ends.to.text, value), included: ends.to.included };
  return time(from && begin(from), to && end(to));
}

// Of a day the whole of it is within what includes it; an instant is a microsecond long.
type End = Span & { readonly included: boolean };
const begin = ({ fromUs, toUs, included }: End) => (included ? fromUs : fromUs === toUs ? toUs + 1 : toUs);
const end = ({ fromUs, toUs, included }: End) => (included ? (fromUs === toUs ? toUs + 1 : toUs) : fromUs);

function span(text: string, value: Value): Span {
  const found = spanOf(text, value.nowUs);
  if (found === null) throw fault(value, `${quoted(text)} is no time: write ${TIME_FORMS}`);
  return found;
}

/** `between A and B`: both included, whole days where days are given. */
export function betweenOf(image: string, at: Place, nowUs: number): Condition {
  const [, first = '', last = ''] = /^between[ \t]+("[^"]*"|\S+)[ \t]+and[ \t]+("[^"]*"|\S+)$/i.exec(image) ?? [];
  const value = { ...at, image, name: 'between', nowUs };
  const [from, to] = [span(plain(first), value), span(plain(last), value)];
  if (from.fromUs > to.toUs) throw fault(at, 'the time goes backwards: write the earlier one first');
  return { is: 'time', field: '@timestamp', fromUs: from.fromUs, toUs: to.toUs === to.fromUs ? to.toUs + 1 : to.toUs };
}

/** One of several values. */
export function valuesOf(field: NamedField, values: readonly Value[]): Condition {
  return anyOf(values.map((value) => oneValue(field, value)));
}

/** A word or phrase by itself: in the message. */
export function textOf(image: string, at: Place): Condition {
  const value = { ...at, image, name: 'message', nowUs: 0 };
  const { pattern } = isQuoted(image) ? { pattern: null } : written(image);
  if (isAnything(pattern)) return { is: 'all', of: [] };
  return phraseOf(['message'], value);
}
