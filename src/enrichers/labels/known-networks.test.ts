import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { KNOWN_NETWORKS, networkLabel } from './known-networks.ts';

test('each network has the name that the registries have for it, and is there once', () => {
  const folder = dirname(createRequire(import.meta.url).resolve('@ip-location-db/asn/package.json'));
  const names = new Map<number, string>();
  for (const line of readFileSync(join(folder, 'asn-ipv4.csv'), 'utf8').split('\n')) {
    const [, , asn = '', ...name] = line.split(',');
    if (!names.has(Number(asn))) names.set(Number(asn), name.join(','));
  }
  const wrong = KNOWN_NETWORKS.filter(
    ({ asn, name }) => !names.get(asn)?.toLowerCase().includes(name.toLowerCase()),
  ).map(({ asn, name }) => `${asn} ${name}: ${names.get(asn)}`);
  expect(wrong).toEqual([]);
  expect(new Set(KNOWN_NETWORKS.map(({ asn }) => asn)).size).toBe(KNOWN_NETWORKS.length);
});

test('a number gives its label', () => {
  expect(networkLabel(24940)).toBe('hosting');
  expect(networkLabel(39351)).toBe('vpn');
  expect(networkLabel(4766)).toBeNull();
});
