import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { EcsFields, Event } from '../core/event.ts';
import { Enrichment } from './enrichment.ts';
import { openGeo } from './geo.ts';
import { enrichSchema, listConfigs } from './lists/list-config.ts';
import { readList } from './lists/read-list.ts';

const golden = (file: string) => new URL(`./golden/${file}`, import.meta.url).pathname;
const AT = Date.parse('2026-11-05T12:00:00Z');
const LATER = Date.parse('2026-12-24T12:00:00Z');

const configs = listConfigs(
  enrichSchema.parse({
    labels: [{ name: 'tor.txt', label: 'tor', from: golden('tor.txt') }],
    intel: [
      { name: 'plain.txt', from: golden('plain.txt') },
      {
        name: 'threats.csv',
        from: golden('threats.csv'),
        column: 'ioc_value',
        confidenceColumn: 'confidence_level',
        untilColumn: 'until',
        descriptionColumn: 'comment',
        confidence: 50,
        subdomains: true,
      },
      { name: 'bundle.stix.json', from: golden('bundle.stix.json') },
      { name: 'event.misp.json', from: golden('event.misp.json'), confidence: 60 },
    ],
    assets: [
      { name: 'assets.yml', from: golden('assets.yml') },
      { name: 'assets.csv', from: golden('assets.csv') },
    ],
  }),
);
const read = configs.map((config) => ({ config, list: readList(readFileSync(config.from), config, 42) }));
const snapshot = {
  id: 'golden',
  lists: read.map(({ config: { name, role, label }, list: { data } }) => ({ name, role, label, data })),
};

function event(fields: EcsFields, time: number, host: string): Event {
  const envelope = { line: 1, lines: 1, count: 1, parser: 'x', certainty: 'exact', process: '', pid: 0 } as const;
  return { ...envelope, time, host, message: '', fields, shape: null, address: '', user: undefined, raw: '' };
}

/** Events that are asked about, one for each thing that a list may say. */
const ASKED: readonly (readonly [fields: EcsFields, host?: string, time?: number])[] = [
  [{ 'source.ip': '198.51.100.1' }],
  [{ 'source.ip': '198.51.100.65' }],
  [{ 'source.ip': '198.51.100.130' }],
  [{ 'source.ip': '198.51.100.200' }],
  [{ 'source.ip': '203.0.113.9', 'threat.indicator.confidence': 'what the parser wrote' }],
  [{ 'source.ip': '203.0.113.10', 'destination.ip': '203.0.113.9' }],
  [{ 'source.ip': '2001:db8:bad::1' }],
  [{ 'source.ip': '10.9.9.9' }],
  [{ 'source.ip': '192.0.2.1' }],
  [{ 'dns.question.name': 'EVIL.example.' }],
  [{ 'dns.question.name': 'www.evil.example' }],
  [{ 'dns.question.name': 'wild.example' }],
  [{ 'dns.question.name': 'a.b.wild.example', 'dns.resolved_ip': ['192.0.2.1', '203.0.113.9'] }],
  [{ 'url.domain': 'both.example' }],
  [{ 'url.domain': 'x.both.example' }],
  [{ 'url.domain': 'xboth.example' }],
  [{ 'url.domain': 'xn--bcher-kva.example' }],
  [{ 'dns.question.name': 'hosts-file.example' }],
  [{ 'url.full': 'http://PHISH.example/login' }],
  [{ 'url.original': 'https://phish.example/Login?a=1#x' }],
  [{ 'url.original': '/login' }],
  [{ 'file.hash.md5': 'D41D8CD98F00B204E9800998ECF8427E' }],
  [{ 'process.hash.sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' }],
  [{ 'source.ip': '203.0.113.20' }],
  [{ 'source.ip': '203.0.113.20' }, '', LATER],
  [{ 'source.ip': '203.0.113.20' }, '', Number.NaN],
  [{ 'tls.client.server_name': 'deep.cc.example' }],
  [{ 'file.hash.sha1': 'da39a3ee5e6b4b0d3255bfef95601890afd80709' }],
  [{ 'source.ip': '203.0.113.30' }],
  [{ 'source.ip': '203.0.113.30' }, '', LATER],
  ...['31', '32', '33', '34', '35', '36', '43'].map((last) => [{ 'source.ip': `203.0.113.${last}` }] as const),
  [{ 'dns.question.name': 'b.stix.example' }],
  [{ 'url.full': "https://stix.example/it's" }],
  [{ 'file.hash.md5': '0cc175b9c0f1b6a831c399e269772661' }],
  [{ 'source.ip': '2001:db8:c2::1' }],
  [{ 'destination.ip': '203.0.113.40' }],
  [{ 'source.ip': '203.0.113.41' }],
  [{ 'source.ip': '203.0.113.42', 'url.domain': 'misp.example' }],
  [{ 'dns.question.name': 'context.example' }],
  [{ 'file.hash.sha256': '2c624232cc83daf0dfb5f0a6b3c9ef2ccc1f0f5e0c7bb1e5d6e9f0f1f2f3f4f5' }],
  [{ 'url.full': 'http://misp.example/bot' }],
  [{ 'source.ip': '5.9.1.1' }],
  [{ 'source.ip': '10.1.0.77', 'destination.ip': '10.0.0.5' }, 'DB1'],
  [{ 'host.name': 'db1.corp.example' }, 'other'],
  [{}, '10.2.0.2'],
  [{}, 'web1.any.example'],
  [{}, 'twin'],
  [{}, 'twin.b.example'],
  [{ 'source.ip': '2001:db8:0:1::5' }, 'mail'],
  [{}, 'unknown'],
];

test('what lists hold, and what is skipped of them', async () => {
  const said = read.map(
    ({ config: { name }, list: { entries, skipped } }) => `${JSON.stringify({ name, entries, skipped })}\n`,
  );
  await expect(said.join('')).toMatchFileSnapshot(golden('lists.jsonl'));
});

test('what events are given', async () => {
  const enrichment = new Enrichment({ geo: await openGeo({ mmdb: [], torFolder: '/nonexistent' }), networks: true });
  enrichment.use(snapshot);
  const said = ASKED.map(([fields, host = '', time = AT]) => {
    const enriched = enrichment.enrich(event(fields, time, host));
    // From the cache it is the same.
    expect(enrichment.enrich(event(fields, time, host))).toEqual(enriched);
    const when = time === AT ? {} : { time: Number.isNaN(time) ? null : new Date(time).toISOString() };
    return `${JSON.stringify({ ...(host && { host }), ...when, ...fields })}\n  ${JSON.stringify(enriched)}\n`;
  });
  await expect(said.join('')).toMatchFileSnapshot(golden('enriched.txt'));
});

test('without lists an event has its place and the known networks alone', async () => {
  const enrichment = new Enrichment({ geo: await openGeo({ mmdb: [], torFolder: '/nonexistent' }), networks: false });
  expect(Object.keys(enrichment.enrich(event({ 'source.ip': '5.9.1.1' }, AT, 'db1')))).toEqual([
    'source.geo.country_iso_code',
    'source.as.number',
    'source.as.organization.name',
  ]);
  enrichment.use(snapshot);
  expect(enrichment.enrich(event({ 'source.ip': '203.0.113.9' }, AT, ''))).toHaveProperty(['threat.feed.name']);
  enrichment.use({ id: '', lists: [] });
  expect(enrichment.enrich(event({ 'source.ip': '203.0.113.9' }, AT, ''))).toEqual({});
});
