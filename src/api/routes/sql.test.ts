import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { ANYONE } from '../fixtures/anyone.ts';
import { UNWATCHED } from '../fixtures/unwatched.ts';
import type { SqlAsked, SqlCaller } from '../sql.ts';
import type { ServerView } from '../view.ts';
import { csvOf } from './sql.ts';

const answer = { columns: [{ name: 'a', type: 'String' }], rows: [['=1+1']], more: true, cut: 0, masked: true };
let app: FastifyInstance;
let asked: (SqlAsked & SqlCaller)[] = [];

beforeEach(() => {
  asked = [];
  const sql = {
    ask: async (one: SqlAsked, caller: SqlCaller) => {
      asked.push({ ...one, ...caller });
      return answer;
    },
    tables: () => [],
  };
  app = createApp({ sql, access: ANYONE, watched: UNWATCHED } as unknown as ServerView, { local: true });
});
afterEach(() => app.close());

const post = (payload: unknown) => app.inject({ method: 'POST', url: '/api/v1/sql', payload: payload as object });

test('one query, by its owner in the clear', async () => {
  expect((await post({ query: 'SELECT 1' })).json()).toEqual(answer);
  expect(asked).toEqual([{ query: 'SELECT 1', limit: 1000, who: expect.any(String), clearFor: 'by the local socket' }]);
  expect((await post({ query: 'SELECT 1', reason: 'case 12' })).statusCode).toBe(200);
  expect(asked[1]?.clearFor).toBe('case 12');
});

test('as CSV that is no formula', async () => {
  const { headers, body } = await post({ query: 'SELECT 1', format: 'csv' });
  expect([headers['content-type'], headers['x-spoor-more'], headers['x-spoor-masked']]).toEqual([
    'text/csv; charset=utf-8; header=present',
    'true',
    'true',
  ]);
  expect(body).toBe("a\r\n'=1+1\r\n");
  const columns = ['=x', 'b', 'c', 'd'].map((name) => ({ name, type: '' }));
  expect(
    csvOf({
      columns,
      rows: [
        [-1, null, { k: '=1' }, '\u001b[2J@x'],
        [['a', 'b'], true, '\t=1', 'a"b'],
      ],
    }),
  ).toBe(
    `'=x,b,c,d\r\n-1,,"{""k"":""=1""}",\\x1b[2J@x\r\n"[""a"",""b""]",1,'\\t=1,"a""b"\r\n`.replace(',1,', ',true,'),
  );
});

test.each([
  {},
  { query: '' },
  { query: 'x'.repeat(16_385) },
  { query: 'SELECT 1', limit: 0 },
  { query: 'SELECT 1', limit: 10_001 },
  { query: 'SELECT 1', x: 1 },
  { query: 'SELECT 1', format: 'xml' },
  { query: 5 },
  { query: 'SELECT 1', reason: ' ' },
])('no query: %j', async (body) => {
  const { statusCode, headers } = await post(body);
  expect([statusCode, headers['content-type']]).toEqual([400, 'application/problem+json; charset=utf-8']);
  expect(asked).toEqual([]);
});
