import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { comparisonsOf } from './formats/stix-pattern.ts';
import { enrichSchema, type ListConfig, listConfigs } from './list-config.ts';
import { ListTable } from './list-table.ts';
import { readList } from './read-list.ts';

function config(more: Record<string, unknown> = {}): ListConfig {
  const [only] = listConfigs(enrichSchema.parse({ intel: [{ name: 'x', from: '/x', maxMb: 2, ...more }] }));
  return only as ListConfig;
}

const assets = listConfigs(enrichSchema.parse({ assets: [{ name: 'x', from: '/x' }] }))[0] as ListConfig;
const read = (text: string | Buffer, more?: Record<string, unknown>) => readList(Buffer.from(text), config(more), 1);

describe('bombs end', () => {
  test('gzip that unpacks to more than is allowed', () => {
    const bomb = gzipSync(Buffer.alloc(100 << 20));
    expect(bomb.length).toBeLessThan(1 << 20);
    expect(() => read(bomb)).toThrow('more than 2 MB when unpacked');
    expect(() => read(gzipSync(bomb))).toThrow('more than 2 MB when unpacked');
  });

  test('a line without an end', () => {
    expect(() => read(Buffer.alloc(2 << 20, 'a'), { format: 'plain' })).toThrow(
      'line 1: is longer than 65536 characters',
    );
    expect(() => read(Buffer.alloc((2 << 20) + 1, 'a'))).toThrow('more than 2 MB');
    expect(() => read(Buffer.alloc(2 << 20, 'a'), { format: 'csv' })).toThrow(/line 1: has a column of over/);
    expect(() => read(Buffer.alloc(2 << 20, ','), { format: 'csv' })).toThrow(/line 1: has more than 256 columns/);
    expect(() => read(`"${'""'.repeat(1 << 19)}`, { format: 'csv' })).toThrow(/line 1: has a quote that does not end/);
  });

  test('JSON and YAML that are deep, and aliases that multiply', () => {
    const deep = '['.repeat(1 << 20);
    expect(() => read(deep, { format: 'stix' })).toThrow(AppError);
    expect(() => read(deep + ']'.repeat(1 << 20), { format: 'stix', maxMb: 4 })).toThrow(AppError);
    expect(() => read(deep + ']'.repeat(1 << 20), { format: 'misp', maxMb: 4 })).toThrow(AppError);
    expect(() => read(`{"objects":${'[{"a":'.repeat(100_000)}`, { format: 'stix' })).toThrow(AppError);
    const laughs = Array.from({ length: 12 }, (_, n) => `a${n}: &a${n} [${`*a${n - 1},`.repeat(n === 0 ? 0 : 9)}1]`);
    expect(() => readList(Buffer.from(laughs.join('\n')), assets, 1)).toThrow(AppError);
    expect(() => readList(Buffer.from('['.repeat(100_000)), assets, 1)).toThrow(AppError);
    expect(() => readList(Buffer.from('assets: &a [*a]'), assets, 1)).toThrow(AppError);
  });

  test('more entries than are allowed', () => {
    const many = Array.from({ length: 30 }, (_, n) => `203.0.113.${n}`).join('\n');
    expect(() => read(many, { maxEntries: 20 })).toThrow('more than 20 entries');
  });

  test('patterns of STIX, in linear time', () => {
    for (const hostile of [
      `[${'('.repeat(30_000)}`,
      `[a:b = '${'\\'.repeat(60_000)}`,
      `[a:b IN (${"'x',".repeat(15_000)}`,
      `[${'a:b'.repeat(20_000)}`,
      `[a:${'b-'.repeat(30_000)}`,
      ' '.repeat(65_000),
      `[${"a:b='c' OR ".repeat(5000)}`,
    ])
      expect(comparisonsOf(hostile)).toBe('broken');
  });
});

