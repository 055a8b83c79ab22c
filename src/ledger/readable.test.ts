import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeOldLedger } from '../../test/e2e/serving/old-ledger.ts';
import { realDisk } from './disk.ts';
import { indexPath, packPath } from './pack.ts';
import { readableEntries } from './readable.ts';
import { LedgerReader } from './reader.ts';
import { TILE_WIDTH, tilePath } from './tile.ts';

const base = mkdtempSync(join(tmpdir(), 'spoor-readable-'));
const sound = join(base, 'sound');
const RECORDS = 65_536 + 700;
let made = 0;

beforeAll(() => makeOldLedger({ folder: sound, origin: 'test.example/a', records: RECORDS, days: 1 }));
afterAll(() => rmSync(base, { recursive: true }));

function copy(): string {
  made += 1;
  const folder = join(base, String(made));
  cpSync(sound, folder, { recursive: true });
  return folder;
}

/** Which records are not readable, as ranges, and that all others are as they were. */
async function lost(folder: string, from = 0, to = RECORDS): Promise<string[]> {
  const [reader, before] = [
    await LedgerReader.open(realDisk(folder), 'it', { mayLack: true }),
    await LedgerReader.open(realDisk(sound)),
  ];
  try {
    const { entries, damage } = await readableEntries(reader, from, to);
    const were = await before.entries(from, to);
    const inDamage = (index: number) => damage.some((one) => one.from <= index && index < one.to);
    for (const [nth, entry] of entries.entries())
      if (entry === null ? !inDamage(from + nth) : !entry.equals(were[nth] as Buffer) || inDamage(from + nth))
        throw new Error(`record ${from + nth} is not told as it is`);
    expect(entries).toHaveLength(to - from);
    return damage.map((one) => `${one.from}..${one.to - 1}`);
  } finally {
    await reader.close();
    await before.close();
  }
}

/** Where a bundle stands in the pack's file. */
function memberAt(folder: string, n: number): [number, number] {
  const lengths = readFileSync(join(folder, indexPath(0)));
  let at = 0;
  for (let nth = 0; nth < n; nth += 1) at += lengths.readUInt32LE(nth * 4);
  return [at, lengths.readUInt32LE(n * 4)];
}

function change(folder: string, path: string, work: (bytes: Buffer) => Buffer): void {
  const whole = join(folder, path);
  const bytes = work(readFileSync(whole));
  rmSync(whole);
  writeFileSync(whole, bytes);
}

describe('readableEntries', () => {
  test('gives all records of a sound ledger, of packs and log files', async () => {
    expect(await lost(sound)).toEqual([]);
    expect(await lost(sound, 65_000, 65_900)).toEqual([]);
  });

  test('leaves out a bundle with a byte changed, and reads on behind it', async () => {
    const folder = copy();
    const [at, length] = memberAt(folder, 3);
    change(folder, packPath(0), (bytes) => {
      bytes[at + (length >> 1)] = (bytes[at + (length >> 1)] as number) ^ 1;
      return bytes;
    });
    expect(await lost(folder)).toEqual(['768..1023']);
    expect(await lost(folder, 1000, 1100)).toEqual(['1000..1023']);
  });

  test('leaves out a bundle that was written anew with other words, which unpacks well', async () => {
    const folder = copy();
    const [at, length] = memberAt(folder, 9);
    const lengths = readFileSync(join(folder, indexPath(0)));
    change(folder, packPath(0), (bytes) => {
      const plain = gunzipSync(bytes.subarray(at, at + length));
      plain[plain.length - 1] = (plain[plain.length - 1] as number) ^ 1;
      const forged = gzipSync(plain, { level: 6 });
      lengths.writeUInt32LE(forged.length, 9 * 4);
      return Buffer.concat([bytes.subarray(0, at), forged, bytes.subarray(at + length)]);
    });
    change(folder, indexPath(0), () => lengths);
    expect(await lost(folder)).toEqual(['2304..2559']);
  });

  test('leaves out a pack that is cut, or whose lengths are gone', async () => {
    const cut = copy();
    change(cut, packPath(0), (bytes) => bytes);
    truncateSync(join(cut, packPath(0)), 1000);
    const all = Array.from({ length: TILE_WIDTH }, (_, n) => `${n * 256}..${n * 256 + 255}`);
    expect(await lost(cut)).toEqual(all);
    const unsized = copy();
    rmSync(join(unsized, indexPath(0)));
    expect(await lost(unsized)).toEqual(all);
  });

  test('believes nothing whose tile is gone or says otherwise', async () => {
    const folder = copy();
    const tile = tilePath({ level: 1, n: 0, width: TILE_WIDTH });
    change(folder, tile, (bytes) => {
      bytes[32 * 5] = (bytes[32 * 5] as number) ^ 1;
      return bytes;
    });
    expect(await lost(folder, 0, 4096)).toEqual(['1280..1535']);
    rmSync(join(folder, tile));
    expect(await lost(folder, 0, 300)).toEqual(['0..255', '256..299']);
  });

  test('a record of a log file that changes under a reader is left out alone', async () => {
    const folder = copy();
    const reader = await LedgerReader.open(realDisk(folder));
    change(folder, 'wal/0000000000065536.wal', (bytes) => {
      const at = bytes.length >> 1;
      bytes[at] = (bytes[at] as number) ^ 1;
      return bytes;
    });
    const { damage, entries } = await readableEntries(reader, 65_536, RECORDS);
    expect(damage).toHaveLength(1);
    expect(entries.filter((entry) => entry === null)).toHaveLength(1);
    await reader.close();
  });
});
