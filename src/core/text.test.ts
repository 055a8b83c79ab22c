import { fc, test as property } from '@fast-check/vitest';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { cell, counted, fit as fitted, printable } from './text.ts';

/** Everything that must never reach a terminal, written apart from the code under test. */
const NEVER =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the test looks for
  /[\0-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

const HOSTILE = [
  '\x1b[2J',
  '\x9b31m',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\ud800',
  '\udc00',
  '\n',
  '\r',
  '\0',
  '\u2028',
];
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(...HOSTILE),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constant('古い'),
    ),
  )
  .map((parts) => parts.join(''));

describe('printable', () => {
  test.each([
    ['plain ~ text', 'plain ~ text'],
    ['\x1b[31mred\x07', '\\x1b[31mred\\x07'],
    ['a\tb\r\nc', 'a\\tb\\r\\nc'],
    ['user\u202egnp.exe', 'user\\u202egnp.exe'],
    ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
    ['tag \u{e0041}', 'tag \\u{e0041}'],
    ['lone \ud83d half', 'lone \\ud83d half'],
    ['whole 😀 fine, Größe, 古い, مرحبا', 'whole 😀 fine, Größe, 古い, مرحبا'],
    ['C:\\Users', 'C:\\Users'],
  ])('%j', (given, shown) => expect(printable(given)).toBe(shown));

  test.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['ab\x1bcd', 8, 'ab\\x1bcd'],
    ['ab\x1bcde', 8, 'ab\\x1bc…'],
    ['ab\x1bcd', 6, 'ab…'],
    ['a😀b', 3, 'a…'],
    ['abc', 0, ''],
  ])('%j in %i', (given, max, shown) => expect(printable(given, max)).toBe(shown));

  property.prop([text, fc.nat(80)])('shows no unsafe character, whole or cut', (given, max) => {
    expect(printable(given)).not.toMatch(NEVER);
    const short = printable(given, max);
    expect(short).not.toMatch(NEVER);
    expect(short.length).toBeLessThanOrEqual(max);
    if (printable(given).length <= max) expect(short).toBe(printable(given));
  });
});

test('a count goes with its noun', () => {
  expect([0, 1, 2, 12_345].map((value) => counted(value, 'record'))).toEqual([
    '0 records',
    '1 record',
    '2 records',
    '12,345 records',
  ]);
  expect([1, 1000].map((value) => counted(value, 'try', 'tries'))).toEqual(['1 try', '1,000 tries']);
});

describe('cell', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-bash', "'-bash"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['  =1', "'  =1"],
    ['\t=1', "'\\t=1"],
    ['\r=1', "'\\r=1"],
    ['＝1', "'＝1"],
    ['root', 'root'],
    ['a=b', 'a=b'],
    [-5, '-5'],
    [true, 'true'],
    [null, ''],
    [undefined, ''],
  ])('%j', (given, shown) => expect(cell(given)).toBe(shown));

  property.prop([fc.constantFrom('', ' ', '\t', '\n', '\ufeff'), fc.constantFrom(...'=+-@＝＋－＠'), text])(
    'never begins with an operator, a tab or a line break',
    (space, operator, rest) => {
      const shown = cell(space + operator + rest);
      expect(shown).toMatch(/^['\\]/);
      expect(shown).not.toMatch(NEVER);
    },
  );
});

describe('fit', () => {
  test.each([
    ['abc', 5, 'abc  '],
    ['abcdef', 4, 'abc…'],
    ['古い話', 4, '古… '],
    ['古い', 4, '古い'],
    ['\x1b[1m', 10, '\\x1b[1m   '],
    ['x', 0, ''],
    ['xy', 1, '…'],
  ])('%j in %i columns', (given, columns, shown) => expect(fitted(given, columns)).toBe(shown));

  test('on the right', () => expect(fitted('12', 5, 'right')).toBe('   12'));

  test('a heap of marks is cut', () =>
    expect(fitted(`a${'\u0301'.repeat(10_000)}`, 10).length).toBeLessThanOrEqual(90));

  property.prop([text, fc.integer({ min: 1, max: 120 })])('is safe and exactly as wide as asked', (given, columns) => {
    const shown = fitted(given, columns);
    expect(shown).not.toMatch(NEVER);
    expect(stringWidth(shown)).toBe(columns);
  });
});
