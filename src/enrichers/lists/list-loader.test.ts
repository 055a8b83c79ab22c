import { mkdtemp, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KeptCopies } from './kept-copy.ts';
import { enrichSchema, type ListConfig, listConfigs } from './list-config.ts';
import { ListLoader } from './list-loader.ts';
import { ListTable } from './list-table.ts';

const HOUR_MS = 3_600_000;
let folder: string;
let copies: KeptCopies;
let server: Server | null = null;
let nowMs = Date.parse('2026-11-22T06:00:00Z');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spoor-loader-'));
  copies = new KeptCopies(join(folder, 'kept'));
});

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = null;
  await rm(folder, { recursive: true });
});

function loaderOf(intel: object): ListLoader {
  const [config] = listConfigs(enrichSchema.parse({ intel: [intel] }));
  const { signal } = new AbortController();
  return new ListLoader(config as ListConfig, { copies, nowMs: () => nowMs, seed: () => 1, signal });
}

function knows({ loaded }: ListLoader, address: string): boolean {
  return loaded !== null && new ListTable(loaded.data).networks(address).length > 0;
}

/** Writes a file that was written so many seconds ago. */
async function put(path: string, text: string, age: number): Promise<void> {
  await writeFile(path, text);
  await utimes(path, nowMs / 1000 - age, nowMs / 1000 - age);
}

test('a file that is written just now is left until it is at rest; what did not change is not read again', async () => {
  const from = join(folder, 'bad.txt');
  await put(from, '203.0.113.1\n', 0);
  const loader = loaderOf({ name: 'bad', from });
  expect(await loader.look()).toBe(true);
  await put(from, '203.0.113.1\n203.0.113', 0.2);
  expect(await loader.look()).toBe(false);
  expect(loader.status).toMatchObject({ entries: 1, failure: null });
  await put(from, '203.0.113.1\n203.0.113.2\n', 2);
  expect(await loader.look()).toBe(true);
  expect(await loader.look()).toBe(false);
  expect(knows(loader, '203.0.113.2')).toBe(true);
  await put(from, '203.0.113.1\n203.0.113.2\n', 1.5);
  expect(await loader.look()).toBe(false); // another file, the same content
});

test('copies of lists that are no more are removed; a list that is gone is said, and used as it was', async () => {
  const from = join(folder, 'bad.txt');
  await put(from, '203.0.113.1\n', 10);
  const loader = loaderOf({ name: 'old', from });
  await loader.look();
  expect((await readdir(join(folder, 'kept'))).sort()).toEqual(['old.json', 'old.list']);
  await rm(from);
  expect(await loader.look()).toBe(false);
  expect(loader.status).toMatchObject({ entries: 1, failure: 'cannot be read (ENOENT)' });
  const again = loaderOf({ name: 'old', from });
  expect(await again.recall()).toBe(true);
  expect(knows(again, '203.0.113.1')).toBe(true);
  expect(await loaderOf({ name: 'old', from: `${from}.other` }).recall()).toBe(false);
  await writeFile(join(folder, 'kept', 'old.list'), '203.0.113.66\n');
  expect(await loaderOf({ name: 'old', from }).recall()).toBe(false);
  await copies.keepOnly(new Set(['new']));
  expect(await readdir(join(folder, 'kept'))).toEqual([]);
});

test('a file of 1 GB is refused before it is read', async () => {
  const from = join(folder, 'large.txt');
  await put(from, '', 10);
  await truncate(from, 1 << 30);
  const loader = loaderOf({ name: 'large', from });
  await loader.look();
  expect(loader.status).toMatchObject({ entries: 0, gotAt: null, failure: 'more than 64 MB' });
});

test('a URL is asked when it is time to, with what it said before; while it fails the last good copy is used', async () => {
  let body = '203.0.113.1\n';
  let up = true;
  const asked: (string | undefined)[] = [];
  server = createServer((request, response) => {
    const match = request.headers['if-none-match'];
    asked.push(match);
    if (!up) response.writeHead(500).end();
    else if (match === `"${body.length}"`) response.writeHead(304).end();
    else response.setHeader('etag', `"${body.length}"`).end(body);
  });
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/list?key=secret`;
  const config = { name: 'feed', from, allowPrivate: true };
  const loader = loaderOf(config);
  expect(await loader.look()).toBe(true);
  const { gotAt } = loader.status;
  expect(await loader.look()).toBe(false);
  nowMs += HOUR_MS;
  expect(await loader.look()).toBe(false);
  expect(asked).toEqual([undefined, '"12"']);
  expect(loader.status).toMatchObject({ gotAt, checkedAt: new Date(nowMs).toISOString(), failure: null });

  up = false;
  nowMs += HOUR_MS;
  await loader.look();
  expect(loader.status).toMatchObject({ entries: 1, gotAt, failure: 'it answers with status 500' });
  const restarted = loaderOf(config);
  expect(await restarted.recall()).toBe(true);
  await restarted.look();
  expect(restarted.status).toMatchObject({ entries: 1, gotAt, failure: 'it answers with status 500' });
  expect(JSON.stringify(restarted.status)).not.toContain('secret');

  up = true;
  body = 'no list at all\n';
  nowMs += 5 * 60_000;
  await restarted.look();
  expect(restarted.status).toMatchObject({ entries: 1, failure: expect.stringContaining('line 1: ') });
  body = '203.0.113.1\n203.0.113.2\n';
  nowMs += HOUR_MS;
  expect(await restarted.look()).toBe(true);
  expect(restarted.status.failure).toBeNull();
  expect(knows(restarted, '203.0.113.2')).toBe(true);

  // Nobody says any more that it may lead into an inner network.
  nowMs += HOUR_MS;
  const strict = loaderOf({ name: 'feed', from: from.replace('http:', 'https:') });
  await strict.look();
  expect(strict.status).toMatchObject({ entries: 0, failure: 'it leads into an inner network' });
});
