import { expect, test } from 'vitest';
import { grouped } from './grouped.ts';

test('keys and items keep their order, and what has no key is left out', () => {
  const words = ['beta', 'alpha', '', 'bar', 'ant', ''];
  const found = grouped(words, (word) => word[0] ?? null);
  expect([...found]).toEqual([
    ['b', ['beta', 'bar']],
    ['a', ['alpha', 'ant']],
  ]);
});
