import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CrashDisk } from '../../../test/crash-disk.ts';
import type { RawRecord } from '../../core/stages.ts';
import type { Disk, DiskFile } from '../disk.ts';
import { readWhole, writeWhole } from '../disk.ts';
import { Log } from '../log.ts';
import { parseRecord } from '../record.ts';
import { findLog } from '../recover.ts';
import { walPath } from '../wal.ts';
import { scanWal } from '../wal-scan.ts';
import { formatKeyFile, type Keyring, parseKeyFile, restKey } from './keyring.ts';
import { SealedDisk } from './sealed-disk.ts';
import { CHUNK, contentSize, SEALED_HEADER, TAG } from './sealed-format.ts';

const ring = (...seeds: number[]): Keyring =>
  parseKeyFile(formatKeyFile(seeds.map((seed) => restKey(Buffer.alloc(32, seed)))));
const KEYS = ring(1);
let salts = 0;
/** Never the same twice. */
const random = (bytes: number) => {
  const salt = Buffer.alloc(bytes);
  salts += 1;
  salt.writeUInt32LE(salts, 0);
  return salt;
};
const over = (disk: Disk, keys: Keyring | null = KEYS, origin = 'ledger.example/main') =>
  new SealedDisk(disk, { origin, keys, random });
const PACK = 'pack/00000000.pack';
const WAL = walPath(0);

/** Puts raw bytes in the place of a file. */
async function put(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  await writeWhole(disk, path, [bytes]);
}

async function sealed(content: Uint8Array, path = PACK): Promise<{ disk: CrashDisk; raw: Buffer }> {
  const disk = new CrashDisk();
  await writeWhole(over(disk), path, [content]);
  return { disk, raw: await readWhole(disk, path) };
}

const bytesOf = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 255));

