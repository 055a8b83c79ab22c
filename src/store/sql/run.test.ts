import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasEngine, removeFolders } from '../fixtures/engine.ts';
import { type SqlEngine, startSqlEngine } from './fixtures/sql-engine.ts';
import { runSql, SQL_LIMITS } from './run.ts';
import { VIEWS } from './view-columns.ts';

let started: SqlEngine;
const never = new AbortController().signal;
const run = (query: string, limit = 100, store = started.clear) => runSql(store, query, limit, never);

const runs = async (mark: string): Promise<boolean> => {
  const query =
    'SELECT 1 FROM system.processes WHERE position(query, {mark:String}) > 0 AND NOT position(query, {not:String}) > 0';
  const found = await started.owner.query({
    query,
    query_params: { mark, not: 'system.processes' },
    format: 'JSONEachRow',
  });
  return (await found.json()).length > 0;
};
const eventually = async (holds: () => Promise<boolean>) => {
  while (!(await holds())) await pause(50);
};

describe.skipIf(!hasEngine)('SQL', () => {
  beforeAll(async () => {
    started = await startSqlEngine();
  });
  afterAll(async () => {
    await started.stop();
    removeFolders();
  });

  test.each([
    ["SELECT count() FROM events WHERE outcome = 'success'", [[500]]],
    ['-- how many\nSELECT count() /* all */ FROM events;', [[5000]]],
    [
      'select host, count() as n from events group by host order by host',
      [
        ['db1', 2500],
        ['web1', 2500],
      ],
    ],
    ['WITH w AS (SELECT host FROM events LIMIT 1) SELECT count() FROM events AS e WHERE e.host IN w', [[2500]]],
    ['SELECT count() FROM events AS a JOIN sources_minute AS b ON a.host = b.host WHERE a.first = 1', [[84]]],
    ["SELECT attrs['k'], arrayMap(x -> x + 1, range(3)) FROM events LIMIT 1", [['v', [1, 2, 3]]]],
    [
      "SELECT toStartOfHour(time, 'UTC') AS h, countIf(outcome = 'success') FROM events GROUP BY h ORDER BY h LIMIT 1",
      [['2026-11-20 00:00:00', 360]],
    ],
    [
      'SELECT sum(first) OVER (ORDER BY first ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM events ORDER BY first LIMIT 2',
      [[0], [1]],
    ],
    ['SELECT source_ip, peer FROM events WHERE first = 7', [['203.0.113.7', '192.0.2.7']]],
    ["SELECT count() FROM events WHERE match(user_name, '^u[0-9]$') AND message ILIKE '%PASSWORD%'", [[520]]],
    ['SELECT 18446744073709551615, 5::UInt64, NULL, nan', [['18446744073709551615', 5, null, 'nan']]],
    ['SELECT 1 UNION ALL SELECT 1', [[1], [1]]],
    ["SELECT 'a;b -- c', '\\n`', x FROM (SELECT 1 AS x)", [['a;b -- c', '\n`', 1]]],
    [
      'SELECT quantile(0.5)(first), uniqExact(user_name), topK(1)(host) FROM events WHERE first < 3',
      [[1, 3, ['web1']]],
    ],
  ])('answers %s', async (query, rows) => {
    expect((await run(query)).rows).toEqual(rows);
  });

  test('every view has its columns, in the clear and masked, and masks show nothing of anybody', async () => {
    for (const { name, columns } of VIEWS) {
      const clear = await run(`SELECT * FROM ${name} LIMIT 50`);
      const masked = await run(`SELECT * FROM ${name} LIMIT 50`, 100, started.masked);
      expect(clear.columns.map((column) => column.name)).toEqual(columns.map((column) => column.name));
      expect(masked.columns.map((column) => column.name)).toEqual(columns.map((column) => column.name));
      expect([name, masked.rows.length]).toEqual([name, clear.rows.length]);
      expect(JSON.stringify(masked.rows)).not.toMatch(/203\.0\.113|192\.0\.2\.7|"u\d|Failed/);
    }
    expect((await run("SELECT count() FROM events WHERE user_name = 'u1'", 1, started.masked)).rows).toEqual([[0]]);
    expect((await run('SELECT DISTINCT user_name, source_ip, attrs FROM events', 9, started.masked)).rows).toEqual([
      ['***', '***', { k: '***', 'user.terminal': '***' }],
    ]);
  });

  test('rows beyond the limit are not made, long cells are cut', async () => {
    const found = await run('SELECT first FROM events ORDER BY first', 3);
    expect([found.rows, found.more]).toEqual([[[0], [1], [2]], true]);
    const exact = await run('SELECT first FROM events ORDER BY first LIMIT 3', 3);
    expect([exact.rows.length, exact.more]).toEqual([3, false]);
    const long = await run('SELECT arrayStringConcat(range(9000)), range(9000)');
    expect([long.cut, long.rows[0]?.map((cell) => String(cell).length)]).toEqual([2, [8192, 8192]]);
  });

  test.each([
    ['SELECT nope FROM events', /the engine says: Unknown expression/],
    ['SELEC 1', /Syntax error/],
    ["SELECT toUInt8('x')", /Cannot parse/],
  ])('says what is wrong with %s', async (query, words) => {
    await expect(run(query)).rejects.toMatchObject({ code: 'E_USAGE', message: expect.stringMatching(words) });
  });

  test.each([
    'SELECT groupArray(concat(message, toString(range(1000)))) FROM events',
    'SELECT range(1000000)',
    'SELECT * FROM events AS a, events AS b ORDER BY a.time + b.first',
    'WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r) SELECT count() FROM r',
  ])('ends at its limits: %s', async (query) => {
    const settings = { ...SQL_LIMITS, max_execution_time: 1 };
    await expect(run(query, 100, { ...started.clear, settings })).rejects.toMatchObject({
      code: expect.stringMatching(/^E_(?:TOO_LARGE|USAGE)$/),
    });
  });

  test('what nobody waits for any more ends in the engine', async () => {
    const left = new AbortController();
    const query =
      "SELECT count() FROM events AS a, events AS b, events AS c WHERE cityHash64(a.first, b.first, c.first, 'mark-77') = 1";
    const waiting = runSql(started.clear, query, 1, left.signal);
    waiting.catch(() => {});
    await eventually(() => runs('mark-77'));
    left.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    expect([await runs('mark-77'), started.stuck]).toEqual([false, 0]);
  });

  test('what does not end although it was killed is told', async () => {
    const left = new AbortController();
    const text = (letters: string, times: number) => `arrayStringConcat(arrayMap(x -> '${letters}', range(${times})))`;
    const query = `SELECT countSubstrings(${text('aaaaaaaaaaaaaaaaaaaa', 200_000)}, concat(${text('a', 200_000)}, 'mark-88'))`;
    const waiting = runSql(started.clear, query, 1, left.signal);
    waiting.catch(() => {});
    await eventually(() => runs('mark-88'));
    await pause(500);
    const leftMs = performance.now();
    left.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    expect(started.stuck).toBe(1);
    if (process.env['SPOOR_FULL']) expect(performance.now() - leftMs).toBeLessThan(2000);
  });

  test('an engine that is killed has not answered', async () => {
    const waiting = run(
      'SELECT count() FROM events AS a, events AS b, events AS c WHERE a.first + b.first = c.first + 99',
    );
    waiting.catch(() => {});
    await eventually(() => runs('c.first + 99'));
    process.kill(started.engine.pid, 'SIGKILL'); // it also has the query of the last test, which nothing else ends
    await started.engine.exited;
    await expect(waiting).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
    await expect(run('SELECT 1')).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  });
});
