import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CrashDisk } from '../../../test/crash-disk.ts';
import type { RawRecord } from '../../core/stages.ts';
import { Log } from '../log.ts';
import { LedgerReader } from '../reader.ts';
import { formatRecord, parseRecord, parseTime } from '../record.ts';
import { compareLines } from './compare.ts';
import { heldFiles } from './fixtures/held-lines.ts';
import type { LedgerLine } from './lines.ts';
import { RawHeader } from './raw-header.ts';
import { StreamLines } from './stream-lines.ts';

const random = (bytes: number) => Buffer.alloc(bytes, 7);
const raw = (stream: string, text: string, us: number): RawRecord => ({
  stream,
  bytes: Buffer.from(text),
  receivedAtUs: us,
  via: 'udp:192.0.2.1:514',
  peer: 'none',
});

async function ledgerOf(write: (log: Log) => Promise<void>): Promise<LedgerReader> {
  const disk = new CrashDisk();
  const { log } = await Log.open({ disk, random, nowUs: () => 2_000_000 });
  await write(log);
  await log.close();
  return LedgerReader.open(disk);
}

async function all(lines: StreamLines): Promise<LedgerLine[]> {
  const found: LedgerLine[] = [];
  for await (const piece of lines.all()) found.push(...piece);
  return found;
}

describe('a stream of a real ledger', () => {
  const long = `Nov 22 10:00:00 vault long: ${'x'.repeat(200_000)}`;

  test('has the lines of erasable records, but for those that were erased: of these it is known that they were', async () => {
    const disk = new CrashDisk();
    const { log } = await Log.open({ disk, random: randomBytes, nowUs: () => 2_000_000 });
    await log.append([raw('a/b', 'plain', 1_000_001)]);
    await log.append([raw('a/b', 'one', 1_000_002), raw('a/b', long, 1_000_003), raw('a/b', 'three', 1_000_004)], true);
    const reader = await LedgerReader.open(disk);
    const lines = new StreamLines(reader, 'a/b', reader.size);
    const texts = async () => (await all(lines)).map(({ bytes }) => bytes && String(bytes));
    expect(await texts()).toEqual(['plain', 'one', long, 'three']);
    const gone = parseRecord(await reader.entry(1)).payload.toString('hex');
    await log.blobs.takeOut(0, (digest) => digest === gone);
    expect(await texts()).toEqual(['plain', null, long, 'three']);
    expect([(await lines.one(1)).bytes, String((await lines.one(3)).bytes)]).toEqual([null, 'three']);
    await log.close();
  });

  test('is its own records only, with long ones joined and absent ones counted', async () => {
    const reader = await ledgerOf(async (log) => {
      await log.append([raw('a/b', 'one', 1_000_001), raw('a/bc', 'other', 1_000_002), raw('a/b', long, 1_000_003)]);
      await log.note('gap', { stream: 'a/b', seq: '9', first: '5', last: '7' });
      await log.note('hold', { id: 'h1', stream: 'a/b', reason: 'case 7' });
      await log.append([raw('a/b', 'three', 1_500_000)]);
    });
    const lines = new StreamLines(reader, 'a/b', reader.size);
    const found = await all(lines);
    expect(found.map(({ index, seq, weight }) => [index, seq, weight])).toEqual([
      [0, 0, 1],
      [2, 1, 1],
      [6, 9, 3],
      [8, 5, 1],
    ]);
    expect(found.map(({ bytes }) => bytes && String(bytes))).toEqual(['one', long, null, 'three']);
    for (const line of found) expect(await lines.one(line.index)).toEqual(line);
    expect((await lines.entries(4)).map(([at]) => at)).toEqual([2, 3, 4, 5]);
    expect(await all(new StreamLines(reader, 'a', reader.size))).toEqual([]);
  });

  test('is compared with a file, over many bundles', async () => {
    const texts = Array.from(
      { length: 1500 },
      (_, at) => `Nov 22 10:00:00 vault app[${at}]: ${at === 700 ? long : `text ${at}`}`,
    );
    const reader = await ledgerOf(async (log) => {
      await log.append(
        texts.flatMap((text, at) => [raw('web/x', 'noise', 1_000_000 + at), raw('a', `<13>${text}`, 1_000_000 + at)]),
      );
    });
    const kept = texts.filter((_, at) => at !== 300 && at !== 700);
    const file = { file: 'app.log', bytes: Buffer.from(`${kept.join('\n')}\n`) };
    const options = { key: random(8), zone: null, most: 9, fromUs: null, takenUs: null, writtenUs: null };
    const found = await compareLines(new StreamLines(reader, 'a', reader.size), heldFiles([file]), options);
    expect(found.missing.told.map(({ index, seq, receivedUs }) => [index, seq, receivedUs])).toEqual([
      [601, 300, 1_000_300],
      [1401, 700, 1_000_700],
    ]);
    expect([found.same, found.added.count, found.changed.count, found.moved.count]).toEqual([1498, 0, 0, 0]);
  });

  test('a record that lacks its first part is told', async () => {
    const reader = await ledgerOf(async (log) => {
      await log.note('raw', { stream: 'a', seq: '3', via: 'x', peer: 'none', part: '2/2' }, Buffer.from('end'));
    });
    await expect(all(new StreamLines(reader, 'a', reader.size))).rejects.toThrow(/first parts are missing/);
  });
});

test('a raw record’s header is read as parseRecord reads it', () => {
  const text = fc.string({ maxLength: 12 });
  const fields = fc.record({
    stream: fc.string({ minLength: 1, maxLength: 12 }),
    seq: fc.nat().map(String),
    rt: fc.integer({ min: 0, max: 999_999 }).map((us) => `2026-11-22T10:23:05.${String(us).padStart(6, '0')}Z`),
    via: text,
    peer: text,
  });
  const extra = fc.constantFrom({}, { aseq: '5' }, { fpos: '1:2' }, { part: '2/3' }, { enc: 'a256gcm', kid: 'd/c' });
  fc.assert(
    fc.property(fields, extra, fc.uint8Array({ maxLength: 30 }), (some, more, payload) => {
      const entry = formatRecord({ kind: 'raw', fields: { ...some, ...more }, payload: Buffer.from(payload) });
      const record = parseRecord(entry);
      const header = new RawHeader(some.stream);
      expect(header.read(entry)).toBe(true);
      expect(header).toMatchObject({
        seq: Number(some.seq),
        rtUs: parseTime(some.rt),
        part: record.fields['part'] ?? null,
      });
      expect([header.isPlain, entry.subarray(header.payloadAt)]).toEqual([
        record.fields['enc'] === undefined,
        record.payload,
      ]);
      expect(new RawHeader(`${some.stream}x`).read(entry)).toBe(false);
    }),
  );
});
