import { percentDecode } from '../../core/percent.ts';
import { NAME, VALUE } from './rule.ts';

const ROUNDS = 3;
/** Characters of a text that are looked at. */
export const MAX_TEXT = 8192;

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
