import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { passableFolder } from '../../test/state-folder.ts';
import { type DumpedRows, type DumpedState, dumpState, restoreState } from './dump.ts';
import { openState, type State } from './open.ts';

const base = passableFolder();
let from: State;

/** A dump, held in memory. */
async function dumped(): Promise<{ state: DumpedState; rows: DumpedRows[] }> {
  let state: DumpedState | null = null;
  const rows: DumpedRows[] = [];
  await dumpState(
    from.db,
    (begun) => {
      state = begun;
    },
    async (some) => {
      rows.push(some);
    },
  );
  if (state === null) throw new Error('the dump did not begin');
  return { state, rows };
}

async function* given(rows: readonly DumpedRows[]) {
  yield* rows;
}

beforeAll(async () => {
  from = await openState({ folder: join(base.path, 'from') });
  const nowMs = 1_790_000_000_123;
  for (let nth = 0; nth < 4500; nth += 1)
    await from.settings.set(
      `key.${nth}`,
      { nth, text: `"quoted", \n and 'ticked' \u2028 ${'é'.repeat(3)} \\ {},[]` },
      nowMs,
    );
  await from.tokens.create({ kind: 'enrol', name: 'web-1', nowMs, expiresMs: nowMs + 1, random: randomBytes });
  await from.tokens.create({ kind: 'ingest', name: 'späte "Zeile"', nowMs, random: randomBytes });
});

afterAll(async () => {
  await from.close();
  base.remove();
});

test('a dump taken in elsewhere holds the same rows, and numbers go on after them', async () => {
  const { state, rows } = await dumped();
  const to = await openState({ folder: join(base.path, 'to') }, (db) => restoreState(db, state, given(rows)));
  try {
    for (const { name } of state.tables) {
      const all = sql`select row_to_json(held)::text as line from ${sql.table(name)} as held order by 1`;
      expect((await all.execute(to.db)).rows, name).toEqual((await all.execute(from.db)).rows);
    }
    expect(state.tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['token', 'setting', 'source']));
    const { token } = await to.tokens.create({ kind: 'ingest', name: 'next', nowMs: 0, random: randomBytes });
    expect(token.id).toBe(3);
  } finally {
    await to.close();
  }
});

test('is not put on top of something, and not into an older Spoor', async () => {
  const { state, rows } = await dumped();
  await expect(restoreState(from.db, state, given(rows))).rejects.toMatchObject({ code: 'E_CONFIG' });
  const newer = { ...state, migrations: [...state.migrations, '9999-later'] };
  await expect(restoreState(from.db, newer, given(rows))).rejects.toThrow(/newer Spoor/);
});
