import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EcsValue, Event } from '../core/event.ts';
import { type IndexedEvent, LAST_MS, RowWriter } from './event-row.ts';
import { engineFolder, hasEngine, removeFolders, startTestEngine, type TestEngine } from './fixtures/engine.ts';
import { FORM, NOON_US, ORIGIN, rowsOf, sampleEvent, sampleRow, tsv } from './fixtures/sample.ts';
import { insertEvents } from './insert.ts';
import { migrate } from './migrate.ts';
import { eventsByLedgerRange } from './queries/events.ts';
import { ask } from './query.ts';
import { documentOf, type StoredEvent } from './stored-event.ts';

/** What UTF-8 makes of it. */
const utf8 = (text: string) => Buffer.from(text, 'utf8').toString('utf8');

const NAMES = [
  ...[
    'user.name',
    'user.target.name',
    'user.effective.name',
    'process.command_line',
    'spoor.session.id',
    'event.action',
  ],
  ...['source.ip', 'source.address', 'destination.ip', 'destination.address', 'source.port', 'destination.port'],
  ...[
    'event.category',
    'event.type',
    'event.outcome',
    'event.reason',
    'url.original',
    'rule.name',
    'spoor.key.fingerprint',
  ],
  ...[
    'process.pid',
    'host.name',
    'process.name',
    'event.kind',
    'error.code',
    'source.as.number',
    'constructor',
    'a b\0c',
  ],
];

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    'x\udc00y',
    "'; DROP TABLE events; --",
    '\n\n\\N',
    '"[{',
    'é'.repeat(64),
    'a'.repeat(127),
  ),
  fc.constantFrom('a'.repeat(128), '한'.repeat(5461), 'b'.repeat(16_384), '\u{1f600}'.repeat(16_384), 'success', 'a,b'),
);
const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom(
    '::',
    '0.0.0.0',
    '::ffff:192.0.2.1',
    'fe80::1%eth0',
    '1.2.3',
    '192.030.0.6',
    'example.com',
    '2001:db8::1',
  ),
);
const value: fc.Arbitrary<EcsValue> = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  { weight: 2, arbitrary: address },
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, 1, 65_535, 65_536, 4_294_967_295, 4_294_967_296, -1, 2.5),
  fc.boolean(),
  fc.array(hostileText, { maxLength: 4 }),
  fc.array(fc.integer(), { maxLength: 4 }),
  fc.constant(undefined),
);
const fieldsOf = (names: readonly string[]) =>
  fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 8 }).map((pairs) => {
    const fields: Record<string, EcsValue> = Object.create(null);
    for (const [name, given] of pairs) fields[name] = given;
    return fields;
  });
const time = fc.oneof(
  fc.integer({ min: 0, max: LAST_MS }),
  fc.constantFrom(Number.NaN, -1, LAST_MS, LAST_MS + 1, 8.64e15, -8.64e15, 1e300, Number.POSITIVE_INFINITY, 1.5),
);
const indexed: fc.Arbitrary<IndexedEvent> = fc
  .record({
    time,
    fields: fieldsOf(NAMES),
    enriched: fieldsOf([
      'source.geo.country_iso_code',
      'source.as.organization.name',
      'threat.indicator.name',
      'user.name',
    ]),
    text: fc.record({ host: hostileText, process: hostileText, message: hostileText, raw: hostileText }),
    parser: fc.constantFrom(null, 'sshd'),
    certainty: fc.constantFrom('exact', 'zone', 'year', 'none'),
    pid: fc.constantFrom(0, 1, 4_294_967_295, 99_999_999_999),
    span: fc.nat(5),
  })
  .map(({ time, fields, enriched, text, parser, certainty, pid, span }) =>
    sampleRow(0, { event: sampleEvent({ time, fields, parser, certainty, pid, ...text }), last: span, enriched }),
  );

/** The document that must come back: everything that was said, as text. */
function expected({ event, enriched }: IndexedEvent): Record<string, string> {
  const said = envelopeOf(event);
  for (const [name, found] of Object.entries(event.fields)) if (found !== undefined) said[name] = found;
  for (const [name, found] of Object.entries(enriched)) if (event.fields[name] === undefined) said[name] ??= found;
  for (const side of ['source', 'destination'])
    if (said[`${side}.ip`] !== undefined) said[`${side}.address`] ??= said[`${side}.ip`];
  const isInside = event.time >= 0 && event.time <= LAST_MS;
  if (!isInside && !Number.isNaN(event.time)) said['spoor.time.original'] = event.time;
  return asTexts(said);
}

