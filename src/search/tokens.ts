import { type CustomPatternMatcherFunc, createToken, Lexer, type TokenType } from 'chevrotain';
import { canonicalIp } from '../core/ip.ts';
import { isShortName } from './field-names.ts';

const NAME = /[A-Za-z@_][A-Za-z0-9@_.-]{0,199}:/y;
const WORD = /[^\s()"]+/y;
/** What has colons and is no field: addresses (with a mask), fingerprints, MAC addresses, URLs. */
const COLONS =
  /^(?:(?:SHA256|MD5):[A-Za-z0-9+/:=]{16,}$|[0-9a-f]{2}(?::[0-9a-f]{2}){5}$|[A-Za-z][A-Za-z0-9+.-]*:\/\/)/i;

/** The match of a sticky expression at an offset. */
function at(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

/** `name:` before a value. Before a blank it is text, as in a line that was pasted; unless the name is one that people mean. */
const fieldAt: CustomPatternMatcherFunc = (text, offset) => {
  const found = at(NAME, text, offset);
  if (found === null) return null;
  const word = at(WORD, text, offset)?.[0] ?? '';
  if (COLONS.test(word) || canonicalIp(word.split('/')[0] ?? '') !== null) return null;
  const next = text[offset + found[0].length] ?? ' ';
  return /\s/.test(next) && !isShortName(found[0].slice(0, -1)) ? null : found;
};

const token = (
  name: string,
  pattern: RegExp | CustomPatternMatcherFunc,
  more: { push_mode?: string; pop_mode?: boolean } = {},
) => createToken({ name, pattern, line_breaks: true, ...more });

const WORDS = /[^\s()"]+/;
const QUOTED = /"(?:[^"\\]|\\[\s\S])*"/;
const OPEN_QUOTE = /"[\s\S]*/;
const END = '(?![^\\s()])'; // the word is over

const Blank = createToken({ name: 'Blank', pattern: /\s+/, group: Lexer.SKIPPED, line_breaks: true });
export const LeftParen: TokenType = token('LeftParen', /\(/);
export const RightParen: TokenType = token('RightParen', /\)/);
export const Phrase: TokenType = token('Phrase', QUOTED);
const OpenQuote: TokenType = token('OpenQuote', OPEN_QUOTE);
export const Last: TokenType = token(
  'Last',
  new RegExp(`last[ \\t]+(?:\\d{1,6}[ \\t]?[smhdw]|minute|hour|day|week|month)${END}`, 'i'),
);
const TIME = '(?:"[^"]*"|[^\\s()"]+)';
export const Between: TokenType = token(
  'Between',
  new RegExp(`between[ \\t]+(?=["\\d]|today|yesterday|now)${TIME}[ \\t]+and[ \\t]+${TIME}`, 'i'),
);
export const And: TokenType = token('And', new RegExp(`AND${END}`));
export const Or: TokenType = token('Or', new RegExp(`OR${END}`));
export const Not: TokenType = token('Not', new RegExp(`NOT${END}`));
export const Minus: TokenType = token('Minus', /-(?=[^\s)-])/);
export const Field: TokenType = token('Field', fieldAt, { push_mode: 'value' });
export const Word: TokenType = token('Word', WORDS);

// Right behind `name:`. Each of them ends the value.
export const ValueParen: TokenType = token('ValueParen', /\(/, { pop_mode: true });
export const ValuePhrase: TokenType = token('ValuePhrase', QUOTED, { pop_mode: true });
export const ValueRange: TokenType = token(
  'ValueRange',
  /[[{]\s*(?:"[^"]*"|[^\s"\]}]+)\s+TO\s+(?:"[^"]*"|[^\s"\]}]+)\s*[\]}]/,
  { pop_mode: true },
);
export const ValueWord: TokenType = token('ValueWord', WORDS, { pop_mode: true });
const NoValue = token('NoValue', /\s+|\)|"[\s\S]*/, { pop_mode: true });

const MAIN = [Blank, LeftParen, RightParen, Phrase, OpenQuote, Last, Between, And, Or, Not, Minus, Field, Word];
const VALUE = [ValueParen, ValuePhrase, ValueRange, ValueWord, NoValue];

/** All of them, for the parser. */
export const TOKENS: TokenType[] = [...new Set([...MAIN, ...VALUE])];

/** Cuts a query into tokens. Every text can be cut: what has no sense is told by the parser. */
export const queryLexer: Lexer = new Lexer(
  { modes: { main: MAIN, value: VALUE }, defaultMode: 'main' },
  { positionTracking: 'onlyOffset' },
);