describe('a file in chunks', () => {
  test('reads as it was written, in any parts and from any place', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.nat(300), fc.nat(2 * CHUNK), fc.constantFrom(0, CHUNK, CHUNK - 1, CHUNK + 1)), {
          maxLength: 6,
        }),
        fc.array(fc.tuple(fc.nat(4 * CHUNK), fc.nat(3 * CHUNK)), { minLength: 1, maxLength: 6 }),
        async (lengths, reads) => {
          const disk = new CrashDisk();
          const file = await over(disk).open(PACK, 'new');
          const content = bytesOf(lengths.reduce((sum, length) => sum + length, 0));
          let at = 0;
          for (const length of lengths) {
            await file.write([content.subarray(at, at + length)], at);
            at += length;
          }
          expect(await file.size()).toBe(at);
          await file.sync();
          const again = await over(disk).open(PACK, 'read');
          for (const one of [file, again]) {
            expect(await one.size()).toBe(at);
            for (const [from, length] of reads)
              expect((await one.read(length, from)).equals(content.subarray(from, from + length))).toBe(true);
          }
          expect(contentSize((await readWhole(disk, PACK)).length)).toBe(at);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('no bit of it can be changed, and no length but its own is taken', async () => {
    const content = bytesOf(CHUNK + 20);
    const { disk, raw } = await sealed(content);
    const chunk = SEALED_HEADER + CHUNK + TAG;
    // every byte of the header; of both chunks their ends and tags
    const places = [...Array(SEALED_HEADER + 20).keys(), ...Array(60).keys()].map((at, nth) =>
      nth < SEALED_HEADER + 20 ? at : chunk - 20 + at,
    );
    for (const at of places.filter((place) => place < raw.length)) {
      const changed = Buffer.from(raw);
      changed[at] = (changed[at] as number) ^ (1 << (at & 7));
      await put(disk, PACK, changed);
      const read = readWhole(over(disk), PACK);
      // A header that does not begin as one makes it a plain file: other bytes than those that were written.
      if (at < 8) expect((await read).equals(content)).toBe(false);
      else await expect(read, `byte ${at}`).rejects.toMatchObject({ code: 'E_TAMPERED' });
    }
    for (const length of [81, 95, 96, chunk - 1, chunk, chunk + 1, chunk + 16, raw.length - 1]) {
      await put(disk, PACK, raw.subarray(0, length));
      await expect(readWhole(over(disk), PACK), `${length} bytes`).rejects.toMatchObject({ code: 'E_TAMPERED' });
    }
    await put(disk, PACK, Buffer.concat([raw, Buffer.alloc(1)]));
    await expect(readWhole(over(disk), PACK)).rejects.toMatchObject({ code: 'E_TAMPERED' });
  });

  test('chunks that change their places are seen', async () => {
    const { disk, raw } = await sealed(bytesOf(3 * CHUNK));
    const at = (nth: number) => SEALED_HEADER + nth * (CHUNK + TAG);
    const swapped = Buffer.concat([
      raw.subarray(0, at(0)),
      raw.subarray(at(1), at(2)),
      raw.subarray(at(0), at(1)),
      raw.subarray(at(2)),
    ]);
    await put(disk, PACK, swapped);
    await expect(readWhole(over(disk), PACK)).rejects.toThrow(/pack: bytes 80 and on are not as they were encrypted/);
    await put(disk, PACK, raw.subarray(0, at(2)));
    await expect(over(disk).open(PACK, 'read')).rejects.toThrow(/changed, moved or cut off/);
  });

  test('a wrong key, a missing one, another place and another log are told apart', async () => {
    const { disk, raw } = await sealed(bytesOf(100));
    const [{ id }, other] = [KEYS.newest, ring(2)];
    await expect(over(disk, null).open(PACK, 'read')).rejects.toMatchObject({
      code: 'E_UNREADABLE',
      message: expect.stringContaining(`${PACK} is encrypted at rest with the key ${id}: give the key file`),
    });
    await expect(over(disk, other).open(PACK, 'read')).rejects.toMatchObject({
      code: 'E_UNREADABLE',
      message: expect.stringContaining(`the key file has only ${other.newest.id}`),
    });
    expect(await readWhole(over(disk, ring(2, 1)), PACK)).toEqual(bytesOf(100));
    const misplaced = /was not encrypted as this file of this log/;
    await expect(over(disk, KEYS, 'other.example/main').open(PACK, 'read')).rejects.toThrow(misplaced);
    await put(disk, 'pack/00000001.pack', raw);
    await expect(over(disk).open('pack/00000001.pack', 'read')).rejects.toThrow(misplaced);
    const renamed = Buffer.from(raw);
    Buffer.from(other.newest.id, 'hex').copy(renamed, 8);
    await put(disk, PACK, renamed);
    await expect(over(disk).open(PACK, 'read')).rejects.toThrow(/the key that its header names was changed/);
  });

  test('a plain one is read as it is; what holds no secret is not encrypted', async () => {
    const disk = new CrashDisk();
    await put(disk, PACK, Buffer.from('plain'));
    expect(String(await readWhole(over(disk), PACK))).toBe('plain');
    for (const path of ['pack/00000000.idx', 'tile/1/000', 'checkpoint', 'head']) {
      await writeWhole(over(disk), path, [Buffer.from('public')]);
      expect(String(await readWhole(disk, path))).toBe('public');
    }
    for (const path of ['pack/00000000.json', 'tile/0/000', 'blob/00000000.blob', `${WAL}.torn-1`, WAL]) {
      await writeWhole(over(disk), path, [Buffer.from('secret')]);
      expect(String(await readWhole(disk, path))).not.toContain('secret');
      expect(String(await readWhole(over(disk), path))).toBe('secret');
    }
  });
});

/** Sees each byte that is written, and fails when another one comes to stand under the same key and place. */
class Watched implements Disk {
  readonly list: Disk['list'];
  readonly makeFolder: Disk['makeFolder'];
  readonly rename: Disk['rename'];
  readonly remove: Disk['remove'];
  readonly exists: Disk['exists'];
  readonly syncFolder: Disk['syncFolder'];
  readonly #disk: Disk;
  readonly #seen: Map<string, Map<number, number>>;

  constructor(disk: Disk, seen: Map<string, Map<number, number>>) {
    this.#disk = disk;
    this.#seen = seen;
    this.list = (folder) => disk.list(folder);
    this.makeFolder = (path) => disk.makeFolder(path);
    this.rename = (from, to) => disk.rename(from, to);
    this.remove = (path) => disk.remove(path);
    this.exists = (path) => disk.exists(path);
    this.syncFolder = (path) => disk.syncFolder(path);
  }

