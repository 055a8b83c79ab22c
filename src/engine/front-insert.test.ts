import { createConnection } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { urlOf as url, withoutEngine } from './fixtures/engine-test.ts';
import { engineWithRows } from './fixtures/front-test.ts';

describe.skipIf(withoutEngine())('the front, given', () => {
  const { client, rows, command, http, started } = engineWithRows();

  describe('writes', () => {
    const values = [
      { n: 1, s: 'a\n\nDROP TABLE t.rows;' },
      { n: 2, s: `"'\\\t;` },
    ];

    test('JSONEachRow and CSV with blank lines, quotes and SQL', async () => {
      const { summary } = await client().insert({ table: 't.rows', values, format: 'JSONEachRow' });
      expect(summary).toMatchObject({ written_rows: '2' });
      const csv = Readable.from(['3,"x\n\nDROP TABLE t.rows;\n\ny"\n', '4,""";"\n'], { objectMode: false });
      await client().insert({ table: 't.rows', values: csv, format: 'CSV' });
      expect(await rows('SELECT * FROM t.rows ORDER BY n')).toEqual([
        ...values,
        { n: 3, s: 'x\n\nDROP TABLE t.rows;\n\ny' },
        { n: 4, s: '";' },
      ]);
    });

    test('RowBinary, and none of it when it is cut off', async () => {
      const row = (n: number, s: string) => {
        const head = Buffer.alloc(8);
        head.writeBigUInt64LE(BigInt(n));
        return Buffer.concat([head, Buffer.from([s.length]), Buffer.from(s)]);
      };
      const bytes = Buffer.concat(Array.from({ length: 5000 }, (_, n) => row(n, `r\n\n${n}`)));
      const insert = async (body: Buffer) => {
        const { stream } = await client().exec({
          query: 'INSERT INTO t.rows (n, s) FORMAT RowBinary',
          values: Readable.from([body], { objectMode: false }),
        });
        await text(stream);
      };
      await insert(bytes);
      await expect(insert(bytes.subarray(0, -3))).rejects.toMatchObject({ type: 'CANNOT_READ_ALL_DATA' });
      expect(await rows('SELECT count() AS c, uniq(s) > 4900 AS u FROM t.rows')).toEqual([{ c: 5000, u: 1 }]);
    });

    test('as other clients send it: VALUES, query in the body, in the URL, gzip', async () => {
      expect((await http('/', "INSERT INTO t.rows VALUES (1, 'a;\n\nb'), (2, 'c')")).status).toBe(200);
      expect((await http('/', 'INSERT INTO t.rows FORMAT TSV\n3\tx\n')).status).toBe(200);
      expect(
        (
          await http(url('INSERT INTO t.rows FORMAT JSONEachRow'), gzipSync('{"n":4,"s":"z"}'), {
            'content-encoding': 'gzip',
          })
        ).status,
      ).toBe(200);
      expect((await http('/', 'INSERT INTO t.rows SELECT 5, toString(5)')).status).toBe(200);
      expect((await http(url('SELECT count() FROM'), 't.rows')).text).toBe('5\n');
      expect((await http(url('INSERT INTO t.rows FORMAT TSV'), '')).status).toBe(200);
    });

    test('a token is taken once, and stays with its request', async () => {
      const insert = (n: number, token?: string) =>
        client().insert({
          table: 't.rows',
          values: [{ n, s: 'x' }],
          format: 'JSONEachRow',
          ...(token !== undefined && { clickhouse_settings: { insert_deduplication_token: token } }),
        });
      await insert(1, 'a:1');
      await insert(1, 'a:1');
      await insert(2);
      await insert(3, "a:'\\");
      expect(await rows('SELECT n FROM t.rows ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    });

    test('settings and readonly are gone with their request', async () => {
      const settings = { max_result_rows: '1', readonly: '1', max_execution_time: 1 };
      await expect(rows('SELECT * FROM numbers(9)', { clickhouse_settings: settings })).rejects.toMatchObject({
        type: 'TOO_MANY_ROWS_OR_BYTES',
      });
      await expect(
        client().command({ query: 'DROP TABLE t.rows', clickhouse_settings: { readonly: '1' } }),
      ).rejects.toMatchObject({ type: 'READONLY' });
      expect((await rows('SELECT * FROM numbers(9)')).length).toBe(9);
      await command('DROP TABLE t.rows');
    });
  });

  describe('refuses', () => {
    test.each([
      ['SELECT * FROM t.none', '60', 'UNKNOWN_TABLE'],
      ['selec 1', '62', 'SYNTAX_ERROR'],
      ['SELECT 1; DROP TABLE t.rows', '62', 'SYNTAX_ERROR'],
      ['DROP TABLE t.rows; SELEC', '62', 'SYNTAX_ERROR'],
      ['CREATE TABLE t.y (a Int8) ENGINE = Memory; SELECT 1', '62', 'SYNTAX_ERROR'],
      ["SELECT 1 INTO OUTFILE '/tmp/spoor-never'", '48', 'NOT_IMPLEMENTED'],
      ["INSERT INTO t.rows FROM INFILE '/etc/passwd' FORMAT LineAsString", '48', 'NOT_IMPLEMENTED'],
      ['INSERT INTO t.rows FORMAT JSONEachRow {"n":"x"}', '27', 'CANNOT_PARSE_INPUT_ASSERTION_FAILED'],
      ["SELECT toUInt8('x')", '6', 'CANNOT_PARSE_TEXT'],
      ['  ', '62', 'SYNTAX_ERROR'],
    ])('%s', async (query, code, type) => {
      const failed = await command(query).then(
        () => null,
        (error: Error) => error,
      );
      expect(failed).toMatchObject({ code, type });
      expect(failed?.message).not.toMatch(/shm|formatQuery|\/proc|pipe-|Code:/);
      expect(await rows('SELECT count() AS c FROM t.rows')).toEqual([{ c: 0 }]);
    });

    test('unknown settings, sessions, other compressions, broken gzip, what is no UTF-8', async () => {
      await expect(rows('SELECT 1', { clickhouse_settings: { nonsense: 1 } as never })).rejects.toMatchObject({
        code: '115',
      });
      await expect(rows('SELECT 1', { clickhouse_settings: { "a' = 1, b": 1 } as never })).rejects.toMatchObject({
        code: '115',
      });
      await expect(
        rows('SELECT 1', { clickhouse_settings: { max_block_size: "1', readonly = '1" } as never }),
      ).rejects.toMatchObject({ code: expect.any(String) });
      await expect(rows('SELECT 1', { session_id: 's' })).rejects.toMatchObject({ code: '48' });
      expect((await http('/', 'SELECT 1', { 'content-encoding': 'br' })).status).toBe(501);
      expect((await http('/', 'no gzip', { 'content-encoding': 'gzip' })).status).toBe(400);
      expect((await http('/', Buffer.from([0x53, 0xff]))).status).toBe(400);
      expect((await http('/', 'SELECT 1\0; DROP TABLE t.rows')).status).toBe(400);
    });

    test('garbage on the socket hurts nobody', async () => {
      const long = `GET /${'a'.repeat(2_000_000)} HTTP/1.1\r\n\r\n`;
      for (const bytes of ['\x16\x03\x01\x02', 'GET', long, 'POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n']) {
        const socket = createConnection(started().engine.socketPath);
        const closed = new Promise((resolve) => socket.on('close', resolve));
        socket
          .on('error', () => {})
          .resume()
          .end(bytes);
        await closed;
      }
      expect(await rows('SELECT 1 AS x')).toEqual([{ x: 1 }]);
    });
  });
});
