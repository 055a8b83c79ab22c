import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Hop } from '../../src/trace/tracks.ts';
import { ROOT, SAMPLE_TIME, storyOf } from './program.ts';
import { apart, truthOf } from './truth.ts';

const INCIDENT = join(ROOT, 'sample/incident');
const truth = truthOf('truth.json');
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-hops-'));
  folders.push(folder);
  cpSync(INCIDENT, folder, { recursive: true, preserveTimestamps: true });
  return folder;
}

function without(host: string): string {
  const folder = copy();
  rmSync(join(folder, host), { recursive: true });
  return folder;
}

/** The sample with shop's clock ahead: every stamp in its logs, and those of wtmp and btmp. */
function withShopAhead(seconds: number): string {
  const folder = copy();
  const logs = join(folder, 'shop/var/log');
  for (const name of ['auth.log', 'syslog']) {
    const path = join(logs, name);
    const text = readFileSync(path, 'utf8').replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/gm, (stamp) =>
      new Date(Date.parse(`${stamp}Z`) + seconds * 1000).toISOString().slice(0, 19),
    );
    writeFileSync(path, text);
  }
  for (const name of ['wtmp', 'btmp']) {
    const path = join(logs, name);
    const records = readFileSync(path);
    const { atime, mtime } = statSync(path);
    for (let at = 340; at < records.length; at += 384) records.writeInt32LE(records.readInt32LE(at) + seconds, at); // ut_tv.tv_sec
    writeFileSync(path, records);
    utimesSync(path, atime, mtime);
  }
  return folder;
}

const tell = (folder: string) => storyOf([...SAMPLE_TIME, folder]);
const gist = ({ id, chain, depth, after, from, to, method, key, port, confidence }: Hop) => ({
  id,
  chain,
  depth,
  after,
  from: [from.host, from.address, from.user],
  to: [to.host, to.address, to.user],
  method,
  key,
  port,
  confidence,
});
const full = await tell(INCIDENT);

describe('the whole incident', () => {
  test('one chain: the first way in, then each hop in order', () => {
    expect(full.hops.map(({ chain }) => chain)).toEqual([1, 1, 1, 1, 1, 1]);
    const [first] = full.hops;
    expect(first).toMatchObject({
      depth: 1,
      after: null,
      entry: 'e1',
      from: { host: '', address: truth.wayIn?.address, logs: false },
      to: { host: truth.wayIn?.host, user: truth.wayIn?.user },
    });
    const onward = full.hops.filter(({ depth }) => depth > 1);
    expect(onward.map(({ from, to }) => [from.host, from.address, to.host, to.user])).toEqual(
      truth.hops.map(({ fromAddress, toHost, user }) => ['gate', fromAddress, toHost, user]),
    );
    for (const [at, hop] of onward.entries()) expect(apart(hop.at, truth.hops[at]?.at ?? '')).toBeLessThan(8);
  });

  test('each hop has a session at both ends, its reasons and its lines', () => {
    const sessions = new Map(full.sessions.map((session) => [session.id, session]));
    for (const hop of full.hops.filter(({ depth }) => depth > 1)) {
      expect(sessions.get(hop.from.session ?? '')).toMatchObject({ host: 'gate', user: 'svc-batch' });
      expect(sessions.get(hop.to.session ?? '')).toMatchObject({ host: hop.to.host, user: hop.to.user });
      expect(hop.reasons[0]).toMatch(/^root on gate ran "ssh /);
      expect(hop.evidence.some(({ file }) => file.endsWith('gate/root/.bash_history'))).toBe(true);
      expect(hop.evidence.some(({ file }) => file.includes(`${hop.to.host}/var/log/`))).toBe(true);
      expect(hop.confidence).toBe('high');
    }
  });

  test('each of the two visits has its own command', () => {
    const lines = full.hops.map(({ evidence }) => evidence.find(({ file }) => file.endsWith('.bash_history'))?.line);
    expect(lines.slice(2, 5)).toEqual([7, 8, 9]);
  });

  test('the way back in with the key that was laid down belongs to the chain', () => {
    expect(full.hops.at(-1)).toMatchObject({
      depth: 1,
      chain: 1,
      from: { address: '198.51.100.90' },
      to: { host: 'gate', user: 'root' },
    });
  });

  test('no host is missing, nobody else is in it', () => {
    expect(full.missing.filter(({ kind }) => kind === 'host_unseen')).toEqual([]);
    const users = new Set(full.hops.flatMap(({ from, to }) => [from.user, to.user]));
    expect(users.has('anna') || users.has('tomas')).toBe(false);
  });
});

test.each([90, -90])('with shop’s clock %i s ahead it is the same', async (seconds) => {
  const skewed = await tell(withShopAhead(seconds));
  expect(skewed.hops.map(gist)).toEqual(full.hops.map(gist));
});

test('without gate: shop and vault are one chain through an address that has no logs', async () => {
  const { hops, missing } = await tell(without('gate'));
  expect(hops.map(({ to }) => to.host)).toEqual(['shop', 'shop', 'vault']);
  expect(new Set(hops.map(({ chain }) => chain)).size).toBe(1);
  for (const hop of hops)
    expect(hop).toMatchObject({ from: { address: '10.77.0.11', logs: false }, confidence: 'low' });
  expect(missing.filter(({ kind }) => kind === 'host_unseen').map(({ host }) => host)).toEqual(['10.77.0.11']);
});

test.each([
  ['shop', '10.77.0.12', ['vault']],
  ['vault', '10.77.0.13', ['shop', 'shop']],
])('without %s: the hop to %s stays, doubted, and the gap is named', async (host, address, others) => {
  const { hops, missing } = await tell(without(host));
  const onward = hops.filter(({ depth }) => depth > 1);
  expect(new Set(hops.map(({ chain }) => chain))).toEqual(new Set([1]));
  expect(onward.flatMap(({ to }) => (to.logs ? [to.host] : []))).toEqual(others);
  expect(onward.find(({ to }) => !to.logs)).toMatchObject({
    from: { host: 'gate' },
    to: { address, session: null, logs: false },
    confidence: 'low',
  });
  const [gap, ...more] = missing.filter(({ kind }) => kind === 'host_unseen');
  expect(more).toEqual([]);
  expect(gap).toMatchObject({
    host: address,
    detail: `nothing from ${address} is here, though gate opened a session there`,
  });
});

test('the quiet sample has no hops', async () => {
  const { hops, missing } = await tell(join(ROOT, 'sample/no-breach'));
  expect(hops).toEqual([]);
  expect(missing.filter(({ kind }) => kind === 'host_unseen')).toEqual([]);
});
