import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate, migrations } from '../src/state/migrations/index.ts';
import type { State } from '../src/state/open.ts';
import type { SourceCounts } from '../src/state/source-row.ts';
import { waysContract } from './state-ways.ts';

/** A form of the state that the contract is run on. */
export interface StateForm {
  open(): Promise<State>;
}

const counts = (stream: string, from: number, to: number): SourceCounts => ({
  stream,
  records: to - from,
  bytes: (to - from) * 110,
  parsed: to - from,
  unparsed: 0,
  firstMs: from * 1000,
  lastMs: Math.max(from, to - 1) * 1000,
});

let made = 0;
const newOrigin = () => `test.example/${process.pid}-${made++}`;

/** What every form of the state does. `form` opens the same one each time. */
export function stateContract(name: string, form: StateForm): void {
  describe(`state: ${name}`, () => {
    let state: State;
    beforeAll(async () => {
      state = await form.open();
    }, 60_000);
    afterAll(() => state.close());
    sourcesContract(() => state);
    eventsContract(() => state);
    tokensContract(() => state);
    keptContract(() => state);
    waysContract(() => state);

    test('all is there when it is opened again', async () => {
      const origin = newOrigin();
      await state.sources.count(origin, 0, 5, [counts('file/auth', 0, 5)]);
      await state.settings.set('kept', { a: [1, 'ü'] }, 1);
      await state.close();
      state = await form.open();
      expect(await state.sources.countedTo(origin)).toBe(5);
      expect(await state.settings.get('kept')).toEqual({ a: [1, 'ü'] });
    });
  });
}

