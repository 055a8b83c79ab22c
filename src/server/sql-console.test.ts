import type { ClickHouseClient } from '@clickhouse/client';
import { expect, test } from 'vitest';
import type { Server } from './serve.ts';
import { SqlAllowance } from './sql-allowance.ts';
import { SqlConsole } from './sql-console.ts';

const never = new AbortController().signal;

async function refusal(sql: object, index: object = {}): Promise<unknown> {
  const options = { config: { sql, index }, ids: {}, log: { say: () => {} } };
  const engine = { form: { database: 'spoor', cluster: null }, address: { socketPath: '/nowhere' } };
  const made = new SqlConsole({ options, engine } as unknown as Server);
  await made.open({} as ClickHouseClient);
  return made
    .ask({ query: 'SELECT 1', limit: 1 }, { who: 'a', clearFor: null }, never)
    .catch((error: unknown) => error);
}

test('it is off, and says what to do', async () => {
  expect(await refusal({ enabled: false })).toMatchObject({
    code: 'E_UNREADABLE',
    message: expect.stringContaining('sql: {enabled: true}'),
  });
  expect(await refusal({ enabled: true })).toMatchObject({
    code: 'E_UNREADABLE',
    message: expect.stringContaining('start Spoor as root or by systemd'),
  });
  const own = { clickhouse: { url: 'http://127.0.0.1:1' } };
  expect(await refusal({ enabled: true }, own)).toMatchObject({
    code: 'E_UNREADABLE',
    message: expect.stringContaining('sql.user'),
  });
});

test('each person has so many a minute, and rests after what was ended by force', () => {
  const allowance = new SqlAllowance();
  for (let nth = 0; nth < 60; nth += 1) allowance.count('a', 1000 + nth);
  expect(() => allowance.count('a', 2000)).toThrow(
    expect.objectContaining({ code: 'E_BUSY', message: expect.stringContaining('wait 59 s') }),
  );
  allowance.count('b', 2000);
  allowance.count('a', 61_001);
  allowance.rest('b', 3000);
  expect(() => allowance.count('b', 4000)).toThrow('wait 599 s');
  allowance.count('b', 603_001);
  for (let nth = 0; nth < 2000; nth += 1) allowance.count(`p${nth}`, 700_000);
});
