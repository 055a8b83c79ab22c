import { NAME, VALUE } from './rule.ts';

const ROUNDS = 3;
/** Characters of a text that are looked at. */
export const MAX_TEXT = 8192;

/** Undoes percent-encoding once: %41, %u0041, overlong and broken UTF-8. What is not an escape stays. */
function percentDecode(text: string): string {
  let out = '';
  let from = 0;
  for (let at = text.indexOf('%'); at !== -1; at = text.indexOf('%', from)) {
    out += text.slice(from, at);
    from = at + readEscape(text, at);
    out += ESCAPE.text;
  }
  return from === 0 ? text : out + text.slice(from);
}

const ESCAPE = { text: '' }; // what readEscape read; one object is reused

/** Reads the escape at `at` into ESCAPE and gives its length; 1 where there is none. */
function readEscape(text: string, at: number): number {
  const units = (text.charCodeAt(at + 1) | 32) === 0x75 ? hex(text, at + 2, 4) : -1;
  if (units !== -1) {
    ESCAPE.text = String.fromCharCode(narrow(units));
    return 6;
  }
  const byte = hex(text, at + 1, 2);
  if (byte === -1) {
    ESCAPE.text = '%';
    return 1;
  }
  const length = lengthOf(byte);
  const point = sequence(text, at, byte, length);
  ESCAPE.text = String.fromCodePoint(point === -1 ? byte : point);
  return point === -1 ? 3 : length * 3;
}

/** Bytes of the UTF-8 sequence that a byte begins. */
function lengthOf(lead: number): number {
  if (lead < 0xc0) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

function hex(text: string, at: number, digits: number): number {
  let value = 0;
  for (let index = at; index < at + digits; index += 1) {
    const code = text.charCodeAt(index);
    const letter = code | 32;
    if (code >= 48 && code <= 57) value = value * 16 + code - 48;
    else if (letter >= 97 && letter <= 102) value = value * 16 + letter - 87;
    else return -1;
  }
  return value;
}

/** The code point that a UTF-8 sequence writes, overlong ones as well (%c0%ae is a dot); -1 when it is broken. */
function sequence(text: string, at: number, lead: number, length: number): number {
  if (length === 1) return lead;
  let point = lead & (0xff >> (length + 1));
  for (let index = 1; index < length; index += 1) {
    const byte = text.charCodeAt(at + index * 3) === 0x25 ? hex(text, at + index * 3 + 1, 2) : -1;
    if ((byte & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (byte & 0x3f);
  }
  return point > 0x10ffff ? -1 : narrow(point);
}

/** Full-width forms (U+FF01 to U+FF5E) and the small angle brackets are what IIS and others take for ASCII. */
function narrow(point: number): number {
  if (point === 0xfe64 || point === 0xfe65) return point === 0xfe64 ? 0x3c : 0x3e;
  return point >= 0xff01 && point <= 0xff5e ? point - 0xfee0 : point;
}

// Not &lt; and its like: what is written so stays text.
const NAMED: Readonly<Record<string, string>> = {
  colon: ':',
  tab: ' ',
  newline: '\n',
  lpar: '(',
  rpar: ')',
  semi: ';',
  sol: '/',
  lbrace: '{',
  rbrace: '}',
  dollar: '$',
  excl: '!',
};
const ENTITY = /&(?:#x0{0,60}([0-9a-f]{1,6})|#0{0,60}(\d{1,7})|([a-z]{2,8}));?/gi;
const SCRIPT_ESCAPE = /\\(?:u([0-9a-f]{4})|u\{0{0,4}([0-9a-f]{2,4})\}|x([0-9a-f]{2}))/gi;

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(ENTITY, (whole, hexadecimal?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole;
    const point = Number.parseInt(hexadecimal ?? decimal ?? '', hexadecimal === undefined ? 10 : 16);
    return point > 0 && point < 0xd800 ? String.fromCharCode(point) : whole;
  });
}

function decodeScriptEscapes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(SCRIPT_ESCAPE, (_, four?: string, braced?: string, two?: string) =>
    String.fromCharCode(Number.parseInt(four ?? braced ?? two ?? '', 16)),
  );
}

/** The marks of names and values are ours alone: who sends them would choose the parameter that a text is judged as. */
const SENT_MARK = /[\uE000\uE001]/g;

/** Everything a server behind may undo: percent-encoding up to three times, entities, script escapes. Case stays. */
export function decodeDeep(text: string): string {
  let decoded = text;
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = percentDecode(decoded);
    if (next === decoded) break;
    decoded = round === 0 ? next : next.replace(/(?<=\w)\+(?=\w)/g, ' '); // a query inside a query
  }
  return decodeScriptEscapes(decodeEntities(decoded)).replace(SENT_MARK, '\uFFFD');
}

/** What no parameter is called: the equals sign behind it is an attack's own. */
const NO_NAME = /['"]|%2[27]/;

/** A target's path and parameters, decoded, with NAME and VALUE where a parameter's name and value begin. */
export function decodeTarget(target: string): string {
  const bounded = target.slice(0, MAX_TEXT);
  const question = bounded.indexOf('?');
  if (question === -1) return decodeDeep(bounded);
  let text = decodeDeep(bounded.slice(0, question));
  for (const pair of bounded.slice(question + 1).split('&')) {
    const spaced = pair.replace(/\+/g, ' ');
    const equals = spaced.indexOf('=');
    const name = equals === -1 ? spaced : spaced.slice(0, equals);
    if (equals === -1) text += `${NAME}${decodeDeep(spaced)}`;
    else if (NO_NAME.test(name)) text += `${NAME}${VALUE}${decodeDeep(spaced)}`;
    else text += `${NAME}${decodeDeep(name)}${VALUE}${decodeDeep(spaced.slice(equals + 1))}`;
  }
  return text;
}

/** A data URL of text says by its content what it is. */
const DATA_URL = String.raw`data(?::|%3a)(?:\/\/|%2f%2f)?text(?:\/|%2f)plain(?:;|%3b)base64(?:,|%2c)`;
const BASE64_VALUE = new RegExp(`=(?:${DATA_URL})?([A-Za-z0-9+/_-]{11,4096}(?:={0,2}|(?:%3d){0,2}))(?=&|$)`, 'gi');
const PRINTABLE = /^[\t\n\r -~]{8,}$/;

/** The first character is that of a printable one, and of both cases there are some. */
const PLAIN_BASE64 = /=(?=[a-z\d_-]{0,400}[A-Z])[I-Za-f][\w-]{10,4095}={0,2}(?:&|$)/;

/** May a value of a plain target be base64 of printable text? */
export function mayHoldBase64(target: string): boolean {
  return PLAIN_BASE64.test(target);
}

/** Values that are base64 of printable text, decoded; '' when there are none. */
export function decodeBase64Values(query: string): string {
  let text = '';
  for (const [, value] of query.slice(0, MAX_TEXT).matchAll(BASE64_VALUE)) {
    const decoded = Buffer.from((value as string).replace(/%3d/gi, ''), 'base64').toString('latin1');
    if (PRINTABLE.test(decoded)) text += `${NAME}${VALUE}${decodeScriptEscapes(decoded)}`;
  }
  return text;
}
