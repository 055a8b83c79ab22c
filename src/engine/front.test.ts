import { text } from 'node:stream/consumers';
import { TupleParam } from '@clickhouse/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engineClient } from './client.ts';
import { peakOf, urlOf as url, withoutEngine } from './fixtures/engine-test.ts';
import { engineWithRows } from './fixtures/front-test.ts';

// The stock client against the front before the real chDB: what it relies on must be as with a server.

describe.skipIf(withoutEngine())('the front, asked', () => {
  const { client, rows, http, started } = engineWithRows();

  describe('reads', () => {
    test('formats of the client', async () => {
      const query = 'SELECT number AS n, toString(number) AS s FROM numbers(3)';
      expect(await rows(query)).toEqual([0, 1, 2].map((n) => ({ n, s: String(n) })));
      const json = await (await client().query({ query, format: 'JSON' })).json();
      expect(json).toMatchObject({ rows: 3, data: [{ n: 0 }, { n: 1 }, { n: 2 }] });
      const csv = await client().query({ query, format: 'CSVWithNames' });
      expect(await csv.text()).toBe('"n","s"\n0,"0"\n1,"1"\n2,"2"\n');
      expect(csv.response_headers['x-clickhouse-format']).toBe('CSVWithNames');
      const parquet = await client().exec({ query: `${query} FORMAT Parquet` });
      expect((await text(parquet.stream)).slice(0, 4)).toBe('PAR1');
    });

    test('all that gives rows, wherever its end is', async () => {
      for (const query of ['SHOW DATABASES', 'EXISTS TABLE t.rows', 'DESCRIBE TABLE t.rows', 'EXPLAIN SELECT 1'])
        expect((await rows(query)).length).toBeGreaterThan(0);
      for (const query of [
        '(SELECT 1)',
        'WITH 1 AS x SELECT x',
        'SELECT 1 UNION ALL SELECT 1 LIMIT 1',
        'SELECT 1 -- end',
        'SELECT 1;',
        'SELECT 1 SETTINGS max_threads = 1',
      ])
        expect((await http(url(query))).text).toMatch(/^1\n/);
      expect(await rows('SELECT 1 LIMIT 0')).toEqual([]);
    });

    test('database, query_id, summary and GET that may not write', async () => {
      const other = engineClient(started().engine, { database: 't' });
      const found = await other.query({
        query: 'SELECT currentDatabase() AS d',
        format: 'JSONEachRow',
        query_id: 'mine-1',
      });
      expect([await found.json(), found.query_id, found.response_headers['x-clickhouse-query-id']]).toEqual([
        [{ d: 't' }],
        'mine-1',
        'mine-1',
      ]);
      await other.close();
      expect(
        JSON.parse(String((await http(url('SELECT * FROM numbers(7)'))).headers['x-clickhouse-summary'])),
      ).toMatchObject({ read_rows: '7' });
      const written = await http(url('CREATE TABLE t.x (a Int8) ENGINE = Memory'));
      expect([written.status, written.headers['x-clickhouse-exception-code']]).toEqual([403, '164']);
      expect(await http('/ping')).toMatchObject({ status: 200, text: 'Ok.\n' });
      expect((await http('/other')).status).toBe(404);
    });

    test('two million rows pass in little memory', async () => {
      const before = peakOf(started().engine.pid);
      const result = await client().query({
        query: 'SELECT number AS n, repeat(toString(number), 20) AS s FROM numbers(2000000)',
        format: 'JSONEachRow',
      });
      let count = 0;
      let last = '';
      for await (const chunk of result.stream()) {
        count += chunk.length;
        last = chunk.at(-1)?.text ?? '';
      }
      expect([count, JSON.parse(last).n]).toEqual([2_000_000, 1_999_999]);
      expect(peakOf(started().engine.pid) - before).toBeLessThan(200_000_000); // of 300 MB;
    });

    test('gzip, when it is asked for', async () => {
      const packed = engineClient(started().engine, { compression: { response: true, request: true } });
      const found = await packed.query({ query: 'SELECT number FROM numbers(100000)', format: 'JSONEachRow' });
      expect(found.response_headers['content-encoding']).toBe('gzip');
      expect((await found.json()).length).toBe(100_000);
      await packed.insert({ table: 't.rows', values: [{ n: 1, s: 'packed' }], format: 'JSONEachRow' });
      await packed.close();
      expect(await rows('SELECT * FROM t.rows')).toEqual([{ n: 1, s: 'packed' }]);
    });

    test('an error after the beginning is told, and the result is no whole one', async () => {
      const query =
        "SELECT throwIf(number = 3000000, 'boom') AS x, number FROM numbers(4000000) SETTINGS max_block_size = 1000, max_threads = 1";
      const result = await client().query({ query, format: 'JSONEachRow' });
      await expect(
        (async () => {
          for await (const _ of result.stream());
        })(),
      ).rejects.toThrow(/boom|aborted/);
      const exec = await client().exec({ query: `${query} FORMAT RowBinary` });
      await expect(text(exec.stream)).rejects.toThrow(/aborted/);
      const whole = await http(url('SELECT throwIf(number = 300000) FROM numbers(400000)', { wait_end_of_query: '1' }));
      expect([whole.status, whole.headers['x-clickhouse-exception-code']]).toEqual([500, '395']);
    });
  });

  describe('parameters', () => {
    test.each([
      ['String', 'it\'s \\ "x" `y` -- /* ; \t\n\r'],
      ['String', "'; DROP TABLE t.rows; --"],
      ['String', '유니코드 🙂 \u2018quoted\u2019 \u2028'],
      ['String', 'a\0b'],
      ['String', '\\N'],
      ['String', ''],
      ['Array(String)', ["a'b", 'c\\d', '']],
      ['Map(String, String)', { "k'": 'v\\' }],
      ['Nullable(String)', null],
      ['Bool', true],
      ['Float64', 1.5],
    ])('%s %j', async (type, value) => {
      expect(await rows(`SELECT {v:${type}} AS v`, { query_params: { v: value } })).toEqual([{ v: value }]);
    });

    test.each([
      ['UInt64', 18446744073709551615n, '18446744073709551615'],
      ['IPv6', '::ffff:192.0.2.7', '::ffff:192.0.2.7'],
      ["DateTime64(3, 'UTC')", new Date('2026-01-02T03:04:05.678Z'), '2026-01-02 03:04:05.678'],
      ['Tuple(UInt8, String)', new TupleParam([1, "x'"]), "(1,'x\\'')"],
    ])('%s %s', async (type, value, expected) => {
      expect(await rows(`SELECT toString({v:${type}}) AS v`, { query_params: { v: value } })).toEqual([
        { v: expected },
      ]);
    });

    test('any text comes back as it was', async () => {
      const check = async (value: string) => {
        const query_params = { v: value };
        expect(await rows('SELECT {v:String} AS v', { query_params })).toEqual([{ v: value }]);
      };
      await fc.assert(fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 60 }), check), { numRuns: 60 });
    });

    test('a long list is one parameter', async () => {
      const list = Array.from({ length: 20_000 }, (_, n) => `192.0.${n % 256}.${n}`);
      expect(await rows('SELECT length({v:Array(String)}) AS n', { query_params: { v: list } })).toEqual([
        { n: 20_000 },
      ]);
    });

    test('a missing one is an error, and one of another request does not stand in', async () => {
      await rows('SELECT {v:String} AS v', { query_params: { v: 'secret' } });
      await expect(rows('SELECT {v:String} AS v')).rejects.toMatchObject({ code: '456' });
    });
  });
});
