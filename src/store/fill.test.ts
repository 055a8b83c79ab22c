import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clearShadow, dayOf, dropDay, swapDay } from './days.ts';
import { DERIVED } from './derived.ts';
import { FILLED, fillDay } from './fill.ts';
import { engineFolder, hasEngine, removeFolders, startTestEngine, type TestEngine } from './fixtures/engine.ts';
import { accepted, closed, opened, refused, said, sudo } from './fixtures/logins.ts';
import { FORM, insertRange, NOON_US, ORIGIN, rowsOf, tsv } from './fixtures/sample.ts';
import { insertEvents } from './insert.ts';
import { migrate } from './migrate.ts';

const TODAY = { day: dayOf(NOON_US), origin: ORIGIN };
const ROWS = Array.from({ length: 60 }, (_, round) => [
  said(round * 10, round * 60, refused(`name${round % 7}`, `198.51.100.${round % 9}`)),
  said(round * 10 + 1, round * 60 + 1, accepted('mina', '203.0.113.7'), { stream: 'other' }),
  said(round * 10 + 2, round * 60 + 1, opened('mina', 'sshd')),
  said(round * 10 + 3, round * 60 + 5, sudo('mina', 'cat /etc/shadow')),
  said(round * 10 + 4, round * 60 + 5, opened('root', 'sudo', 'mina')),
  said(round * 10 + 5, round * 60 + 6, closed('root', 'sudo')),
  said(round * 10 + 6, round * 60 + 50, closed('mina', 'sshd')),
  said(round * 10 + 7, round * 60 + 50, opened('root', 'cron')),
]).flat();

const SUMS: Readonly<Record<string, string>> = {
  session_lines: 'count(), sum(cityHash64(*))',
  attackers_hour: `count(), sum(h) FROM (SELECT cityHash64(source_ip, hour, day, origin, sum(failures), sum(successes), sum(alerts), min(first_ts),
    max(last_ts), uniqCombinedMerge(12)(users), uniqCombinedMerge(12)(hosts)) AS h`,
  first_seen: `count(), sum(h) FROM (SELECT cityHash64(person, network, key_fingerprint, host, day, origin, min(first_ts), max(last_ts), min(f.first), sum(logins)) AS h`,
};

describe.skipIf(!hasEngine)('summaries', () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await startTestEngine(engineFolder());
    await migrate(engine.client, FORM);
  });
  afterEach(async () => engine.stop());
  afterAll(removeFolders);

  const put = (table: string, rows: typeof ROWS, token: string) =>
    insertEvents(engine.client, { table: `spoor.${table}`, token, ...rowsOf(rows) });
  const sums = () =>
    Promise.all(
      FILLED.map((name) => {
        const grouped =
          name === 'first_seen'
            ? 'person, network, key_fingerprint, host, day, origin'
            : 'source_ip, hour, day, origin';
        const end = name === 'session_lines' ? '' : `GROUP BY ${grouped})`;
        return tsv(engine.client, `SELECT ${SUMS[name]} FROM spoor.${name} AS f ${end}`);
      }),
    );

  test('all are in the list of what is made of events', async () => {
    const views = await tsv(
      engine.client,
      "SELECT replaceOne(name, '_view', '') FROM system.tables WHERE database = 'spoor' AND engine = 'MaterializedView' ORDER BY name",
    );
    expect(views.split('\n').sort()).toEqual(DERIVED.flatMap(({ name }) => [name, `${name}_shadow`]).sort());
  });

  test('of events that were there before are those that the views make', async () => {
    for (let at = 0; at < ROWS.length; at += 100) await put('events', ROWS.slice(at, at + 100), `b${at}`);
    await insertRange(engine.client, { from: 10_000, count: 5, receivedAtUs: NOON_US - 86_400_000_000 });
    const before = await sums();
    expect(before.map((one) => Number(one.split('\t')[0]) > 0)).toEqual([true, true, true]);
    for (const name of FILLED)
      await engine.client.command({ query: `ALTER TABLE spoor.${name} DROP PARTITION (${TODAY.day}, '${ORIGIN}')` });
    expect(await sums()).not.toEqual(before);
    for (const _ of [1, 2]) await fillDay(engine.client, FORM, TODAY);
    expect(await sums()).toEqual(before);
    await put('events', ROWS.slice(0, 100), 'b0'); // a replay of what is there
    await fillDay(engine.client, FORM, TODAY);
    expect(await sums()).toEqual(before);
  });

  test('go with their day: dropped, and replaced also where the new day has none', async () => {
    await put('events', ROWS, 'live');
    await insertRange(engine.client, {
      from: 0,
      count: 3,
      table: 'events_shadow',
      generation: 2,
      event: { ...said(0, 0, sudo('mina', 'x')).event, parser: null, fields: {} },
    });
    expect(await swapDay(engine.client, FORM, TODAY)).toBe(true);
    await clearShadow(engine.client, FORM, TODAY);
    for (const name of FILLED) expect(await tsv(engine.client, `SELECT count() FROM spoor.${name}`)).toBe('0');
    expect(await tsv(engine.client, 'SELECT sum(rows) FROM spoor.sources_minute')).toBe('3');
    await put('events', ROWS, 'again');
    await dropDay(engine.client, FORM, TODAY);
    for (const { name } of DERIVED) expect(await tsv(engine.client, `SELECT count() FROM spoor.${name}`)).toBe('0');
  });
});
