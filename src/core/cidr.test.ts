import { fc, test as property } from '@fast-check/vitest';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { aggregate, CidrSet } from './cidr.ts';

/** Addresses close enough to each other that networks touch and overlap. */
const near4 = fc.nat(255).map((last) => `192.0.2.${last}`);
const near6 = fc.nat(255).map((last) => `2001:db8::${last.toString(16)}`);
const address = fc.oneof(
  near4,
  near6,
  fc.ipV4(),
  fc.ipV6().filter((text) => !text.includes('.')), // the oracle takes ::192.0.2.1 for a mapped address
  fc.constantFrom('0.0.0.0', '255.255.255.255', '::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'),
);
const network = fc
  .tuple(address, fc.nat(12))
  .map(([base, free]) => `${base}/${(base.includes(':') ? 128 : 32) - free}`);
const entries = fc.array(fc.oneof(address, network), { maxLength: 40 });

function holds(list: readonly string[], sought: string): boolean {
  const ip = ipaddr.process(sought);
  return list.some((entry) => {
    const [base = '', length] = entry.split('/');
    const start = ipaddr.parse(base);
    const bits = start.kind() === 'ipv4' ? 32 : 128;
    return start.kind() === ip.kind() && ip.match(start as never, Number(length ?? bits) as never);
  });
}

/** A network as numbers, by ipaddr.js. */
function rangeOf(entry: string): { bits: number; first: bigint; last: bigint } {
  const [base = '', length] = entry.split('/');
  const bytes = ipaddr.parse(base).toByteArray();
  const bits = bytes.length * 8;
  const free = BigInt(bits - Number(length ?? bits));
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const first = (value >> free) << free;
  return { bits, first, last: first + (1n << free) - 1n };
}

function textOf(value: bigint, bits: number): string {
  const bytes = Array.from({ length: bits / 8 }, (_, at) => Number((value >> BigInt(bits - 8 - at * 8)) & 255n));
  return ipaddr.fromByteArray(bytes).toString();
}

/** Both sides of both ends of every entry: where an off-by-one would show. */
function edges(list: readonly string[]): string[] {
  return list
    .map(rangeOf)
    .flatMap(({ bits, first, last }) =>
      [first - 1n, first, last, last + 1n]
        .filter((value) => value >= 0n && value < 1n << BigInt(bits))
        .map((value) => textOf(value, bits)),
    );
}

describe('aggregate', () => {
  test.each([
    [[], []],
    [['192.0.2.1'], ['192.0.2.1']],
    [['192.0.2.1', '192.0.2.0', '192.0.2.2/31', '192.0.2.0'], ['192.0.2.0/30']],
    [
      ['192.0.2.1', '192.0.2.2'],
      ['192.0.2.1', '192.0.2.2'],
    ],
    [['192.0.2.200/24', '192.0.2.7'], ['192.0.2.0/24']],
    [['0.0.0.0/1', '128.0.0.0/1'], ['0.0.0.0/0']],
    [['::/0'], ['::/0']],
    [
      ['2001:db8:8000::/33', '2001:db8::/33', '10.0.0.1'],
      ['10.0.0.1', '2001:db8::/32'],
    ],
    [['::ffff:198.51.100.0/120'], ['198.51.100.0/24']],
    [[' 192.0.2.0/24 '], ['192.0.2.0/24']],
  ])('%j', (given, expected) => expect(aggregate(given)).toEqual(expected));

  property.prop([entries])('covers exactly what it was given', (given) => {
    const list = aggregate(given);
    for (const sought of edges([...given, ...list]))
      expect([sought, holds(list, sought)]).toEqual([sought, holds(given, sought)]);
  });

  property.prop([entries])('is as short as can be', (given) => {
    const list = aggregate(given);
    expect(aggregate(list)).toEqual(list);
    // Two halves of one network, or one network inside another, would be one entry too many.
    const ranges = list.map(rangeOf);
    ranges.forEach((range, at) => {
      const next = ranges[at + 1];
      if (next?.bits !== range.bits) return;
      expect(next.first > range.last).toBe(true);
      const size = range.last - range.first + 1n;
      const halves =
        next.last - next.first + 1n === size && next.first === range.last + 1n && range.first % (size * 2n) === 0n;
      expect(halves).toBe(false);
    });
  });
});

describe('CidrSet', () => {
  property.prop([entries, fc.array(address)])('has what a look through the whole list has', (given, others) => {
    const set = CidrSet.from(given);
    for (const sought of [...edges(given), ...others])
      expect([sought, set.has(sought)]).toEqual([sought, holds(given, sought)]);
  });

  test('knows addresses by any spelling, and nothing else', () => {
    const set = CidrSet.from(['192.0.2.0/24', 'fe80::/10']);
    expect(set.size).toBe(2);
    expect(['::ffff:192.0.2.9', '192.000.002.009', 'FE80::1%eth0'].map((text) => set.has(text))).toEqual([
      true,
      true,
      true,
    ]);
    expect(['', 'web1', '192.0.2.9/32', '192.0.3.0'].map((text) => set.has(text))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(CidrSet.from([]).has('192.0.2.9')).toBe(false);
  });

  test.each([
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '::/129',
    '::ffff:10.0.0.0/8',
    'web1',
    '',
    '10.0.0.0/255.0.0.0',
  ])('%j is refused by name', (entry) => {
    expect(() => CidrSet.from(['192.0.2.0/24', entry])).toThrow(
      expect.objectContaining({ code: 'E_USAGE', message: expect.stringContaining(JSON.stringify(entry)) }),
    );
  });
});
