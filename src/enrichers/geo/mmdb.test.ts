import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fc, test as property } from '@fast-check/vitest';
import ipaddr from 'ipaddr.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { type Ip, parseIp } from '../../core/ip.ts';
import { openGeo } from '../geo.ts';
import { mmdbSource, placeOf } from './mmdb.ts';

type Value = string | number | { [key: string]: Value };

/** Control byte (and length) of MaxMind DB format 2.0, "Data Field Format"; sizes up to 284 suffice here. */
function field(type: number, size: number): number[] {
  const length = size < 29 ? [size] : [29, size - 29];
  const [short = 0, ...more] = length;
  return type < 8 ? [(type << 5) | short, ...more] : [short, type - 7, ...more];
}

function encode(value: Value): number[] {
  if (typeof value === 'string') return [...field(2, Buffer.byteLength(value)), ...Buffer.from(value)];
  if (typeof value === 'number') return [...field(6, 4), ...[24, 16, 8, 0].map((shift) => (value >>> shift) & 255)];
  const entries = Object.entries(value);
  return [...field(7, entries.length), ...entries.flatMap(([key, inner]) => [...encode(key), ...encode(inner)])];
}

/** The bits that lead to a network in the tree: an IPv4 network of an IPv6 file lies at ::/96. */
function bitsOf(network: string, version: 4 | 6): number[] {
  const [address, length] = ipaddr.parseCIDR(network);
  const bits = address.toByteArray().flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((shift) => (byte >> shift) & 1));
  const above = version === 6 && address.kind() === 'ipv4' ? Array.from({ length: 96 }, () => 0) : [];
  return [...above, ...bits.slice(0, length)];
}

/** A small MMDB: networks, none inside another, and what is known of them. */
function mmdb(version: 4 | 6, type: string, networks: Record<string, Value>): Buffer {
  type Node = [number | Buffer | null, number | Buffer | null];
  const nodes: Node[] = [[null, null]];
  const data: number[] = [];
  const places: number[] = [];
  for (const [network, record] of Object.entries(networks)) {
    const bits = bitsOf(network, version);
    let node = 0;
    for (const bit of bits.slice(0, -1)) {
      const next = (nodes[node] as Node)[bit as 0 | 1];
      const child = typeof next === 'number' ? next : nodes.push([null, null]) - 1;
      (nodes[node] as Node)[bit as 0 | 1] = child;
      node = child;
    }
    (nodes[node] as Node)[bits.at(-1) as 0 | 1] = Buffer.from([places.push(data.length) - 1]);
    data.push(...encode(record));
  }
  const pointer = (next: number | Buffer | null): number => {
    if (typeof next === 'number') return next;
    return next === null ? nodes.length : nodes.length + 16 + (places[next[0] as number] as number);
  };
  const tree = nodes.flat().flatMap((next) => [16, 8, 0].map((shift) => (pointer(next) >> shift) & 255));
  const metadata = {
    ...{ binary_format_major_version: 2, binary_format_minor_version: 0, build_epoch: 1_780_272_000 },
    ...{ database_type: type, ip_version: version, node_count: nodes.length, record_size: 24 },
  };
  return Buffer.from([
    ...tree,
    ...Array.from({ length: 16 }, () => 0),
    ...data,
    ...Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    ...encode(metadata),
  ]);
}

function ip(text: string): Ip {
  const found = parseIp(text);
  if (!found) throw new Error(`${text} is no address`);
  return found;
}

describe('records of the usual makers', () => {
  test.each([
    ['MaxMind and DB-IP country', { country: { iso_code: 'NZ', names: { en: 'New Zealand' } } }, { country: 'NZ' }],
    ['MaxMind without a country', { registered_country: { iso_code: 'NZ' } }, { country: 'NZ' }],
    [
      'MaxMind ASN',
      { autonomous_system_number: 64500, autonomous_system_organization: 'Example' },
      { asn: 64500, organisation: 'Example' },
    ],
    ['ip-location-db country', { country_code: 'NZ' }, { country: 'NZ' }],
    ['IPinfo country', { country: 'NZ', country_name: 'New Zealand' }, { country: 'NZ' }],
    [
      'IPinfo Lite',
      { country: 'New Zealand', country_code: 'NZ', asn: 'AS64500', as_name: 'Example', as_domain: 'example.net' },
      { country: 'NZ', asn: 64500, organisation: 'Example' },
    ],
    ['IPinfo ASN', { asn: 'AS64500', name: 'Example', domain: 'example.net' }, { asn: 64500, organisation: 'Example' }],
    ['IPLocate country', { country_code: 'nz', continent_code: 'OC' }, { country: 'NZ' }],
    ['IPLocate ASN', { asn: 64500, name: 'EXAMPLE', org: 'Example Ltd' }, { asn: 64500, organisation: 'Example Ltd' }],
    [
      'GeoOpen',
      { country: { iso_code: 'NZ', AutonomousSystemNumber: '64500', AutonomousSystemOrganization: 'Example' } },
      { country: 'NZ', asn: 64500, organisation: 'Example' },
    ],
    ['nested', { as: { number: 64500, name: 'Example' } }, { asn: 64500, organisation: 'Example' }],
    ['no country', { country_code: 'ZZ', country: 'New Zealand' }, {}],
    ['a name alone', { name: 'Example' }, {}],
    ['no AS', { asn: 'AS0', name: 'Example', autonomous_system_number: 2 ** 32 }, {}],
    ['nothing', null, {}],
    ['odd things', { country: 7, asn: {}, org: 5 }, {}],
  ])('%s', (_, record, expected) => expect(placeOf(record)).toEqual(expected));
});

