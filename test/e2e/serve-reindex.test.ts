import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { ShownReindex } from '../../src/api/view.ts';
import { askServer } from '../../src/cli/server-client.ts';
import { hasEngine } from '../../src/store/fixtures/engine.ts';
import { freePort } from '../free-port.ts';
import { contentsOf, indexed, sql } from './serving/index-contents.ts';
import { goldenLines, makeOldLedger } from './serving/old-ledger.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// A reindex while records arrive, killed at random: what it ends with is what a fresh index would hold, row for row.

const FULL = process.env['SPOOR_FULL'] !== undefined;
const RECORDS = FULL ? 1_000_000 : 40_000;
const KILLS = FULL ? 15 : 2;
const SILENCE_MS = 4000; // in less than that, what is open ends
const folder = mkdtempSync(join(tmpdir(), 'spoor-reindex-'));
chmodSync(folder, 0o755); // PostgreSQL runs as another user
const servers: ServerProcess[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.killAll();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Sends lines of all formats until it is stopped, whatever becomes of the server. */
function sending(port: number): () => Promise<void> {
  const formats = goldenLines();
  let going = true;
  const loop = (async () => {
    for (let nth = 0; going; nth += 1) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.on('data', () => {});
      const ended = new Promise((resolve) => socket.once('close', resolve));
      for (let round = 0; going && round < 40 && !socket.destroyed; round += 1) {
        const { lines } = formats[(nth * 40 + round) % formats.length] as (typeof formats)[number];
        socket.write(lines.map((line) => `<38>Nov 22 05:00:00 live sshd[811]: ${line.toString('latin1')}\n`).join(''));
        await pause(50);
      }
      socket.end();
      await Promise.race([ended, pause(500)]);
    }
  })();
  return async () => {
    going = false;
    await loop;
  };
}

/** Looks at the days before `today` (ISO 8601) all the time: what each was seen as. Lines arrive past midnight too. */
function reading(server: ServerProcess, today: string): () => Promise<Map<number, Set<string>>> {
  const seen = new Map<number, Set<string>>();
  let going = true;
  const loop = (async () => {
    for (let isLast = false; !isLast; ) {
      isLast = !going; // what it ends with is seen
      type Row = { day: number; low: number; high: number; rows: string };
      const rows = await sql<Row>(
        server,
        `SELECT toYYYYMMDD(ingest_ts) AS day, min(generation) AS low, max(generation) AS high, count() AS rows
         FROM spoor.events WHERE ingest_ts < toDate('${today}') GROUP BY day`,
      ).catch(() => []);
      for (const { day, low, high, rows: count } of rows)
        seen.set(day, (seen.get(day) ?? new Set()).add(`${low}..${high}: ${count}`));
      await pause(30);
    }
  })();
  return async () => {
    going = false;
    await loop;
    return seen;
  };
}

/** What the index holds once nothing more comes into it. */
async function settled(server: ServerProcess): Promise<unknown> {
  for (let before = await contentsOf(server); ; ) {
    await pause(SILENCE_MS);
    await indexed(server);
    const now = await contentsOf(server);
    if (isDeepStrictEqual(now, before)) return now;
    before = now;
  }
}

async function reindexOf(server: ServerProcess): Promise<ShownReindex | null> {
  return ((await server.ask('/api/v1/reindex')) as { reindex: ShownReindex | null }).reindex;
}

