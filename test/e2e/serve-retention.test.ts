import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { ShownReindex } from '../../src/api/view.ts';
import { openForWriting } from '../../src/cli/ledger-writing.ts';
import { askServer } from '../../src/cli/server-client.ts';
import { engineClient } from '../../src/engine/client.ts';
import { placeHold } from '../../src/ledger/keep/hold.ts';
import { LedgerReader } from '../../src/ledger/reader.ts';
import { readingDisk } from '../../src/ledger/secrecy/at-rest.ts';
import { policyOf } from '../../src/ledger/verdict.ts';
import { verifyFolder } from '../../src/ledger/verify-folder.ts';
import { dayOf } from '../../src/store/days.ts';
import { hasEngine } from '../../src/store/fixtures/engine.ts';
import { makeOldLedger } from './serving/old-ledger.ts';
import { ServerProcess, until } from './serving/server-process.ts';

const DAY_US = 86_400_000_000;
const folder = mkdtempSync(join(tmpdir(), 'spoor-retention-'));
chmodSync(folder, 0o755); // PostgreSQL runs as another user
const servers: ServerProcess[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.killAll();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function daysOf(server: ServerProcess, condition = 'true'): Promise<number[]> {
  const client = engineClient({ socketPath: server.paths.engineSocket });
  try {
    const query = `SELECT DISTINCT toYYYYMMDD(ingest_ts) AS day FROM spoor.events WHERE ${condition} ORDER BY day`;
    const rows = await (await client.query({ query, format: 'JSONEachRow' })).json<{ day: number }>();
    return rows.map(({ day }) => day);
  } finally {
    await client.close();
  }
}

describe.skipIf(!hasEngine)('retention', () => {
  test('days of the index and records of the ledger go when they are old, unless held; a reindex does not bring them back', async () => {
    const keep = { index: '3d', ledger: { minimum: '7d', maximum: '8d' } };
    const server = new ServerProcess(join(folder, 'a'), [], { keep });
    servers.push(server);
    const { paths, origin } = server;
    const nowUs = Date.now() * 1000;
    await makeOldLedger({ folder: paths.ledger, origin, records: 10_000, days: 11, nowUs });
    const open = await openForWriting(paths.ledger);
    const trust = policyOf([open.key]);
    const noonUs = (Math.floor(nowUs / DAY_US) - 5 + 0.5) * DAY_US;
    const held = Math.floor(((noonUs - (nowUs - 10 * DAY_US)) / (10 * DAY_US)) * 10_000); // of the fifth day before today
    const range = { first: held, last: held + 100 };
    await placeHold({ disk: open.disk, trust }, open.ledger, { id: 'case-1', reason: 'a court', range });
    await open.close();

    await server.start();
    const horizon = await until('days are given up', async () => (await server.status()).index.horizon);
    const before = (days: number) => dayOf(nowUs - days * DAY_US);
    expect(horizon?.replaceAll('-', '').slice(0, 8)).toBe(String(before(3)));
    const left = [5, 3, 2, 1, 0].map(before);
    await until('they are dropped', async () => (await daysOf(server)).length === left.length);
    expect(await daysOf(server)).toEqual(left);
    expect(((await server.ask('/api/v1/events?q=nothing')) as { horizon: string }).horizon).toBe(horizon);

    const reader = await LedgerReader.open(readingDisk(paths.ledger, origin, null));
    const minimum = await reader.minimum();
    await reader.close();
    expect(minimum % 256).toBe(0);
    expect(minimum).toBeGreaterThan(2500); // of some 1,000 a day, those of four days are older than seven
    expect(minimum).toBeLessThan(4200);

    await askServer(paths, 'POST', '/api/v1/reindex');
    const reindex = async () => ((await server.ask('/api/v1/reindex')) as { reindex: ShownReindex }).reindex;
    const done = await until('the reindex ends', async () =>
      (await reindex()).state === 'running' ? null : reindex(),
    );
    expect(done).toMatchObject({ state: 'done', days: left.length, daysDone: left.length });
    expect(await daysOf(server)).toEqual(left);
    const since = new Date((nowUs - DAY_US) / 1000).toISOString().slice(0, 10);
    const ofParser = (await daysOf(server, `parser IN ('', 'syslog', 'sshd')`)).filter(
      (day) => day >= before(1),
    ).length;
    expect(ofParser).toBeGreaterThanOrEqual(1); // of the last two days: today has just begun, perhaps
    await expect(askServer(paths, 'POST', '/api/v1/reindex?since=yesterday')).rejects.toThrow(/no instant/);
    await expect(askServer(paths, 'POST', '/api/v1/reindex?parser=nobody')).rejects.toThrow(/no parser "nobody"/);
    await askServer(paths, 'POST', `/api/v1/reindex?since=${since}&parser=sshd`);
    await until('it ends', async () => (await reindex()).state === 'done');
    expect(await reindex()).toMatchObject({ since, parser: 'sshd', days: ofParser, daysDone: ofParser });
    expect(await daysOf(server)).toEqual(left);
    expect(await server.stop()).toBe(0);
    expect((await verifyFolder(paths.ledger, { policy: trust, remembered: [], pauseMs: 0 })).problems).toEqual([]);
  });

  test('nothing goes by a clock that is far ahead of the last record: it may be wrong, or an old backup was restored', async () => {
    const server = new ServerProcess(join(folder, 'b'), [], { keep: { ledger: { minimum: '7d' } } });
    servers.push(server);
    const { paths, origin } = server;
    const nowUs = (Date.now() - 100 * 86_400_000) * 1000;
    await makeOldLedger({ folder: paths.ledger, origin, records: 600, days: 11, nowUs });
    await server.start();
    const told = async () => (await server.status()).troubles.find(({ what }) => what.startsWith('retention: '))?.what;
    expect(await until('it is told', told)).toMatch(/clock leapt ahead by 1\d\d days, .*nothing is given up/);
    const reader = await LedgerReader.open(readingDisk(paths.ledger, origin, null));
    expect(await reader.minimum()).toBe(0);
    await reader.close();
  });
});