describe('families', () => {
  const record = { country_code: 'NZ' };

  test('a file of IPv4 says nothing of IPv6', () => {
    // 2001:db8:: begins with the bits of 32.1.13.184: a walk that does not ask for the version would end there.
    const source = mmdbSource(mmdb(4, 'country', { '32.0.0.0/8': record }), 'a.mmdb');
    expect(source.lookup(ip('32.1.13.184'))).toEqual({ country: 'NZ' });
    expect(source.lookup(ip('2001:db8::1'))).toEqual({});
  });

  test('a file of both knows both', () => {
    const source = mmdbSource(
      mmdb(6, 'country', { '198.51.100.0/24': record, '2001:db8::/32': { country_code: 'FI' } }),
      'a.mmdb',
    );
    expect(source.lookup(ip('198.51.100.7'))).toEqual({ country: 'NZ' });
    expect(source.lookup(ip('::ffff:198.51.100.7'))).toEqual({ country: 'NZ' });
    expect(source.lookup(ip('2001:db8::1'))).toEqual({ country: 'FI' });
    expect(source.lookup(ip('2001:db9::1'))).toEqual({});
  });

  test('what covers all of ::/8 is no answer for IPv4', () => {
    const source = mmdbSource(mmdb(6, 'country', { '::/8': record }), 'a.mmdb');
    expect(source.lookup(ip('198.51.100.7'))).toEqual({});
  });
});

describe('bad files', () => {
  const good = mmdb(6, 'country', {
    '198.51.100.0/24': { country_code: 'NZ' },
    '2001:db8::/32': { country_code: 'FI' },
  });

  test.each([
    ['no MMDB', Buffer.from('<html>Please log in</html>'), 'not a MaxMind DB'],
    ['empty', Buffer.alloc(0), 'not a MaxMind DB'],
    ['cut at its head', good.subarray(400), 'cut short'],
    ['damaged gzip', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]), 'gzip is damaged'],
    ['no header', good.subarray(0, good.lastIndexOf('MaxMind.com') + 11), 'header cannot be read'],
  ])('%s', (_, bytes, why) => {
    const says = new RegExp(`cannot use geo file bad\\.mmdb: .*${why}`);
    expect(() => mmdbSource(bytes, 'bad.mmdb')).toThrow(
      expect.objectContaining({ code: 'E_CONFIG', message: expect.stringMatching(says) }),
    );
  });

  const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  property.prop([changes, fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('198.51.100.7', '2001:db8::1'))])(
    'damage is E_CONFIG or no matter',
    (at, text) => {
      const bytes = Buffer.from(good);
      for (const [offset, value] of at) bytes[offset] = value;
      try {
        mmdbSource(bytes, 'bad.mmdb').lookup(ip(text));
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        expect((error as AppError).code).toBe('E_CONFIG');
      }
    },
  );
});

describe("the operator's files", () => {
  let folder = '';
  const path = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spoor-geo-'));
    await writeFile(path('country.mmdb'), mmdb(4, 'Own-Country', { '8.8.8.0/24': { country: { iso_code: 'NZ' } } }));
    await writeFile(
      path('asn.mmdb.gz'),
      gzipSync(mmdb(6, 'Own-ASN', { '8.8.8.0/24': { asn: 'AS64500', name: 'Own', country_code: 'FI' } })),
    );
    await writeFile(path('bare.mmdb'), mmdb(6, 'Bare', { '8.8.8.0/24': { asn: 64500 }, '9.9.9.0/24': { asn: 15169 } }));
    await writeFile(path('private.mmdb'), mmdb(4, 'Sites', { '10.0.0.0/8': { country_code: 'NZ' } }));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('come first, in their order; the bundled data adds the rest', async () => {
    const geo = await openGeo({ mmdb: [path('country.mmdb'), path('asn.mmdb.gz')] });
    expect(geo.lookup('8.8.8.8')).toEqual({ country: 'NZ', asn: 64500, organisation: 'Own' });
    expect(geo.lookup('1.1.1.1')).toMatchObject({ asn: 13335 });
    expect(geo.sources.slice(0, 2)).toEqual([
      `Own-Country of 2026-06-01, from ${path('country.mmdb')}`,
      `Own-ASN of 2026-06-01, from ${path('asn.mmdb.gz')}`,
    ]);
  });

  test('a country beside an AS is where its owner is registered, not where the address is', async () => {
    const geo = await openGeo({ mmdb: [path('asn.mmdb.gz')] });
    expect(geo.lookup('8.8.8.8')).toEqual({ country: 'US', asn: 64500, organisation: 'Own' });
  });

  test('an AS number never stands beside the name of another', async () => {
    const geo = await openGeo({ mmdb: [path('bare.mmdb')] });
    expect(geo.lookup('8.8.8.8')).toEqual({ country: 'US', asn: 64500 });
    expect((await openGeo({ mmdb: [path('bare.mmdb'), path('asn.mmdb.gz')] })).lookup('8.8.8.8')).toMatchObject({
      asn: 64500,
      organisation: 'Own',
    });
  });

  test('do not place private addresses', async () => {
    const geo = await openGeo({ mmdb: [path('private.mmdb')] });
    expect(geo.lookup('10.0.0.1')).toEqual({});
  });

  test.each(['missing.mmdb', '.'])('%s is refused by name', async (name) => {
    const opened = openGeo({ mmdb: [path('country.mmdb'), path(name)] });
    await expect(opened).rejects.toMatchObject({ code: 'E_CONFIG', message: expect.stringContaining(path(name)) });
  });
});
