import fc from 'fast-check';
import { expect, it } from 'vitest';
import { percentDecode } from './percent.ts';

it('gives back what was encoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(!/[\uff01-\uff5e\ufe64\ufe65]/.test(text));
      expect(percentDecode(encodeURIComponent(text))).toBe(text);
    }),
  );
});

it.each([
  ['%41%zz%', 'A%zz%'],
  ['%u0041', 'A'],
  ['%c0%ae', '.'],
  ['%ff%41', '\u00ffA'],
  ['%EF%BC%9Cscript', '<script'],
  ['%2541', '%41'],
])('undoes escapes once, and leaves what is none: %s', (text, decoded) => {
  expect(percentDecode(text)).toBe(decoded);
});
