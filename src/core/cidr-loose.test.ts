import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { CidrSet } from './cidr.ts';
import { looselyAggregated, sortAddresses } from './cidr-loose.ts';

const near = fc.integer({ min: 0, max: 2047 }).map((last) => `198.51.${96 + (last >> 8)}.${last & 255}`);
const addresses = fc.array(fc.oneof({ weight: 20, arbitrary: near }, fc.ipV4(), fc.ipV6()), { maxLength: 600 });

/** How many addresses a list of networks covers. */
function sizeOf(list: readonly string[]): number {
  return list.reduce((sum, entry) => {
    const [base = '', length] = entry.split('/');
    return sum + 2 ** ((base.includes(':') ? 128 : 32) - Number(length ?? (base.includes(':') ? 128 : 32)));
  }, 0);
}

property.prop([addresses, fc.array(near, { maxLength: 5 })])(
  'covers everybody, nobody who is to be spared, and at most 1 % strangers',
  (members, others) => {
    const spare = others.filter((other) => !members.includes(other));
    const list = looselyAggregated(members, spare);
    const set = CidrSet.from(list);
    for (const member of members) expect(set.has(member)).toBe(true);
    for (const other of spare) expect(set.has(other)).toBe(false);
    const v4 = list.filter((entry) => !entry.includes(':'));
    const own = new Set(members.filter((member) => !member.includes(':'))).size;
    expect(sizeOf(v4) - own).toBeLessThanOrEqual(own * 0.01);
  },
);

test('a network that is full but for one address in a hundred is one entry', () => {
  const members = Array.from({ length: 1024 }, (_, at) => `198.51.${100 + (at >> 8)}.${at & 255}`);
  const holes = new Set(['198.51.100.7', '198.51.101.99', '198.51.102.200', '198.51.103.255']);
  const list = looselyAggregated(members.filter((member) => !holes.has(member)));
  expect(list).toEqual(['198.51.100.0/22']);
});

property.prop([addresses])('addresses are told once, by number', (members) => {
  const sorted = sortAddresses(members);
  expect(new Set(sorted)).toEqual(new Set(members));
  expect(sortAddresses([...sorted].reverse())).toEqual(sorted);
});

test('IPv4 comes before IPv6, and two before ten', () => {
  expect(sortAddresses(['2001:db8::1', '192.0.2.10', 'a.example', '192.0.2.2'])).toEqual([
    '192.0.2.2',
    '192.0.2.10',
    '2001:db8::1',
    'a.example',
  ]);
});
