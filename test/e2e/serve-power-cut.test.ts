import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasEngine } from '../../src/store/fixtures/engine.ts';
import { indexed, sql } from './serving/index-contents.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// A power cut takes what was written and not synced: the engine's tokens of its last batches, and that these were done.

const folder = mkdtempSync(join(tmpdir(), 'spoor-power-'));
let server: ServerProcess;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = (at: number) => {
  const how = at % 2 === 0 ? 'Failed' : 'Accepted';
  return `2026-11-20T06:${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}Z web1 sshd[${at}]: ${how} password for root from 198.51.100.${at % 5} port ${2000 + at} ssh2\n`;
};

async function counts(): Promise<unknown> {
  const [row] = await sql(
    server,
    `SELECT count() AS events, uniqExact(first, sub) AS once,
      (SELECT sum(rows) FROM spoor.sources_minute WHERE stream LIKE 'lines/%') AS minutes,
      (SELECT sum(failures) FROM spoor.attackers_hour) AS failures, (SELECT sum(successes) FROM spoor.attackers_hour) AS successes,
      (SELECT sum(logins) FROM spoor.first_seen) AS logins FROM spoor.events WHERE stream LIKE 'lines/%'`,
  );
  return row;
}

const ALL = { events: '400', once: '400', minutes: '400', failures: '200', successes: '200', logins: '200' };

/** Ends it as a power cut may. `tables`: whose last token is lost. */
async function cutPower(tables: readonly string[]): Promise<void> {
  const named = tables.map((name) => `'${name}'`).join();
  const paths = await sql<{ path: string }>(
    server,
    `SELECT data_paths[1] AS path FROM system.tables WHERE database = 'spoor' AND name IN (${named})`,
  );
  await server.killAll();
  for (const { path } of paths) {
    const log = join(path, 'deduplication_logs/deduplication_log_1.txt');
    writeFileSync(log, readFileSync(log, 'utf8').replace(/[^\n]*\n$/, ''));
  }
  const intents = readdirSync(server.paths.pipeline).find((name) => /^index-\d+\.jsonl$/.test(name)) as string;
  const said = join(server.paths.pipeline, intents);
  writeFileSync(said, readFileSync(said, 'utf8').replace(/^\{"done":\d+\}\n/gm, ''));
  writeFileSync(join(server.paths.pipeline, 'power.json'), '{"boot":"another","unsure":[]}\n');
}

describe.skipIf(!hasEngine)('a power cut', () => {
  beforeEach(async ({ task }) => {
    const lines = join(folder, `${task.id}.log`);
    writeFileSync(lines, Array.from({ length: 400 }, (_, at) => line(at)).join(''));
    server = new ServerProcess(join(folder, task.id), [{ type: 'file', name: 'lines', include: [lines] }]);
    await server.start();
    await indexed(server);
    expect(await counts()).toEqual(ALL);
  });
  afterEach(async () => server.killAll());

  const settled = async () => readFileSync(join(server.paths.pipeline, 'power.json'), 'utf8').includes('"unsure":[]');

  test('events that went in twice are there once again, and so is what was summed up of them', async () => {
    await cutPower(['events', 'sources_minute', 'attackers_hour', 'first_seen', 'session_lines']);
    await server.start();
    await indexed(server);
    await until('it is settled', settled);
    expect(server.said).toContain('came twice: their days are made anew');
    await until('the days are made anew', async () => (await server.status()).index.reindex?.state === 'done');
    expect(await counts()).toEqual(ALL);
  });

  test.each(['attackers_hour', 'sources_minute'])(
    'a summary that counted a batch twice is made anew: %s',
    async (table) => {
      await cutPower([table]);
      await server.start();
      await indexed(server);
      await until('the summaries are made anew', async () => isDeepStrictEqual(await counts(), ALL));
      await until('it is settled', settled);
      // sources_minute says which days there are, and is not made of the events of a day
      expect(server.said.includes('came twice')).toBe(table === 'sources_minute');
    },
  );

  const TABLES = ['events', 'sources_minute', 'attackers_hour', 'first_seen', 'session_lines'];
  const bytesFree = (table: string, bytes: number) =>
    sql(server, `ALTER TABLE spoor.${table} MODIFY SETTING min_free_disk_bytes_to_perform_insert = ${bytes}`);

  test('a disk that is too full for the mend is waited for', async () => {
    await bytesFree('events_shadow', 1e16);
    await cutPower(TABLES);
    await server.start();
    await until('the mend ended', async () => (await server.status()).index.reindex?.state === 'ended');
    await bytesFree('events_shadow', 1);
    await server.stop();
    await server.start();
    await until('all is there once', async () => isDeepStrictEqual(await counts(), ALL));
  });

  test('a server that is told to stop ends, though the mend begins', async () => {
    await cutPower(TABLES);
    await server.start();
    await until('it begins', () => server.said.includes('came twice'));
    expect(await Promise.race([server.stop(), pause(50_000, 'it goes on', { ref: false })])).toBe(0);
    await server.start();
    await until('all is there once', async () => isDeepStrictEqual(await counts(), ALL));
  });

  test('a server that is told to stop ends, though what the mend waits for does not go in', async () => {
    await bytesFree('events', 1e16);
    await cutPower(TABLES);
    await server.start();
    await until('it does not go in', () => server.said.includes('records 0..'));
    expect(await Promise.race([server.stop(), pause(50_000, 'it goes on', { ref: false })])).toBe(0);
  });
});
