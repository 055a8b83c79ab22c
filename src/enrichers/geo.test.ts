import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { addressOf, type Event } from '../core/event.ts';
import geoModule, { type Geo, openGeo, toEcs } from './geo.ts';

const NONE = '/nonexistent';
let geo: Geo;
beforeAll(async () => {
  geo = await openGeo({ mmdb: [], torFolder: NONE });
});

function event(fields: Event['fields']): Event {
  const envelope = {
    line: 1,
    lines: 1,
    count: 1,
    parser: 'sshd',
    time: 0,
    certainty: 'exact',
    host: '',
    process: '',
    pid: 0,
  } as const;
  return { ...envelope, message: '', fields, shape: null, address: addressOf(fields), user: undefined, raw: '' };
}

describe('the bundled data', () => {
  test.each([
    ['8.8.8.8', 'US', 15169, /google/i],
    ['168.126.63.1', 'KR', 4766, /korea telecom/i],
    ['193.0.6.139', 'NL', 3333, /ripe|network coordination/i],
    ['2620:fe::fe', 'US', 19281, /quad9/i],
    ['2a01:4f8::1', 'DE', 24940, /hetzner/i],
    ['::ffff:8.8.8.8', 'US', 15169, /google/i],
  ])('%s', (address, country, asn, organisation) => {
    expect(geo.lookup(address)).toEqual({ country, asn, organisation: expect.stringMatching(organisation) });
  });

  test.each([
    '10.0.0.1',
    '192.168.1.1',
    '127.0.0.1',
    '100.64.0.1',
    '192.0.2.1',
    'fe80::1',
    'fd00::1',
    '2001:db8::1',
    '255.255.255.255',
    '',
    'web1',
    '8.8.8.8:53',
  ])('%j is nowhere', (address) => expect(geo.lookup(address)).toEqual({}));

  test('names come without the quotes of their file', () => {
    expect(geo.lookup('1.1.1.1').organisation).toBe('Cloudflare, Inc.');
  });

  test('says where it is from, how old it is and whom to thank', () => {
    expect(geo.sources).toHaveLength(2);
    expect(geo.sources[0]).toMatch(/DB-IP .*https:\/\/db-ip\.com.*, 20\d\d-\d\d-\d\d, CC BY 4\.0$/);
    expect(geo.sources[1]).toMatch(/RouteViews.*NRO.*, 20\d\d-\d\d-\d\d, CC BY 4\.0$/);
  });
});

test("Debian's tor-geoipdb fills gaps where it is installed", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spoor-tor-'));
  try {
    await writeFile(
      join(folder, 'geoip'),
      '# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n16777216,16777471,XK\n3221225984,3221226239,NZ\n3325256704,3325256959,??\n',
    );
    await writeFile(join(folder, 'geoip6'), '2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,FI\n');
    const both = await openGeo({ mmdb: [], torFolder: folder });
    expect(both.sources[2]).toMatch(/IPFire.*, 2026-06-25, CC BY-SA 4\.0$/);
    expect(both.lookup('192.0.2.7')).toEqual({ country: 'NZ' });
    expect(both.lookup('198.51.100.7')).toEqual({});
    expect(both.lookup('2001:db8::7')).toEqual({ country: 'FI' });
    expect(both.lookup('1.0.0.1').country).not.toBe('XK');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('ECS fields of either side', () => {
  expect(toEcs({ country: 'NZ', asn: 64500, organisation: 'Example' })).toEqual({
    'source.geo.country_iso_code': 'NZ',
    'source.as.number': 64500,
    'source.as.organization.name': 'Example',
  });
  expect(toEcs({ country: 'NZ' }, 'destination')).toEqual({ 'destination.geo.country_iso_code': 'NZ' });
  expect(toEcs({})).toEqual({});
});

test('enriches an event by its source address, and overwrites nothing', () => {
  expect(geo.enrich(event({ 'source.ip': '8.8.8.8' }))).toMatchObject({
    'source.geo.country_iso_code': 'US',
    'source.as.number': 15169,
  });
  expect(geo.enrich(event({ 'source.ip': '8.8.8.8', 'source.as.number': 1 }))).not.toHaveProperty(['source.as.number']);
  expect(geo.enrich(event({}))).toEqual({});
});

test('is found by its file name', () => expect(geoModule).toEqual({ name: 'geo', open: openGeo }));
