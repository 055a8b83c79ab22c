import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Batch } from './chunk.ts';
import { Intents } from './intents.ts';

const ORIGIN = 'log.example/web';
const folders: string[] = [];
const mounts: string[] = [];
afterEach(() => {
  for (const mount of mounts.splice(0)) spawnSync('umount', [mount]);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-intents-'));
  folders.push(folder);
  return folder;
}

const batch = (id: number): Batch => ({ id, from: id * 10, to: id * 10 + 10, sinceUs: id, tickUs: id + 1 });

/** A disk of 64 KiB; null where we may not mount one. */
function smallDisk(): string | null {
  const folder = join(newFolder(), 'disk');
  mkdirSync(folder);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
  if (status !== 0) return null;
  mounts.push(folder);
  return folder;
}
const disk = smallDisk();
if (disk === null) console.warn('SKIPPED: a full disk, for no file system can be mounted here (root only)');

describe('Intents', () => {
  test('another generation begins where this one stands', () => {
    const folder = newFolder();
    const one = Intents.open(folder, ORIGIN, 1);
    one.begin(batch(0));
    one.done(batch(0));
    one.carry(folder, 2);
    const two = Intents.open(folder, ORIGIN, 2);
    expect(two.position).toEqual({ at: 10, tickUs: 1, next: 1 });
    expect(two.unfinished).toEqual([]);
    two.begin(batch(1));
    expect(Intents.open(folder, ORIGIN, 1).position.at).toBe(10);
    expect(Intents.open(folder, ORIGIN, 2).unfinished).toEqual([batch(1)]);
  });

  test.skipIf(disk === null)(
    'a disk that is full leaves no line in half, and is written to again when there is room',
    () => {
      const folder = smallDisk() as string;
      const intents = Intents.open(folder, ORIGIN, 1);
      intents.begin(batch(0));
      const filler = join(folder, 'filler');
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
      let id = 1;
      expect(() => {
        for (; id < 500; id += 1) intents.begin(batch(id));
      }).toThrow(/ENOSPC/);
      intents.done(batch(0)); // says nothing, and is not lost
      expect(() => intents.begin(batch(id))).toThrow(/ENOSPC/);
      rmSync(filler);
      intents.begin(batch(id));
      const text = readFileSync(join(folder, 'index-1.jsonl'), 'utf8');
      for (const line of text.trimEnd().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
      const again = Intents.open(folder, ORIGIN, 1);
      expect(again.position.at).toBe(10);
      expect(again.unfinished.map((one) => one.id)).toEqual(Array.from({ length: id }, (_, nth) => nth + 1));
      intents.close();
      again.close();
    },
  );
});
