import { test as property } from '@fast-check/vitest';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AddressNames, addressText, NO_ADDRESS } from './address-names.ts';

const MOST = 1 << 20;
const somewhere = fc
  .oneof(fc.integer(), fc.integer({ min: 0x0a000000, max: 0x0a000400 }))
  .filter((value) => value !== 0);

property.prop([fc.array(somewhere, { minLength: 1, maxLength: 3000 })], { numRuns: 50 })(
  'each address has one number, from 0 on, in the order in which they come',
  (values) => {
    const names = new AddressNames();
    const expected = new Map<number, number>();
    for (const value of values) {
      if (!expected.has(value)) expected.set(value, expected.size);
      expect(names.of(value)).toBe(expected.get(value));
    }
    for (const [value, number] of expected) {
      expect(names.of(value)).toBe(number);
      expect(names.textOf(number)).toBe(addressText(value));
    }
  },
);

test('the dotted form is that of the unsigned number', () => {
  expect(addressText(0xc0000207 | 0)).toBe('192.0.2.7');
  expect(addressText(1)).toBe('0.0.0.1');
  expect(addressText(-1)).toBe('255.255.255.255');
});

test('addresses of both families share the numbers', () => {
  const names = new AddressNames();
  expect([names.ofText('2001:db8::7'), names.of(7), names.ofText('2001:db8::8'), names.ofText('2001:db8::7')]).toEqual([
    0, 1, 2, 0,
  ]);
  expect(names.textOf(2)).toBe('2001:db8::8');
});

test('beyond a million addresses there are no more numbers, and those given stay', () => {
  const names = new AddressNames();
  let given = 0;
  for (let value = 1; value <= MOST; value += 1) if (names.of(value) === value - 1) given += 1;
  expect(given).toBe(MOST);
  expect([names.of(MOST + 1), names.ofText('2001:db8::7')]).toEqual([NO_ADDRESS, NO_ADDRESS]);
  expect([names.of(1), names.of(MOST)]).toEqual([0, MOST - 1]);
});

// Addresses that all want the same place: a sender who has read the source can choose them.
function colliding(count: number, places: number): number[] {
  const found: number[] = [];
  for (let value = 1; found.length < count; value += 1) {
    const mixed = Math.imul(value ^ (value >>> 16), 0x9e3779b1);
    if (((mixed ^ (mixed >>> 15)) & (places - 1)) === 5) found.push(value);
  }
  return found;
}

test('addresses chosen to want the same place are not searched for, and never taken for each other', () => {
  const names = new AddressNames();
  const values = colliding(400, 1 << 16);
  const numbers = values.map((value) => names.of(value));
  const numbered = numbers.filter((number) => number !== NO_ADDRESS);
  expect(numbered.length).toBe(256); // as many as are looked at
  expect(new Set(numbered).size).toBe(256);
  for (const [at, number] of numbers.entries())
    if (number !== NO_ADDRESS) expect(names.textOf(number)).toBe(addressText(values[at] as number));
});
