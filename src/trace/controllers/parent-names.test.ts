import { describe, expect, test } from 'vitest';
import type { Talk } from '../outbound-sum.ts';
import { parentOf, underNewNames } from './parent-names.ts';

test.each([
  ['a.example.org', 1, 'example.org'],
  ['a.b.example.org', 1, 'b.example.org'],
  ['a.b.example.org', 2, 'example.org'],
  ['example.org', 1, ''],
  ['a.example.co.uk', 1, 'example.co.uk'],
  ['example.co.uk', 1, ''],
  ['203.0.113.9', 1, ''],
  ['2001:db8::9', 1, ''],
])('%s without %i labels is "%s"', (name, levels, parent) => {
  expect(parentOf(name, levels)).toBe(parent);
});

const talk = (to: string, count = 1): Talk => ({
  host: 'ash',
  from: '',
  to,
  port: 53,
  protocol: 'dns',
  count,
  first: 0,
  last: 0,
  ref: { task: 0, line: 1, raw: '' },
  times: [],
});
const names = (under: string, many = 9, count = 1) =>
  Array.from({ length: many }, (_, at) => talk(`x${at}${under}`, count));
const parents = (talks: readonly Talk[]) => [...underNewNames(talks)].map(([parent, all]) => [parent, all.length]);

describe('underNewNames', () => {
  test('ever new names are told by the longest that they share', () => {
    expect(parents(names('.t.example.org'))).toEqual([['t.example.org', 9]]);
    expect(parents(names('.me.dyn.example.net'))).toEqual([['me.dyn.example.net', 9]]);
  });

  test('also where more than one label is new', () => {
    const talks = Array.from({ length: 9 }, (_, at) => talk(`x${at}.y${at}.example.org`));
    expect(parents(talks)).toEqual([['example.org', 9]]);
  });

  test('a few names, and names that are asked for again and again, stand for themselves', () => {
    expect(parents(names('.example.org', 7))).toEqual([]);
    expect(parents(names('.example.org', 9, 30))).toEqual([]);
  });
});