  async open(path: string, how: 'new' | 'read' | 'change', mode?: number): Promise<DiskFile> {
    const file = await this.#disk.open(path, how, mode);
    return {
      write: async (parts, position) => {
        if (position >= SEALED_HEADER) this.#see(await file.read(SEALED_HEADER, 0), Buffer.concat(parts), position);
        await file.write(parts, position);
      },
      read: (length, position) => file.read(length, position),
      sync: () => file.sync(),
      size: () => file.size(),
      close: () => file.close(),
    };
  }

  #see(header: Buffer, bytes: Buffer, position: number): void {
    const salt = header.toString('hex');
    const seen = this.#seen.get(salt) ?? new Map<number, number>();
    this.#seen.set(salt, seen);
    for (const [at, byte] of bytes.entries()) {
      if ((seen.get(position + at) ?? byte) !== byte) throw new Error('two texts under one key stream');
      seen.set(position + at, byte);
    }
  }
}

describe('a file that is appended to', () => {
  const raw = (text: string): RawRecord => ({
    stream: 'a',
    bytes: Buffer.from(text),
    receivedAtUs: 1_000_000,
    via: 'file',
    peer: 'none',
  });

  async function payloadsOn(disk: Disk): Promise<string[]> {
    const all: string[] = [];
    for (const { first } of (await findLog(disk)).wals)
      await scanWal(disk, first, (entry) => all.push(parseRecord(entry).payload.toString()));
    return all;
  }

  test('keeps what was acknowledged through crashes, and never writes two texts under one key stream', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            batches: fc.array(fc.array(fc.string({ maxLength: 150 }), { minLength: 1, maxLength: 4 }), {
              minLength: 1,
              maxLength: 8,
            }),
            deathAt: fc.nat(60),
            loses: fc.boolean(), // all that was not synced
          }),
          { minLength: 1, maxLength: 4 },
        ),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        async (lives, picks) => {
          const seen = new Map<string, Map<number, number>>();
          const kept: string[] = [];
          let disk = new CrashDisk();
          const log = async (on: Disk) =>
            (await Log.open({ disk: over(new Watched(on, seen)), random, nowUs: () => 2_000_000 })).log;
          for (const { batches, deathAt, loses } of lives) {
            let calls = 0;
            const mortal = disk.killed(() => {
              calls += 1;
              if (calls > deathAt) throw new Error('power is gone');
            });
            try {
              const opened = await log(mortal);
              kept.splice(kept.length, 0, ...(await payloadsOn(over(mortal))).slice(kept.length));
              for (const batch of batches) {
                await opened.append(batch.map(raw));
                kept.push(...batch);
              }
            } catch (error) {
              expect((error as Error).message).toBe('power is gone');
            }
            disk = mortal.crash(() => (loses ? 1 : (picks.next().value as number)));
            const next = await log(disk);
            const found = await payloadsOn(over(disk));
            expect(found.slice(0, kept.length)).toEqual(kept);
            kept.splice(0, kept.length, ...found);
            await next.close();
            disk = disk.crash(() => 0);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('comes under a new key when a writer goes on with it, a plain one too', async () => {
    const disk = new CrashDisk();
    const plain = (await Log.open({ disk, random, nowUs: () => 2_000_000 })).log;
    await plain.append([raw('in plain')]);
    await plain.close();
    const headers: string[] = [];
    for (const keys of [ring(1), ring(1), ring(2, 1)]) {
      const { log } = await Log.open({ disk: over(disk, keys), random, nowUs: () => 2_000_000 });
      await log.append([raw('more')]);
      await log.close();
      const bytes = await readWhole(disk, WAL);
      expect(bytes.includes('plain') || bytes.includes('more')).toBe(false);
      headers.push(bytes.toString('hex', 0, SEALED_HEADER));
    }
    expect(new Set(headers).size).toBe(3);
    expect(headers.map((header) => header.slice(16, 32))).toEqual([1, 1, 2].map((seed) => ring(seed).newest.id));
    expect(await payloadsOn(over(disk, ring(2)))).toEqual(['in plain', 'more', 'more', 'more']);
    await expect(payloadsOn(over(disk, ring(1)))).rejects.toMatchObject({ code: 'E_UNREADABLE' });
  });
});
