import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { textOfV4, textOfV6 } from '../../core/ip.ts';
import { ListTable, TableBuilder } from './list-table.ts';
import { type About, NOTHING_SAID } from './rows.ts';
import { readNetwork } from './values.ts';

const WORDS = new Uint32Array(4);

interface Network {
  readonly version: 4 | 6;
  readonly value: bigint;
  readonly prefix: number;
  readonly untilS: number;
}

const textOf = (version: 4 | 6, value: bigint): string => {
  const word = (shift: bigint) => Number((value >> shift) & 0xffffffffn);
  return version === 4 ? textOfV4(Number(value)) : textOfV6([word(96n), word(64n), word(32n), word(0n)]);
};

// Few values for the bits that differ, so that networks lie in each other and addresses lie in networks.
const few = fc.constantFrom(0n, 1n, 2n, 3n, 0x7fn, 0x80n, 0xffn);
const v4 = fc.tuple(few, few, few, few).map(([a, b, c, d]) => ((a << 24n) | (b << 16n) | (c << 8n) | d) & 0xffffffffn);
const v6 = fc.tuple(v4, v4, v4, v4).map(([a, b, c, d]) => (0x2001n << 112n) | (a << 96n) | (b << 64n) | (c << 32n) | d);
const until = fc.constantFrom(0, 0, 100, 200);
const network: fc.Arbitrary<Network> = fc.oneof(
  fc.record({ version: fc.constant(4 as const), value: v4, prefix: fc.integer({ min: 0, max: 32 }), untilS: until }),
  fc.record({ version: fc.constant(6 as const), value: v6, prefix: fc.integer({ min: 0, max: 128 }), untilS: until }),
);
const address = fc.oneof(
  v4.map((value) => ({ version: 4 as const, value })),
  v6.map((value) => ({ version: 6 as const, value })),
);

function about(untilS: number): About {
  return untilS === 0 ? NOTHING_SAID : { ...NOTHING_SAID, untilS };
}

function tableOf(networks: readonly Network[]): ListTable {
  const builder = new TableBuilder();
  for (const { version, value, prefix, untilS } of networks) {
    expect(readNetwork(`${textOf(version, value)}/${prefix}`, WORDS)).toEqual(
      // A mapped address is an IPv4 one; none of these is.
      { version, prefix },
    );
    builder.addNetwork(version, WORDS, prefix, about(untilS));
  }
  return new ListTable(builder.build(7));
}

/** By looking at all of them. */
function naive(networks: readonly Network[], version: 4 | 6, value: bigint): [prefix: number, untilMs: number][] {
  const bits = version === 4 ? 32 : 128;
  const found = new Map<number, number>();
  for (const one of networks) {
    const free = BigInt(bits - one.prefix);
    if (one.version !== version || one.value >> free !== value >> free) continue;
    const untilMs = one.untilS === 0 ? Number.POSITIVE_INFINITY : one.untilS * 1000;
    found.set(one.prefix, Math.max(found.get(one.prefix) ?? 0, untilMs));
  }
  const sorted = [...found].sort(([a], [b]) => b - a);
  const last = sorted.findIndex(([, untilMs]) => untilMs === Number.POSITIVE_INFINITY);
  return last < 0 ? sorted : sorted.slice(0, last + 1);
}

describe('networks', () => {
  test('are found as by looking at all of them', () => {
    fc.assert(
      fc.property(fc.array(network, { maxLength: 40 }), fc.array(address, { maxLength: 20 }), (networks, addresses) => {
        const table = tableOf(networks);
        const inside = networks.map(({ version, value }) => ({ version, value }));
        for (const { version, value } of [...addresses, ...inside]) {
          const bits = version === 4 ? 32 : 128;
          const found = table.networks(textOf(version, value)).map(({ entry, untilMs }) => {
            const prefix = entry.includes('/') ? Number(entry.split('/')[1]) : bits;
            return [prefix, untilMs];
          });
          expect(found).toEqual(naive(networks, version, value));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('are told as the list means them', () => {
    const table = tableOf([
      { version: 4, value: 0xc0000207n, prefix: 24, untilS: 0 },
      { version: 4, value: 0xc6336407n, prefix: 32, untilS: 0 },
    ]);
    expect(table.networks('192.0.2.99').map(({ entry }) => entry)).toEqual(['192.0.2.0/24']);
    expect(table.networks('::ffff:198.51.100.7').map(({ entry }) => entry)).toEqual(['198.51.100.7']);
    expect(table.networks('198.51.100.8')).toEqual([]);
    expect(table.networks('web1')).toEqual([]);
  });
});

describe('names', () => {
  const label = fc.constantFrom('a', 'b', 'evil', 'www', 'x-1');
  const domain = fc.array(label, { minLength: 2, maxLength: 5 }).map((labels) => labels.join('.'));

  test('are found as by looking at all of them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('domain' as const, 'domains-below' as const), domain), { maxLength: 60 }),
        fc.array(domain, { maxLength: 20 }),
        fc.integer(),
        (entries, sought, seed) => {
          const builder = new TableBuilder();
          for (const [kind, name] of entries) builder.addName(kind, name, NOTHING_SAID);
          const table = new ListTable(builder.build(seed));
          for (const name of [...sought, ...entries.map(([, one]) => one)]) {
            const own = entries.some(([kind, one]) => kind === 'domain' && one === name) ? [name] : [];
            const above = name
              .split('.')
              .map((_, at, labels) => labels.slice(at + 1).join('.'))
              .filter((one) => entries.some(([kind, entry]) => kind === 'domains-below' && entry === one));
            expect(table.domains(name).map(({ entry }) => entry)).toEqual([...own, ...above.map((one) => `*.${one}`)]);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('of any text come back with what was said of them', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'grapheme-ascii', maxLength: 30 }), { maxLength: 200 }),
        fc.integer(),
        (names, seed) => {
          const said = names.map((_, nth) => ({
            untilS: nth,
            confidence: (nth % 102) - 1,
            note: nth % 3 === 0 ? '' : `{"n":${nth}}`,
          }));
          const builder = new TableBuilder();
          for (const [nth, name] of names.entries()) builder.addName('url', name, said[nth] as About);
          const table = new ListTable(builder.build(seed));
          const found = names.map((name) => table.name('url', name));
          const meant = names.map((entry, nth) => {
            const { untilS, ...about } = said[nth] as About;
            return { entry, untilMs: untilS === 0 ? Number.POSITIVE_INFINITY : untilS * 1000, ...about };
          });
          expect(found).toEqual(meant);
          expect(names.map((name) => table.name('host', name))).toEqual(names.map(() => null));
          expect(table.name('url', 'another that is longer than thirty characters')).toBeNull();
        },
      ),
    );
  });

  test('that are there twice hold as long as the longer, as surely as the surer', () => {
    const builder = new TableBuilder();
    builder.addName('hash', 'aa', { untilS: 5, confidence: 90, note: '' });
    builder.addName('hash', 'aa', { untilS: 9, confidence: 10, note: '' });
    builder.addName('hash', 'aa', { untilS: 9, confidence: 20, note: '' });
    expect(new ListTable(builder.build(1)).name('hash', 'aa')).toMatchObject({ untilMs: 9000, confidence: 20 });
  });
});

test('tables are shared, not copied', () => {
  const builder = new TableBuilder();
  builder.addName('domain', 'evil.example', NOTHING_SAID);
  const data = builder.build(1);
  expect(data.names?.slots.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(data.names?.keys.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
});
