import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CookieSeal } from './sealed-cookie.ts';

describe('a sealed cookie', () => {
  test('opens to what was put in, until its end', () => {
    const seal = new CookieSeal(randomBytes);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string(), { maxKeys: 5 }), (value) => {
        const said = JSON.parse(JSON.stringify(value));
        expect(seal.open('a', seal.seal('a', value, 10), 9)).toEqual(said);
        expect(seal.open('a', seal.seal('a', value, 10), 10)).toBeNull();
      }),
    );
  });

  test('opens for nothing else', () => {
    const seal = new CookieSeal(randomBytes);
    const text = seal.seal('a', { secret: 'river' }, 10);
    expect(text).not.toContain('river');
    expect(seal.open('b', text, 0)).toBeNull();
    expect(new CookieSeal(randomBytes).open('a', text, 0)).toBeNull();
    expect(seal.open('a', undefined, 0)).toBeNull();
    expect(seal.open('a', 'x'.repeat(5000), 0)).toBeNull();
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'AQgw_-'), (at, by) => {
        const changed = text.slice(0, at) + by + text.slice(at + 1);
        const isSame = Buffer.from(changed, 'base64url').equals(Buffer.from(text, 'base64url'));
        expect(seal.open('a', changed, 0) === null).toBe(!isSame);
        expect(seal.open('a', text.slice(0, at), 0)).toBeNull();
      }),
    );
  });
});
