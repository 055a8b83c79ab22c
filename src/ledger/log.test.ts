import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CrashDisk } from '../../test/crash-disk.ts';
import type { RawRecord } from '../core/stages.ts';
import { foldRow, leafHash } from '../core/tlog/merkle.ts';
import type { Disk } from './disk.ts';
import { BlobReader } from './keep/blob-reader.ts';
import { Log } from './log.ts';
import { parseRecord, parseTime } from './record.ts';
import { findLog } from './recover.ts';
import { walPath } from './wal.ts';
import { scanWal } from './wal-scan.ts';

const random = (bytes: number) => Buffer.alloc(bytes, 7);
const optionsOn = (disk: Disk) => ({ disk, random, nowUs: () => 2_000_000 });
const raw = (stream: string, text: string, us = 1_000_000): RawRecord => ({
  stream,
  bytes: Buffer.from(text),
  receivedAtUs: us,
  via: 'udp:192.0.2.1:514',
  peer: 'none',
});
const entriesOn = async (disk: Disk) => {
  const all: Buffer[] = [];
  for (const { first } of (await findLog(disk)).wals) await scanWal(disk, first, (entry) => all.push(entry));
  return all;
};
const said = (entries: readonly Buffer[]) => entries.map((entry) => parseRecord(entry).payload.toString());

describe('the log', () => {
  test('keeps records in their order, numbered for each stream, and goes on after it was opened again', async () => {
    const disk = new CrashDisk();
    const { log } = await Log.open(optionsOn(disk));
    expect(await log.append([raw('a', 'one'), raw('b', 'two'), raw('a', 'three')])).toEqual({ first: 0, last: 2 });
    const root = log.root();
    await log.close();
    await expect(log.append([raw('a', 'x')])).rejects.toThrow(/closed/);
    const again = (await Log.open(optionsOn(disk))).log;
    expect([again.size, again.root()]).toEqual([3, root]);
    expect(await again.append([raw('a', 'four')])).toEqual({ first: 3, last: 3 });
    const records = (await entriesOn(disk)).map((entry) => parseRecord(entry));
    expect(records.map(({ fields, payload }) => [fields['stream'], fields['seq'], String(payload)])).toEqual([
      ['a', '0', 'one'],
      ['b', '0', 'two'],
      ['a', '1', 'three'],
      ['a', '2', 'four'],
    ]);
    expect(again.root()).toEqual(foldRow((await entriesOn(disk)).map((entry) => leafHash(entry))));
  });

  test('a clock that goes back is told, and times never do', async () => {
    const disk = new CrashDisk();
    const { log } = await Log.open(optionsOn(disk));
    await log.append([
      raw('a', '1', 9_000_000),
      raw('a', '2', 8_999_999),
      raw('a', '3', 1_000_000),
      raw('a', '4', 1_000_001),
    ]);
    await log.append([raw('a', '5', 9_500_000)]);
    const records = (await entriesOn(disk)).map((entry) => parseRecord(entry));
    expect(records.map(({ kind }) => kind)).toEqual(['raw', 'raw', 'clock', 'raw', 'raw', 'raw']);
    const times = records.map(({ fields }) => parseTime(fields['rt'] as string));
    expect(times).toEqual([9_000_000, 9_000_000, 9_000_000, 9_000_000, 9_000_000, 9_500_000]);
    expect(records[2]?.fields).toMatchObject({
      from: '1970-01-01T00:00:09.000000Z',
      to: '1970-01-01T00:00:01.000000Z',
    });
  });

  test('says while receive times stand still, since when and until when', async () => {
    let nowUs = 9_000_000;
    const { log } = await Log.open({ ...optionsOn(new CrashDisk()), nowUs: () => nowUs });
    await log.append([raw('a', '1', nowUs)]);
    expect(log.held).toBeNull();
    nowUs = 1_000_000;
    await log.append([raw('a', '2', nowUs), raw('a', '3', 2_000_000)]);
    expect(log.held).toEqual({ sinceUs: 1_000_000, latestUs: 9_000_000 });
    nowUs = 9_000_000;
    expect(log.held).toBeNull();
    await log.append([raw('a', '4', nowUs)]);
    nowUs = 8_999_000;
    expect(log.held).toBeNull();
  });

  test('a long record is split into parts that join again', async () => {
    const disk = new CrashDisk();
    const { log } = await Log.open(optionsOn(disk));
    const text = `${'x'.repeat(64_000) + 'y'.repeat(64_000)}z`;
    expect(await log.append([raw('a', text)])).toEqual({ first: 0, last: 2 });
    const records = (await entriesOn(disk)).map((entry) => parseRecord(entry));
    expect(records.map(({ fields }) => fields['part'])).toEqual(['1/3', '2/3', '3/3']);
    expect(records.map(({ payload }) => payload.toString()).join('')).toBe(text);
  });

  test('a record that cannot be kept is refused with its batch, and nothing of it is numbered', async () => {
    const disk = new CrashDisk();
    const { log } = await Log.open(optionsOn(disk));
    const [good, bad] = [
      log.append([raw('a', 'good')]),
      log.append([raw('a', 'lost'), { ...raw('a', 'bad'), peer: 'p'.repeat(5000) }]),
    ];
    await expect(bad).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
    expect(await good).toEqual({ first: 0, last: 0 });
    expect(await log.append([raw('a', 'next')])).toEqual({ first: 1, last: 1 });
    expect((await entriesOn(disk)).map((entry) => parseRecord(entry).fields['seq'])).toEqual(['0', '1']);
  });

  test('a disk that fails ends the log, and what it had acknowledged stays', async () => {
    let failing = false;
    const disk = new CrashDisk((call) => {
      if (failing && call.startsWith('sync')) throw Object.assign(new Error('input/output error'), { code: 'EIO' });
    });
    const { log } = await Log.open(optionsOn(disk));
    await log.append([raw('a', 'kept')]);
    failing = true;
    await expect(log.append([raw('a', 'unknown')])).rejects.toMatchObject({ code: 'EIO' });
    failing = false;
    await expect(log.append([raw('a', 'never')])).rejects.toMatchObject({ code: 'EIO' });
    expect(said(await entriesOn(disk.crash(() => 1)))).toEqual(['kept']);
  });
});

