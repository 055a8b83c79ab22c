import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeLeftDrafts, writeDraft, writeWholeFile } from './whole-file.ts';

const NOW_MS = Date.parse('2026-11-22T12:00:00Z');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-whole-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A file that was written to last so many minutes ago. */
function aged(path: string, minutes: number): string {
  const at = new Date(NOW_MS - minutes * 60_000);
  utimesSync(path, at, at);
  return path;
}

test('what a killed writer left goes; what may be written to, and what is of others, stays', async () => {
  const file = join(folder, 'b.age');
  const left = aged(await writeDraft(file, 'left'), 61);
  const fresh = aged(await writeDraft(file, 'fresh'), 59);
  const other = aged(await writeDraft(join(folder, 'b.age.old'), 'other'), 999);
  const own = join(folder, '.b.age.mine.tmp');
  writeFileSync(own, 'own');
  aged(own, 999);
  const link = left.replace(/.{8}\.tmp$/, '00000000.tmp');
  symlinkSync(own, link);
  expect(await removeLeftDrafts(file, NOW_MS)).toEqual([left]);
  await writeWholeFile(file, 'whole');
  const there = readdirSync(folder).map((name) => join(folder, name));
  expect(there.sort()).toEqual([file, fresh, other, own, link].sort());
  expect(readFileSync(file, 'utf8')).toBe('whole');
  expect(await removeLeftDrafts(join(folder, 'none', 'x'), NOW_MS)).toEqual([]);
});