describe.skipIf(!hasEngine)('reindex', () => {
  test('makes what a fresh index would hold, while lines arrive, killed at random', async () => {
    const port = await freePort();
    const server = new ServerProcess(join(folder, 'a'), [{ type: 'syslog-tcp', port }]);
    servers.push(server);
    const { paths, origin } = server;
    const now = new Date();
    const nowUs = now.getTime() * 1000;
    await makeOldLedger({ folder: paths.ledger, origin, records: RECORDS, days: 5, nowUs });
    await server.start();
    await indexed(server);

    // An index that an older parser made: another word for some events, and others that it did not see.
    await sql(server, "ALTER TABLE spoor.events UPDATE parser = '', user_name = '' WHERE parser = 'sshd'");
    await sql(server, 'ALTER TABLE spoor.events DELETE WHERE first % 1000 = 7');
    const spoilt = await contentsOf(server);
    const stopSending = sending(port);
    const stopReading = reading(server, now.toISOString().slice(0, 10));
    const begun = (await askServer(paths, 'POST', '/api/v1/reindex')) as { reindex: ShownReindex };
    expect(begun.reindex.state).toBe('running');
    await expect(askServer(paths, 'POST', '/api/v1/reindex')).rejects.toThrow(/under way/);

    for (let kill = 0; kill < KILLS; kill += 1) {
      await pause(200 + Math.random() * 3000);
      await server.killAll();
      await server.start();
      await until('the index answers', async () => (await server.status()).parts[0]?.state === 'running');
    }
    await until('the reindex ends', async () => (await reindexOf(server))?.state === 'done');
    const seen = await stopReading();
    await stopSending();
    const rebuilt = await settled(server);
    expect(rebuilt).not.toEqual(spoilt);
    const [generations] = await sql<{ low: number }>(server, 'SELECT min(generation) AS low FROM spoor.events');
    expect(generations?.low).toBe(begun.reindex.generation);
    expect(await sql(server, 'SELECT * FROM spoor.events_shadow LIMIT 1')).toEqual([]);
    for (const [, states] of seen) {
      // the day of the old index, then that of the new one: never both, never none
      expect([...states].filter((state) => state.startsWith('1..1')).length).toBeLessThanOrEqual(1);
      expect([...states].filter((state) => !state.startsWith('1..1')).length).toBe(1);
      expect([...states].every((state) => /^(\d+)\.\.\1:/.test(state))).toBe(true);
    }
    expect(seen.size).toBe(4);

    expect(await server.stop()).toBe(0);
    for (const path of [paths.index, paths.pipeline]) rmSync(path, { recursive: true });
    mkdirSync(paths.pipeline, { recursive: true });
    writeFileSync(join(paths.pipeline, 'made-by.json'), '{"code":"another","version":"0.0.9"}\n');
    await server.start();
    expect((await server.status()).index.outdated).toMatch(/0\.0\.9/);
    await indexed(server);
    expect(await settled(server)).toEqual(rebuilt);
    expect(await server.stop()).toBe(0);
    expect(await server.left()).toEqual([]);
  });

  test('a server that is told to stop as one begins ends, and the next start goes on with it or knows of none', async () => {
    const server = new ServerProcess(join(folder, 'b'), []);
    servers.push(server);
    const { paths, origin } = server;
    await makeOldLedger({ folder: paths.ledger, origin, records: 4000, days: 2, nowUs: Date.now() * 1000 });
    await server.start();
    await indexed(server);
    const old = () =>
      // what starts and reindexes put on record comes beside it
      sql(
        server,
        "SELECT count() AS rows, sum(cityHash64(first, sub, parser, message)) AS sum FROM spoor.events WHERE stream LIKE 'old/%'",
      );
    const before = await old();
    for (const waitMs of FULL ? [0, 10, 20, 40, 80, 160, 600] : [0, 40]) {
      const asked = askServer(paths, 'POST', '/api/v1/reindex').catch((error: unknown) => error);
      await pause(waitMs);
      expect(await Promise.race([server.stop(), pause(50_000, 'it goes on', { ref: false })])).toBe(0);
      await asked;
      expect(await server.left()).toEqual([]);
      await server.start();
      await indexed(server);
      await until('no reindex is under way', async () => (await reindexOf(server))?.state !== 'running');
      expect((await reindexOf(server))?.ended ?? null).toBe(null);
      expect(await old()).toEqual(before);
    }
  });
});
