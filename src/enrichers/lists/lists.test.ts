import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { enrichSchema, listConfigs } from './list-config.ts';
import { ListTable } from './list-table.ts';
import { Lists } from './lists.ts';
import type { ListStatus } from './snapshot.ts';

let folder: string;
let lists: Lists | null = null;
const troubles: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spoor-lists-'));
  troubles.length = 0;
});

afterEach(async () => {
  await lists?.stop();
  await rm(folder, { recursive: true });
});

async function start(intel: readonly object[]): Promise<Lists> {
  await lists?.stop();
  lists = new Lists({
    folder: join(folder, 'kept'),
    lists: listConfigs(enrichSchema.parse({ intel })),
    lookMs: 50,
    onTrouble: (list, failure) => troubles.push(`${list}: ${failure}`),
  });
  lists.start();
  await lists.ready;
  return lists;
}

/** Waits until it holds; the test's own time limit says when it never does. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setTimeout(done, 20));
}

const status = (nth = 0) => lists?.statuses[nth] as ListStatus;
const knows = (address: string, nth = 0) => {
  const data = lists?.snapshot.lists[nth]?.data;
  return data !== undefined && new ListTable(data).networks(address).length > 0;
};

/** Writes a file that looks as if it had been there for a while. */
async function put(path: string, text: string, age = 10): Promise<void> {
  await writeFile(path, text);
  const then = Date.now() / 1000 - age;
  await utimes(path, then, then);
}

test('a file is read again when it changed; a broken one changes nothing, and is said; the kept copy outlives a restart', async () => {
  const from = join(folder, 'bad.txt');
  await put(from, '203.0.113.1\n', 40);
  await start([{ name: 'bad', from }]);
  expect(status()).toMatchObject({ entries: 1, failure: null });
  expect(knows('203.0.113.1')).toBe(true);
  const first = lists?.snapshot.id;
  expect(first).toMatch(/^[0-9a-f]{16}$/);

  await put(from, '203.0.113.1\n203.0.113.2\n', 30);
  await until(() => knows('203.0.113.2'));
  const second = lists?.snapshot.id;
  expect(second).not.toBe(first);
  expect(lists?.of(first).id).toBe(first);
  expect(lists?.of('another').id).toBe(second);

  await put(from, '203.0.113.3\nnot a list\n', 20);
  await until(() => status().failure !== null);
  expect(status()).toMatchObject({ entries: 2, failure: 'line 2: "not a list" has more than one word: is it CSV?' });
  expect(troubles).toEqual(['bad: line 2: "not a list" has more than one word: is it CSV?']);
  expect([knows('203.0.113.2'), knows('203.0.113.3')]).toEqual([true, false]);

  await start([{ name: 'bad', from }]);
  expect(status()).toMatchObject({ entries: 2, failure: expect.stringContaining('line 2') });
  expect(lists?.snapshot.id).toBe(second);

  await put(from, '203.0.113.1\n', 10);
  await until(() => status().failure === null);
  await until(() => lists?.snapshot.id === first);
});

test('without lists there is no thread, and nothing to wait for', async () => {
  await start([]);
  expect(lists?.snapshot.id).toBe('');
  expect(lists?.statuses).toEqual([]);
});
