import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CrashDisk } from '../../test/crash-disk.ts';
import { appendSample, openSample, type SampleLedger, sampleLedger } from '../../test/ledger-sample.ts';
import type { RawRecord } from '../core/stages.ts';
import { realDisk } from './disk.ts';
import { Log } from './log.ts';
import { PackReader } from './pack.ts';
import { parseRecord } from './record.ts';
import { lastCheckpoint } from './seal.ts';
import { scanWal, walBundles } from './wal-scan.ts';

const optionsOn = (disk: CrashDisk) => ({ disk, random: (n: number) => Buffer.alloc(n, 7), nowUs: () => 2_000_000 });
const raw = (text: string, more: Partial<RawRecord> = {}): RawRecord => ({
  stream: 'a',
  bytes: Buffer.from(text),
  receivedAtUs: 1_000_000,
  via: 'udp:192.0.2.1:514',
  peer: 'none',
  ...more,
});
async function entriesOn(disk: CrashDisk): Promise<Buffer[]> {
  const entries: Buffer[] = [];
  await scanWal(disk, 0, (entry) => entries.push(entry));
  return entries;
}

describe('the limits of a record', () => {
  test('the longest payload beside the longest header is kept, and found again', async () => {
    for (const length of [63_486, 63_487, 63_488, 64_000, 64_001, 65_535, 65_536, 130_000]) {
      const disk = new CrashDisk();
      const { log } = await Log.open(optionsOn(disk));
      await log.append([raw('x'.repeat(length), { via: 'v'.repeat(1800) })]);
      await log.append([raw('after it')]);
      const { log: again, found } = await Log.open(optionsOn(disk));
      expect([again.size, found.torn]).toEqual([log.size, null]);
      const entries = await entriesOn(disk);
      expect(Math.max(...entries.map((entry) => entry.length))).toBeLessThanOrEqual(65_535);
      const text = entries.map((entry) => parseRecord(entry).payload.toString()).join('');
      expect(text).toBe(`${'x'.repeat(length)}after it`);
    }
  });

  test.each([
    ['a record of the ledger’s own that is too long', { payload: Buffer.alloc(65_530) }, 'E_TOO_LARGE'],
    ['half a character in a stream', { stream: 'a\ud800' }, 'E_MALFORMED'],
    ['no time', { receivedAtUs: Number.NaN }, 'E_MALFORMED'],
    ['half a microsecond', { receivedAtUs: 1.5 }, 'E_MALFORMED'],
    ['the end of time', { receivedAtUs: Number.POSITIVE_INFINITY }, 'E_MALFORMED'],
    ['a number that is none', { sourceSeq: 1e300 }, 'E_MALFORMED'],
  ])('%s is refused, and harms nothing', async (_, wrong, code) => {
    const disk = new CrashDisk();
    const { log } = await Log.open(optionsOn(disk));
    const sent = 'payload' in wrong ? log.note('conf', {}, wrong.payload) : log.append([raw('bad', wrong)]);
    await expect(sent).rejects.toMatchObject({ code });
    expect(await log.append([raw('good')])).toEqual({ first: 0, last: 0 });
    expect((await Log.open(optionsOn(disk))).log.size).toBe(1);
  });

  test('who waits for room is let in in order, and not more than there is room for', async () => {
    let writing = 0;
    const disk = new CrashDisk((call) => {
      if (call.startsWith('sync wal/')) writing += 1;
    });
    const { log } = await Log.open(optionsOn(disk));
    const batch = (nth: number) => Array.from({ length: 10_000 }, (_, at) => raw(`${nth}.${at}`));
    const sent = Array.from({ length: 6 }, (_, nth) => log.append(batch(nth)));
    const ranges = await Promise.all([...sent, log.append([raw('last')])]);
    expect(ranges.map(({ first }) => first)).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
    expect(writing).toBeGreaterThan(3); // not all at once
  });

  test('a log file that was begun, and whose first bytes were lost, is begun again', async () => {
    const disk = new CrashDisk();
    const file = await disk.open('wal/0000000000000000.wal', 'new');
    await file.write([Buffer.alloc(32)], 0);
    const { log, found } = await Log.open(optionsOn(disk));
    expect(found.torn?.why).toBe('its beginning');
    expect(await log.append([raw('one')])).toEqual({ first: 0, last: 0 });
  });
});

describe('a folder that someone prepared', () => {
  let base = '';
  let sample: SampleLedger;
  beforeEach(async () => {
    base = mkdtempSync(join(tmpdir(), 'spoor-hostile-'));
    sample = await sampleLedger(join(base, 'l'));
    await appendSample(sample.ledger, 20);
    await sample.ledger.seal();
    await sample.ledger.close();
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));
  const notPlain = expect.objectContaining({ code: 'E_TAMPERED', message: expect.stringContaining('no plain file') });

  test.skipIf(process.platform === 'win32')(
    'a pipe, a link or a folder in a file’s place is refused, not waited for',
    async () => {
      const { folder } = sample;
      const path = join(folder, 'checkpoint');
      renameSync(path, join(base, 'kept'));
      execFileSync('mkfifo', [path]);
      await expect(lastCheckpoint(realDisk(folder))).rejects.toEqual(notPlain);
      rmSync(path);
      symlinkSync(join(base, 'kept'), path);
      await expect(openSample(folder)).rejects.toEqual(notPlain);
      rmSync(path);
      mkdirSync(path);
      await expect(openSample(folder)).rejects.toEqual(notPlain);
    },
  );

  test('files of 100 GB that hold nothing are refused before they are read', async () => {
    const { folder } = sample;
    truncateSync(join(folder, 'checkpoint'), 100e9);
    await expect(openSample(folder)).rejects.toMatchObject({ code: 'E_TAMPERED' });
    truncateSync(join(folder, 'wal', '0000000000000000.wal'), 100e9);
    let bundles = 0;
    for await (const bundle of walBundles(realDisk(folder), 0, 256)) bundles += bundle.length;
    expect(bundles).toBe(21); // and the zeros are no frame
    mkdirSync(join(folder, 'pack'));
    const index = Buffer.alloc(1024);
    for (let at = 0; at < 256; at += 1) index.writeUInt32LE(390_625_000, at * 4);
    writeFileSync(join(folder, 'pack', '00000000.idx'), index);
    writeFileSync(join(folder, 'pack', '00000000.pack'), '');
    truncateSync(join(folder, 'pack', '00000000.pack'), 100e9);
    await expect(PackReader.open(realDisk(folder), 0)).rejects.toMatchObject({ code: 'E_TAMPERED' });
  });

  test('a member that unpacks to more than a bundle can hold is refused', async () => {
    const { folder } = sample;
    mkdirSync(join(folder, 'pack'));
    const bomb = gzipSync(Buffer.alloc(200 << 20));
    const index = Buffer.alloc(1024);
    index.writeUInt32LE(bomb.length, 0);
    writeFileSync(join(folder, 'pack', '00000000.idx'), index);
    writeFileSync(join(folder, 'pack', '00000000.pack'), bomb);
    const pack = await PackReader.open(realDisk(folder), 0);
    await expect(pack.bundle(0)).rejects.toMatchObject({ code: 'E_TAMPERED' });
    await pack.close();
  });

  test('a head that was put back behind the checkpoint is no crash', async () => {
    const { folder } = sample;
    const again = await openSample(folder);
    renameSync(join(folder, 'head'), join(base, 'head'));
    await appendSample(again, 5, 20);
    await again.seal();
    await again.close();
    renameSync(join(base, 'head'), join(folder, 'head'));
    await expect(openSample(folder)).rejects.toThrow(/the head is of 21/);
  });
});