function envelopeOf({ parser, host, process, pid, message, raw, certainty }: Event): Record<string, EcsValue> {
  const said: Record<string, EcsValue> = {
    'error.code': parser === null ? 'unparsed' : undefined,
    'host.name': host || undefined,
    'process.name': process || undefined,
    'process.pid': pid || undefined,
    message: message || raw || undefined,
    'spoor.time.certainty': certainty === 'exact' ? undefined : certainty,
  };
  return Object.assign(Object.create(null), said);
}

function asTexts(document: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts: [string, string][] = [];
  for (const [name, found] of Object.entries(document))
    if (found !== undefined && name !== '@timestamp' && name !== 'event.ingested')
      texts.push([utf8(name), utf8(typeof found === 'object' ? JSON.stringify(found) : String(found))]);
  return Object.fromEntries(texts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function expectedUs({ event: { time } }: IndexedEvent): number {
  if (Number.isNaN(time)) return NOON_US;
  return Math.round(Math.min(Math.max(time, 0), LAST_MS) * 1000);
}

describe.skipIf(!hasEngine)('RowWriter, through the engine', () => {
  let engine: TestEngine;
  let next = 0;
  beforeAll(async () => {
    engine = await startTestEngine(engineFolder());
    await migrate(engine.client, FORM);
  });
  afterAll(async () => {
    await engine.stop();
    removeFolders();
  });

  async function roundTrip(given: readonly IndexedEvent[]): Promise<{ rows: IndexedEvent[]; found: StoredEvent[] }> {
    const from = next;
    const rows = given.map((row, at) => ({ ...row, first: from + at * 10, last: from + at * 10 + row.last }));
    next += given.length * 10;
    await insertEvents(engine.client, { table: 'spoor.events', token: `rows ${from}`, ...rowsOf(rows) });
    const range = { origin: ORIGIN, from, to: next - 1, limit: 1000 };
    return { rows, found: await ask({ client: engine.client, form: FORM }, eventsByLedgerRange, range) };
  }

  test('what is written comes back, whatever it is', async () => {
    const property = fc.asyncProperty(fc.array(indexed, { minLength: 1, maxLength: 40 }), async (given) => {
      const { rows, found } = await roundTrip(given);
      expect(found.map(({ first, last, ts_us }) => [first, last, ts_us])).toEqual(
        rows.map((row) => [row.first, row.last, expectedUs(row)]),
      );
      expect(found.map((row) => asTexts(documentOf(row)))).toEqual(rows.map(expected));
    });
    await fc.assert(property, { numRuns: 25 });
  });

  test('half of a surrogate pair in a list is kept as it was', async () => {
    const category = ['x\udc00y', 'process'];
    const { found } = await roundTrip([
      sampleRow(0, { event: sampleEvent({ fields: { 'event.category': category } }) }),
    ]);
    expect(found.map((row) => documentOf(row)['event.category'])).toEqual([JSON.stringify(category)]);
  });

  test('columns hold what questions ask for', async () => {
    const { found } = await roundTrip([sampleRow(0)]);
    expect(found[0]).toMatchObject({
      origin: ORIGIN,
      stream: 'syslog-tls/web-1',
      parser: 'sshd',
      category: 'authentication',
      type: 'start',
      action: 'ssh_login',
      outcome: 'failure',
      source_ip: '192.0.2.7',
      source_port: 51_022,
      user_name: 'root',
      auth_method: 'password',
      attrs: {},
    });
  });

  test('no time that a line can write makes a partition', async () => {
    const times = [0, -1, 1e15, -1e15, Number.NaN, Number.NEGATIVE_INFINITY, LAST_MS, 1e12];
    await roundTrip(times.map((time) => sampleRow(0, { event: sampleEvent({ time }) })));
    const partitions = `SELECT uniqExact(partition) FROM system.parts WHERE active AND database = 'spoor' AND table = 'events'`;
    expect(await tsv(engine.client, partitions)).toBe('1');
  });
});

describe('RowWriter', () => {
  test('says which days its rows are of, and begins anew', () => {
    const writer = new RowWriter({ origin: ORIGIN });
    writer.add(sampleRow(0, { receivedAtUs: NOON_US + 5 }));
    writer.add(sampleRow(1, { receivedAtUs: NOON_US - 5 }));
    expect(writer.rows).toBe(2);
    const first = writer.take();
    expect(first).toMatchObject({ rows: 2, firstIngestUs: NOON_US - 5, lastIngestUs: NOON_US + 5 });
    const copy = Buffer.from(first.bytes);
    expect(writer.take()).toMatchObject({ rows: 0, firstIngestUs: 0, lastIngestUs: 0 });
    writer.add(sampleRow(2, { stream: 'other' }));
    expect(writer.take()).toMatchObject({ rows: 1 });
    expect(first.bytes.equals(copy)).toBe(true); // it is the caller's
  });
});
