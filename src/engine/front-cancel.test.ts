import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { eventually, runs, urlOf as url, withoutEngine } from './fixtures/engine-test.ts';
import { engineWithRows } from './fixtures/front-test.ts';

describe.skipIf(withoutEngine())('the front, left', () => {
  const { rows, started } = engineWithRows();

  describe('cancels', () => {
    const forever = (mark: string) => `SELECT sum(cityHash64(number)) /* ${mark} */ FROM numbers(1000000000000)`;

    test('what nobody waits for ends in the engine', async () => {
      const mark = randomUUID();
      const abort = new AbortController();
      const waiting = rows(forever(mark), { abort_signal: abort.signal });
      waiting.catch(() => {});
      await eventually(() => runs(started(), mark));
      abort.abort();
      await expect(waiting).rejects.toThrow(/aborted/);
      await eventually(async () => !(await runs(started(), mark)));
    });

    test('a client that stops reading is cut off', async () => {
      const mark = randomUUID();
      const sent = request({
        socketPath: started().engine.socketPath,
        path: url(`SELECT number /* ${mark} */ FROM numbers(1000000000000)`),
      });
      sent.end();
      const [response] = await once(sent, 'response');
      response.on('error', () => {});
      await eventually(async () => !(await runs(started(), mark)));
      response.destroy();
    });

    test('a query that is silent for longer is not', async () => {
      expect(await rows('SELECT sleep(2.5) AS x')).toEqual([{ x: 0 }]);
    });

    test('a sender that stops sending is cut off', async () => {
      const sent = request({
        socketPath: started().engine.socketPath,
        method: 'POST',
        path: url('INSERT INTO t.rows FORMAT TSV'),
      });
      sent.write('1\tx\n');
      const [error] = await once(sent, 'error');
      expect(error.code).toMatch(/ECONNRESET|EPIPE/);
      expect(await rows('SELECT * FROM t.rows')).toEqual([]);
    });
  });

  test('fifty at once, each its own answer', async () => {
    const one = async (n: number) => {
      const found = await rows<{ n: number; t: string }>(
        "SELECT {n:UInt32} + sleep(0.05) AS n, getSetting('max_block_size') AS t",
        { query_params: { n }, clickhouse_settings: { max_block_size: String(1000 + n) } },
      );
      expect(found.map(({ n: got, t }) => [Number(got), Number(t)])).toEqual([[n, 1000 + n]]);
    };
    await Promise.all(Array.from({ length: 50 }, (_, n) => one(n)));
  });

  test('hundreds that come and go do not mix, and leave nothing', async () => {
    const files = () => readdirSync(`/proc/${started().engine.pid}/fd`).length;
    await rows('SELECT 1');
    const before = files();
    const one = async (n: number) => {
      const abort = new AbortController();
      const asked = rows<{ n: number }>('SELECT {n:UInt32} AS n FROM numbers(20000)', {
        query_params: { n },
        abort_signal: abort.signal,
      });
      if (n % 3 === 0) setTimeout(() => abort.abort(), n % 20);
      const found = await asked.catch(() => null);
      if (n % 3 !== 0 || found !== null)
        expect([found?.length, found?.every((row) => row.n === n)]).toEqual([20_000, true]);
    };
    await Promise.all(Array.from({ length: 240 }, (_, n) => one(n)));
    await eventually(async () => (await rows('SELECT 1 FROM system.processes')).length === 1);
    await eventually(() => files() <= before + 70); // the client keeps up to 64 connections
  });
});
