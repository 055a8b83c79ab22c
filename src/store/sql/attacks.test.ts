import { existsSync, readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { hasEngine, removeFolders } from '../fixtures/engine.ts';
import { ATTACKS, FILE, OUT, PORT } from './fixtures/attacks.ts';
import { CANARY, type SqlEngine, startSqlEngine } from './fixtures/sql-engine.ts';
import { judged, runSql } from './run.ts';

// Every way out of the views that was found or thought of, on the real engine. A query counts as stopped only when it was not taken at all.

let started: SqlEngine;
let server: Server;
let connections = 0;

const never = new AbortController().signal;
const run = (query: string) => runSql(started.clear, query, 100, never);

/** What the query gives, or why it was not taken. */
async function outcome(query: string): Promise<string> {
  try {
    await judged(started.clear, query, never);
  } catch (error) {
    return error instanceof AppError ? error.message : `refused by the engine: ${String((error as Error).message)}`;
  }
  return run(query).then(
    (answer) => `TAKEN: ${JSON.stringify(answer.rows).slice(0, 200)}`,
    (error: Error) => `TAKEN, then: ${error.message}`,
  );
}

describe.skipIf(!hasEngine)('SQL, attacked', () => {
  beforeAll(async () => {
    started = await startSqlEngine(500);
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterAll(async () => {
    await started.stop();
    server.close();
    removeFolders();
  });

  test.each(Object.entries(ATTACKS))('%s: none is taken', async (_what, attacks) => {
    const { port } = server.address() as AddressInfo;
    const taken: string[] = [];
    for (const attack of attacks) {
      const query = attack
        .replaceAll(FILE, started.secretFile)
        .replaceAll(OUT, `${started.writable}/x`)
        .replaceAll(PORT, String(port));
      const said = await outcome(query);
      if (said.startsWith('TAKEN') || said.includes(CANARY)) taken.push(`${attack.slice(0, 200)} => ${said}`);
    }
    expect(taken).toEqual([]);
    expect([connections, readdirSync(started.writable)]).toEqual([0, []]);
    expect(existsSync(`${started.writable}/x`)).toBe(false);
  });

  test('and nothing was changed by them', async () => {
    const count = await started.owner.query({ query: 'SELECT count() AS n FROM spoor.secret', format: 'JSONEachRow' });
    expect(await count.json()).toEqual([{ n: 1 }]);
    expect((await run('SELECT count() FROM events')).rows).toEqual([[500]]);
  });
});
