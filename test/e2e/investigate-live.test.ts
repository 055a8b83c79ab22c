import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storySchema } from '../../src/report/schema.ts';
import { trailSchema } from '../../src/report/schema-trail.ts';
import type { Citation, Story } from '../../src/trace/story.ts';
import { command } from '../built.ts';
import { freePort } from '../free-port.ts';
import { passableFolder } from '../state-folder.ts';
import { sendText } from './serving/sending.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// The story that a server's store tells is the one that the same lines tell as files.

const base = passableFolder('spoor-live-');
const incident = join(base.path, 'incident');
let server: ServerProcess;
let port: number;

beforeAll(async () => {
  cpSync(join(import.meta.dirname, '../../sample/incident'), incident, { recursive: true });
  for (const path of filesIn(incident)) if (/lastlog$/.test(path) || statSync(path).size === 0) rmSync(path); // nothing in them is a record of its own
  port = await freePort();
  server = new ServerProcess(join(base.path, 'data'), [{ type: 'syslog-tcp', port }], { timezone: 'UTC' });
  await server.start();
  await server.running();
});
afterAll(async () => {
  await server.killAll();
  base.remove();
});

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile());

function spoor(...args: string[]) {
  return spawnSync(process.execPath, command(...args), { encoding: 'utf8', maxBuffer: 64 << 20 });
}
const onServer = (...args: string[]) => spoor(...args, '--data', server.paths.data);

function storyOf({ stdout, stderr }: ReturnType<typeof spoor>): Story {
  if (stdout === '') throw new Error(stderr);
  return storySchema.parse(JSON.parse(stdout)) as Story;
}
const live = (...args: string[]) => storyOf(onServer('investigate', '--live', '--json', ...args));

const isCitation = (value: object): value is Citation => Object.keys(value).sort().join() === 'file,line,raw';

/** A document without the places of its lines. */
function unplaced(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unplaced);
  if (typeof value === 'string') return value.replace(/ record \d+ was /, ' record was '); // a place, too
  if (typeof value !== 'object' || value === null) return value;
  if (isCitation(value)) return value.raw;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, unplaced(part)]));
}

/** Every line that a document cites. */
function cited(value: unknown): Citation[] {
  if (typeof value !== 'object' || value === null) return [];
  return isCitation(value) ? [value] : Object.values(value).flatMap(cited);
}

test('before anything came it says so', () => {
  const { status, stderr } = onServer('investigate', '--live');
  expect(stderr).toMatch(/no line of this time: \d records are kept.*spoor sources says who sends/);
  expect(status).toBe(66);
});

test('the store tells what the files tell, and each line is its record', async () => {
  const imported = onServer('import', incident, '--label', 'case7');
  expect(imported.status).toBe(0);
  const stored = live('--since', '2026-11-01T00:00:00Z');
  const files = storyOf(spoor('investigate', incident, '--tz', 'UTC', '--since', '2026-11-01T00:00:00Z', '--json'));
  expect(stored.verdict).toBe('breached');
  for (const key of Object.keys(files) as (keyof Story)[]) {
    if (['inputs', 'totals', 'missing', 'actions'].includes(key)) continue; // paths, sizes and hashes of files
    expect([key, unplaced(stored[key])]).toEqual([key, unplaced(files[key])]);
  }
  const { bytes: _, seconds: __, ...counts } = stored.totals;
  expect(files.totals).toMatchObject(counts);
  expect(stored.inputs.map(({ path, lines }) => [path.replace('import-case7/', ''), lines])).toEqual(
    files.inputs.map(({ path, lines }) => [path, lines]),
  );
  expect(stored.live).toMatchObject({ origin: server.origin, until: null, missing: [] });

  const lines = [...new Map(cited(stored.entries).map((one) => [one.line, one])).values()];
  expect(lines.length).toBeGreaterThan(5);
  const [proven, ...others] = lines as [Citation, ...Citation[]];
  const shown = onServer('show', String(proven.line), '--proof');
  expect([shown.status, shown.stdout]).toEqual([0, expect.stringContaining(proven.raw)]);
  const firsts = firstRecords(imported.stdout);
  for (const { file, line, raw } of others) {
    if (/[wb]tmp$/.test(file)) continue; // its record is no text
    const path = file.replace('import-case7/', '');
    expect(readFileSync(path, 'utf8').split('\n')[line - (firsts.get(path) ?? 0)]).toBe(raw);
  }
});

test('lines that name no host are of the one whose folder they lay in', async () => {
  const events = await server.found('host.name:shop url.path:*');
  expect(events.length).toBeGreaterThan(0);
  expect(events.map(({ stream }) => stream)).toContain(`import-case7/${incident}/shop/var/log/nginx/access.log`);
  expect(
    (await server.sources()).filter(({ stream, trust }) => stream.startsWith('import-') && trust !== 'local'),
  ).toEqual([]);
});

/** Where the records of each imported file begin. */
function firstRecords(told: string): Map<string, number> {
  return new Map([...told.matchAll(/^(.+): records (\d+)\.\./gm)].map(([, path = '', first]) => [path, Number(first)]));
}

test('one host, one sender, a trail: of these alone', async () => {
  const vault = live('--since', '30d', '--host', 'vault');
  expect(vault.hosts.map(({ host }) => host)).toEqual(['vault']);
  const sender = vault.inputs[0]?.path as string;
  expect(live('--since', '30d', '--source', sender).inputs.map(({ path }) => path)).toEqual([sender]);
  const trail = onServer('trace', 'svc-batch', '--live', '--since', '30d', '--json');
  expect(trailSchema.parse(JSON.parse(trail.stdout))).toMatchObject({
    verdict: 'breached',
    live: { origin: server.origin },
  });
});

test('a line that a sender wrote into another one makes no event', async () => {
  const now = new Date().toISOString();
  const forged = `<38>${now} web-9 app[7]: hello\n<38>${now} web-9 sshd[8]: Accepted password for root from 192.0.2.66 port 4022 ssh2`;
  await sendText(port, `${Buffer.byteLength(forged)} ${forged}`);
  await until('the record', async () => (await server.status()).ledger.size > 1095);
  const story = live('--since', '1h', '--host', 'web-9');
  expect(story.totals).toMatchObject({ events: 1 });
  expect(story.sessions).toEqual([]);
});

test('without its index it tells the same', async () => {
  const before = live('--since', '2026-11-01T00:00:00Z', '--host', 'gate');
  expect(server.killChild(/engine\/main/)).toBe(true);
  const after = live('--since', '2026-11-01T00:00:00Z', '--host', 'gate');
  expect(unplaced(after.entries)).toEqual(unplaced(before.entries));
  expect(after.sessions).toEqual(before.sessions);
});

test.each([
  [['--since', '2026-11-02T00:00:00Z', '--until', '2026-11-01T00:00:00Z'], 64, 'since comes first'],
  [['--since', '30d', '--host', 'nobody'], 66, 'of this time'],
  [['/var/log', '--tz', 'UTC'], 64, 'leave out "/var/log", --tz'],
  [['--abuse', '/tmp/x'], 64, 'spoor export'],
  [['--source', 'a=b'], 64, 'name one sender'],
])('%j: exit code %i', (args, code, words) => {
  const { status, stderr } = onServer('investigate', '--live', ...args);
  expect([status, stderr]).toEqual([code, expect.stringContaining(words)]);
});

test('without a server it says so', () => {
  const { status, stderr } = spoor('investigate', '--live', '--data', join(base.path, 'none'));
  expect([status, stderr]).toEqual([69, expect.stringContaining('no server runs')]);
});