describe('after a crash', () => {
  test('whatever the disk loses of what was not synced, all that was acknowledged is there, and the log goes on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.string({ maxLength: 200 }), { minLength: 1, maxLength: 5 }), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.nat(60),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        async (batches, deathAt, picks) => {
          let calls = 0;
          const disk = new CrashDisk(() => {
            calls += 1;
            if (calls > deathAt) throw new Error('power is gone');
          });
          const acknowledged: string[] = [];
          try {
            const { log } = await Log.open(optionsOn(disk));
            for (const batch of batches) {
              await log.append(batch.map((text) => raw('a', text)));
              acknowledged.push(...batch);
            }
          } catch {
            // that is what we are here for
          }
          const after = disk.crash(() => picks.next().value as number);
          const { log } = await Log.open(optionsOn(after));
          const kept = said(await entriesOn(after));
          expect(kept.slice(0, acknowledged.length)).toEqual(acknowledged);
          expect(log.size).toBe(kept.length);
          await log.append([raw('a', 'and on')]);
          expect(said(await entriesOn(after))).toEqual([...kept, 'and on']);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('each erasable record that is in the log has its payload, acknowledged or not, whatever the disk loses', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ text: fc.string({ maxLength: 200 }), erasable: fc.boolean(), waits: fc.boolean() }), {
          minLength: 1,
          maxLength: 20,
        }),
        fc.nat(60),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        async (records, deathAt, picks) => {
          let calls = 0;
          const disk = new CrashDisk(() => {
            calls += 1;
            if (calls > deathAt) throw new Error('power is gone');
          });
          const acknowledged: string[] = [];
          const appended: Promise<unknown>[] = [];
          try {
            const { log } = await Log.open({ ...optionsOn(disk), random: randomBytes });
            for (const { text, erasable, waits } of records) {
              const done = log.append([raw('a', text)], erasable).then(() => acknowledged.push(text));
              appended.push(done.catch(() => {}));
              if (waits) await done;
            }
          } catch {
            // that is what we are here for
          }
          await Promise.all(appended);
          const after = disk.crash(() => picks.next().value as number);
          await Log.open(optionsOn(after));
          const kept = (await entriesOn(after)).map((entry, index) => ({ index, record: parseRecord(entry) }));
          const refs = kept.filter(({ record }) => record.kind === 'ref');
          const payloads = await new BlobReader(after).find(refs);
          expect(payloads.size).toBe(refs.length);
          const texts = kept.map(({ index, record }) => String(payloads.get(index)?.payload ?? record.payload));
          expect(texts.slice(0, acknowledged.length)).toEqual(acknowledged);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a torn end is put aside, not thrown away', async () => {
    const disk = new CrashDisk();
    const { log } = await Log.open(optionsOn(disk));
    await log.append([raw('a', 'one'), raw('a', 'two')]);
    await log.close();
    const file = await disk.open(walPath(0), 'change');
    const size = await file.size();
    await file.write([Buffer.from('half a frame')], size);
    const { log: again, found } = await Log.open(optionsOn(disk));
    expect(found.torn).toEqual({ path: `${walPath(0)}.torn-1`, bytes: 12, why: 'it ends inside a frame’s head' });
    expect(again.size).toBe(2);
    expect(await disk.exists(`${walPath(0)}.torn-1`)).toBe(true);
  });
});
