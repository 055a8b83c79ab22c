import * as Kind from './rule.ts';

// Hot path: every character of a target once.

const KINDS = new Int32Array(65_536);
const set = (characters: string, kind: number) => {
  for (const character of characters) KINDS[character.charCodeAt(0)] = (KINDS[character.charCodeAt(0)] ?? 0) | kind;
};
set('\'"`', Kind.QUOTE);
set('<>', Kind.ANGLE);
set('()', Kind.PAREN);
set(';|&\n\r`', Kind.BREAK);
set('$', Kind.DOLLAR);
set('{}', Kind.BRACE);
set('[]', Kind.BRACKET);
set('\\', Kind.BACKSLASH);
set(' \t\v\f\u00a0\n\r', Kind.SPACE); // a line break is a blank to SQL
set(':', Kind.COLON);
set('/', Kind.SLASH);
set('%', Kind.PERCENT);
set('*?', Kind.STAR);
set('#', Kind.HASH);
set('!^~', Kind.BANG);
set('@', Kind.AT);
set('=', Kind.EQUALS);
set('.', Kind.DOT);
set('-', Kind.MINUS);
for (let code = 0; code < 32; code += 1) if (![9, 10, 11, 12, 13].includes(code)) KINDS[code] = Kind.CONTROL;
KINDS[127] = Kind.CONTROL;

/** The kinds of characters that a decoded text holds. The slashes of a path do not count, those of parameters do. */
export function featuresOf(text: string): number {
  const name = text.indexOf(Kind.NAME);
  const path = text.charCodeAt(0) === VALUE_CODE ? 0 : name === -1 ? text.length : name;
  let found = 0;
  for (let at = 0; at < path; at += 1) found |= KINDS[text.charCodeAt(at)] as number;
  found &= ~Kind.SLASH;
  for (let at = path; at < text.length; at += 1) found |= KINDS[text.charCodeAt(at)] as number;
  return found;
}

const VALUE_CODE = Kind.VALUE.charCodeAt(0);
const PLAIN = new Uint8Array(65_536);
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_,')
  PLAIN[character.charCodeAt(0)] = 1;
PLAIN[0x2e] = 2; // . harmless but beside another or at a name's beginning
PLAIN[0x3d] = 3; // =
PLAIN[0x26] = 3; // &
PLAIN[0x3f] = 3; // ?

/**
 * Is a target too plain for any rule over text: letters, digits, `/ - _ , .` and parameters made of them? `..` is not, nor
 * a slash inside a parameter.
 */
export function isPlainTarget(target: string): boolean {
  let before = 0;
  let question = -1;
  for (let at = 0; at < target.length; at += 1) {
    const code = target.charCodeAt(at);
    const kind = PLAIN[code];
    if (kind === 0) return false;
    if (kind === 2 && before === 0x2e) return false;
    if (code === 0x2f && question !== -1) return false;
    if (kind === 3 && !plainMark(code, question)) return false;
    if (code === 0x3f) question = at;
    before = code;
  }
  return true;
}

function plainMark(code: number, question: number): boolean {
  return code === 0x3f ? question === -1 : question !== -1;
}