describe('what is no list is refused whole, with where and why', () => {
  test.each([
    ['<!doctype html>\n<html>', undefined, 'line 1: "<!doctype html>" has more than one word: is it CSV?'],
    ['<html>', undefined, 'line 1: "<html>" is no address, network, domain, URL, hash or AS number'],
    [
      '192.0.2.1\n\n# x\n192.0.2.300\n',
      undefined,
      'line 4: "192.0.2.300" is no address, network, domain, URL, hash or AS number',
    ],
    ['192.0.2.1/33', undefined, 'line 1: "192.0.2.1/33" is no address, network, domain, URL, hash or AS number'],
    ['\n  \n', undefined, 'is empty'],
    ['{"objects": 5}', undefined, 'is no STIX bundle: it has no list of objects'],
    ['{"objects": [5]}', undefined, 'objects[0] is no object'],
    ['{"a":', undefined, /^is no JSON: /],
    [
      '{"objects":[{"type":"indicator","pattern":"[ipv4-addr:value = \'x\']"}]}',
      undefined,
      'objects[0].pattern: "x" is no ipv4-addr:value',
    ],
    ['{"objects":[{"type":"indicator","pattern":"evil"}]}', undefined, 'objects[0].pattern is no STIX pattern: "evil"'],
    ['{"objects":[{"type":"indicator","pattern":"[["}]}', undefined, 'objects[0].pattern is no STIX pattern: "[["'],
    [
      '{"Event":{"Attribute":[{"type":"ip-src","to_ids":true,"value":"x"}]}}',
      undefined,
      'Event.Attribute[0]: "x" is no ip-src',
    ],
    ['{"Event":5}', undefined, 'is no MISP event: it has no "Event"'],
    ['a,b\n1,2\n', { column: 'c' }, 'there is no column "c"'],
    ['ip\n192.0.2.1\nx y\n', { column: 'ip' }, 'line 3: "x y" is no address, network, domain, URL, hash or AS number'],
    ['"a"b\n', { column: '1' }, 'line 1: has something behind a quoted column'],
    [Buffer.from([0x1f, 0x8b, 1, 2, 3]), undefined, /^is broken gzip: /],
  ])('%j', (text, more, why) => {
    expect(() => read(text, more)).toThrow(why);
  });

  test.each([
    ['assets: 5', 'is no list of assets'],
    ['- {host: a, rôle: b}', /^line 1: assets\[0\] /],
    ['- {host: a}\n- {host: "a b"}', 'line 2: assets[1] host: is no name of a host'],
    ['- {role: x}', 'assets[0] has neither host nor addresses'],
    ['- {addresses: [10.0.0.300]}', 'assets[0]: "10.0.0.300" is no address or network'],
    ['a: [', /^line \d+: is no YAML: /],
    ['host,color\na,b\n', /^line 1: "color" is a column that an inventory has not/],
    ['host,role\na\n', 'line 2: has 1 columns, the first row 2'],
  ])('inventory %j', (text, why) => {
    expect(() => readList(Buffer.from(text), assets, 1)).toThrow(why);
  });
});

test('a poisoned list does not accuse everybody', () => {
  const { entries, skipped, data } = read('0.0.0.0/0\n::/0\n1.0.0.0/3\n127.0.0.1/1\n2000::/3\n');
  expect({ entries, total: Object.values(skipped).reduce((a, b) => a + b, 0) }).toEqual({ entries: 0, total: 5 });
  expect(new ListTable(data).networks('8.8.8.8')).toEqual([]);
});

test('a name of JavaScript is a name like any other', () => {
  const { data, entries } = read(
    '{"Event":{"Attribute":[{"type":"constructor","to_ids":true,"value":"x"},{"type":"__proto__","to_ids":true,"value":"x"}]}}',
  );
  expect(entries).toBe(0);
  expect(new ListTable(data).name('domain', '__proto__')).toBeNull();
  const stix = '{"objects":[{"type":"indicator","pattern":"[constructor:value = \'x\']"}]}';
  expect(read(stix).entries).toBe(0);
});

test('whatever the bytes, it is read or refused', () => {
  const piece = fc.constantFrom(
    '192.0.2.1',
    'evil.example',
    '\n',
    '"',
    ',',
    '[',
    '{"objects":[',
    '{"Event":',
    "'",
    '#',
    ' ',
    '\0',
    '\u202e',
    '/',
    ':',
    '- ',
    'host: a',
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(text, fc.constantFrom('auto', 'plain', 'csv', 'stix', 'misp'), (one, format) => {
      for (const kind of [config({ format }), assets])
        try {
          readList(Buffer.from(one), kind, 1);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
    }),
    { numRuns: 1000 },
  );
});