function sourcesContract(state: () => State): void {
  test('counts of a range are added once, whatever is replayed', async () => {
    const step = fc.record({ back: fc.nat(30), more: fc.integer({ min: 1, max: 40 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const origin = newOrigin();
        const { sources } = state();
        for (const { back, more } of steps) {
          // What a pipeline does: it begins where it thinks it was, is told better, and goes on there.
          const guess = Math.max(0, (await sources.countedTo(origin)) - back);
          const to = guess + more;
          const told = await sources.count(origin, guess, to, [counts('s', guess, to)]);
          if (!told.taken && told.countedTo < to)
            await sources.count(origin, told.countedTo, to, [counts('s', told.countedTo, to)]);
        }
        const end = await sources.countedTo(origin);
        expect((await sources.get(origin, 's'))?.records ?? 0).toBe(end);
        expect((await sources.get(origin, 's'))?.bytes ?? 0).toBe(end * 110);
      }),
      { numRuns: 15 },
    );
  });

  test('a hole before a range is said', async () => {
    const origin = newOrigin();
    const { sources } = state();
    expect(await sources.count(origin, 100, 110, [])).toEqual({ taken: true, countedTo: 110, skipped: 0 });
    expect(await sources.count(origin, 115, 120, [])).toEqual({ taken: true, countedTo: 120, skipped: 5 });
    expect(await sources.count(origin, 110, 125, [])).toEqual({ taken: false, countedTo: 120, skipped: 0 });
  });

  test('of many that count the same range at once, one does', async () => {
    const origin = newOrigin();
    const tries = Array.from({ length: 20 }, () => state().sources.count(origin, 0, 10, [counts('s', 0, 10)]));
    const told = await Promise.all(tries);
    expect(told.filter(({ taken }) => taken)).toHaveLength(1);
    expect((await state().sources.get(origin, 's'))?.records).toBe(10);
  });

  sourceRowsContract(state);
}

function sourceRowsContract(state: () => State): void {
  test('what was counted and what was lost meet in one row, also at once', async () => {
    const origin = newOrigin();
    const { sources } = state();
    const lost = () => sources.addLosses(origin, [{ stream: 's', dropped: 2, refused: { frame_too_long: 1 } }]);
    const known = { type: 'syslog-tls', name: 'edge', peer: 'web-1', trust: 'authenticated' } as const;
    await Promise.all([
      lost(),
      sources.count(origin, 0, 3, [{ ...counts('s', 0, 3), ...known, hosts: ['a', 'b', 'a'] }]),
      lost(),
    ]);
    await sources.count(origin, 3, 4, [
      { ...counts('s', 3, 4), unparsed: 1, parsed: 0, clockSkewMs: -1500, hosts: ['a'] },
    ]);
    expect(await sources.get(origin, 's')).toMatchObject({
      ...known,
      hosts: ['b', 'a'],
      records: 4,
      parsed: 3,
      unparsed: 1,
      dropped: 4,
      refused: { frame_too_long: 2 },
      clockSkewMs: -1500,
      firstSeenMs: 0,
      lastSeenMs: 3000,
      state: 'active',
      countedTo: 4,
    });
    expect(await sources.setState(origin, 's', 'silent')).toBe(true);
    await sources.addLosses(origin, [{ stream: 's', dropped: 1 }]);
    expect((await sources.get(origin, 's'))?.state).toBe('silent');
    expect(await sources.setState(origin, 'nobody', 'silent')).toBe(false);
  });

  sourceNamesContract(state);
}

function sourceNamesContract(state: () => State): void {
  test('thousands of streams in one call, names of any bytes, numbers beyond 32 bits', async () => {
    const origin = newOrigin();
    const { sources } = state();
    const rows = Array.from({ length: 2500 }, (_, at) => ({ ...counts(`udp/${at}`, at, at + 1), bytes: 2 ** 45 }));
    const hostile = ["'; drop table source; --", 'nul\0byte', 'half \ud800', `${'x'.repeat(9000)}`, '__proto__'];
    await sources.count(origin, 0, 3000, [
      ...rows,
      ...hostile.map((stream) => ({ ...counts(stream, 0, 1), hosts: [stream], peer: stream })),
    ]);
    await sources.addLosses(
      origin,
      hostile.map((stream) => ({ stream, refused: JSON.parse(`{"__proto__":1,"constructor":2,"a\\u0000":3}`) })),
    );
    const all = await sources.list(origin);
    expect(all).toHaveLength(2505);
    expect(all.reduce((sum, { records }) => sum + records, 0)).toBe(2505);
    expect((await sources.get(origin, 'udp/7'))?.bytes).toBe(2 ** 45);
    expect((await sources.get(origin, 'nul\0byte'))?.hosts).toEqual(['nul\ufffdbyte']);
    const refused = (await sources.get(origin, '__proto__'))?.refused;
    expect(Object.entries(refused ?? {})).toEqual(
      expect.arrayContaining([
        ['__proto__', 1],
        ['constructor', 2],
        ['a\ufffd', 3],
      ]),
    );
  });
}

function eventsContract(state: () => State): void {
  test('what lasts is one at a time, and ends', async () => {
    const of = { origin: newOrigin(), stream: 's' };
    const { sourceEvents: events } = state();
    const begun = await Promise.all(
      Array.from({ length: 10 }, () => events.begin({ ...of, kind: 'silence', atMs: 5000 })),
    );
    expect(begun.filter(Boolean)).toHaveLength(1);
    expect(await events.list({ ...of, open: true })).toMatchObject([{ kind: 'silence', atMs: 5000, endedMs: null }]);
    expect(await events.end(of.origin, 's', 'silence', 9000)).toBe(true);
    expect(await events.end(of.origin, 's', 'silence', 9500)).toBe(false);
    expect(await events.begin({ ...of, kind: 'silence', atMs: 20_000 })).toBe(true);
    expect(await events.end(of.origin, 's', 'silence', 1)).toBe(true); // a clock that went back ends nothing before it began
    expect((await events.list(of)).map(({ atMs, endedMs }) => [atMs, endedMs])).toEqual([
      [20_000, 20_000],
      [5000, 9000],
    ]);
    expect(await events.list({ ...of, sinceMs: 15_000 })).toHaveLength(1);
  });

  test('what a replay finds again is kept once', async () => {
    const of = { origin: newOrigin(), stream: 's', kind: 'sequence_gap', atMs: 1 } as const;
    const found = [7, 9, 9].map((ledgerIndex) => ({
      ...of,
      ledgerIndex,
      detail: { missing: 3, said: 'a\0b', '\0': ['\ud800'] },
    }));
    expect(await state().sourceEvents.add(found)).toBe(2);
    expect(await state().sourceEvents.add(found)).toBe(0);
    expect(await state().sourceEvents.list({ origin: of.origin, kind: 'sequence_gap' })).toMatchObject([
      { ledgerIndex: 9, endedMs: 1, detail: { missing: 3, said: 'a\ufffdb', '\ufffd': ['\ufffd'] } },
      { ledgerIndex: 7 },
    ]);
    expect(await state().sourceEvents.forget(2)).toBeGreaterThanOrEqual(2);
    expect(await state().sourceEvents.list({ origin: of.origin })).toEqual([]);
  });
}

function tokensContract(state: () => State): void {
  const make = (expiresMs: number) =>
    state().tokens.create({
      kind: 'enrol',
      name: 'web-1',
      scope: { roles: ['send'] },
      nowMs: 1000,
      expiresMs,
      random: randomBytes,
    });

  test('an enrolment token is used once, by one of fifty at once', async () => {
    const { text, token } = await make(5000);
    expect(token).toMatchObject({
      kind: 'enrol',
      name: 'web-1',
      scope: { roles: ['send'] },
      createdMs: 1000,
      expiresMs: 5000,
      usedMs: null,
    });
    const got = await Promise.all(Array.from({ length: 50 }, () => state().tokens.useOnce('enrol', text, 2000)));
    expect(got.filter((one) => one !== null)).toMatchObject([{ id: token.id, usedMs: 2000 }]);
    expect(await state().tokens.useOnce('enrol', text, 2000)).toBeNull();
  });

  test('an old, revoked, altered or other token is none', async () => {
    const { tokens } = state();
    const old = await make(1500);
    expect(await tokens.useOnce('enrol', old.text, 1500)).toBeNull();
    const revoked = await make(5000);
    expect(await tokens.revoke(revoked.token.id, 1200)).toBe(true);
    expect(await tokens.revoke(revoked.token.id, 1200)).toBe(false);
    expect(await tokens.useOnce('enrol', revoked.text, 1300)).toBeNull();
    const { text } = await make(5000);
    for (const wrong of [`${text} `, text.slice(0, -1), text.toUpperCase(), '', "' or 1=1 --", 'x'.repeat(100_000)])
      expect(await tokens.useOnce('enrol', wrong, 1300)).toBeNull();
    expect(await tokens.check('ingest', text, 1300)).toBeNull(); // not for records
    expect(await tokens.useOnce('enrol', text, 1300)).not.toBeNull();
    await expect(tokens.create({ kind: 'enrol', name: 'a', nowMs: 1, random: randomBytes })).rejects.toMatchObject({
      code: 'E_USAGE',
    });
  });

  test('an ingest token is good until it ends, and no text of any is kept', async () => {
    const { tokens, db } = state();
    const { text, token } = await tokens.create({ kind: 'ingest', name: 'app', nowMs: 1, random: randomBytes });
    expect((await tokens.check('ingest', text, 10 ** 12))?.id).toBe(token.id);
    expect((await tokens.check('ingest', text, 10 ** 12))?.id).toBe(token.id);
    expect(await tokens.useOnce('enrol', text, 5)).toBeNull();
    await tokens.revoke(token.id, 7);
    expect(await tokens.check('ingest', text, 8)).toBeNull();
    const { rows } = await sql<{ all: string }>`select token::text as all from token`.execute(db);
    expect(rows.some(({ all }) => all.includes(text.slice(6)))).toBe(false);
  });
}

function keptContract(state: () => State): void {
  test('certificates: kept, revoked, listed', async () => {
    const { certificates } = state();
    const serial = randomBytes(8).toString('hex');
    const one = { serial, name: `host-${serial}`, issuedMs: 1000, notAfterMs: 9000 };
    expect(await certificates.add(one)).toBe(true);
    expect(await certificates.add({ ...one, name: 'other' })).toBe(false);
    await certificates.add({ ...one, serial: `${serial}ff`, notAfterMs: 12_000 });
    expect((await certificates.list(one.name)).map((found) => found.serial)).toEqual([`${serial}ff`, serial]);
    expect(await certificates.revoke({ serial: serial.toUpperCase() }, 5000, 'lost')).toBe(1);
    expect(await certificates.get(serial)).toEqual({ ...one, revokedMs: 5000, revokedWhy: 'lost' });
    expect((await certificates.revoked(5000)).has(serial)).toBe(true);
    expect((await certificates.revoked(9000)).has(serial)).toBe(false); // it ended by itself
    expect(await certificates.revoke({ name: one.name }, 6000, 'gone')).toBe(1);
    expect(await certificates.get('00')).toBeNull();
  });

  test('settings take any JSON', async () => {
    const { settings } = state();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 20 }), fc.jsonValue(), async (key, value) => {
        await settings.set(`p/${key}`, value, 1);
        const plain = JSON.parse(JSON.stringify(value).replaceAll('\\u0000', '\ufffd')) as unknown;
        expect(await settings.get(`p/${key}`)).toEqual(plain);
      }),
      { numRuns: 30 },
    );
    expect(await settings.get('nothing')).toBeUndefined();
    await settings.set('zero', null, 1);
    expect(await settings.get('zero')).toBeNull();
    expect(await settings.keys('zer')).toEqual(['zero']);
    expect(await settings.delete('zero')).toBe(true);
    expect(await settings.delete('zero')).toBe(false);
  });

  test('steps of the schema: many at once are one; a newer schema is refused', async () => {
    const { db } = state();
    const one = {
      name: '9000-test',
      up: async (on: typeof db) => void (await sql`create table step_test (a int)`.execute(on)),
    };
    await Promise.all(Array.from({ length: 4 }, () => migrate(db, [...migrations, one])));
    await expect(migrate(db)).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringContaining('9000-test'),
    });
    await sql`drop table step_test`.execute(db);
    await sql`delete from spoor_migration where name = '9000-test'`.execute(db);
    await migrate(db);
    const broken = {
      name: '9001-broken',
      up: async (on: typeof db) => void (await sql`create tabel a (b int)`.execute(on)),
    };
    await expect(migrate(db, [...migrations, broken])).rejects.toMatchObject({
      message: expect.stringContaining('9001-broken'),
    });
  });

  test('a number that would be rounded is an error, not another number', async () => {
    const { db } = state();
    await expect(sql`select 9007199254740993::bigint`.execute(db)).rejects.toMatchObject({ code: 'E_MALFORMED' });
    expect((await sql`select 9007199254740991::bigint as a, now() as b`.execute(db)).rows).toMatchObject([
      { a: Number.MAX_SAFE_INTEGER, b: expect.any(Number) },
    ]);
  });
}
