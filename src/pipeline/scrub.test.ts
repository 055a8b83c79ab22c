import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeOldLedger } from '../../test/e2e/serving/old-ledger.ts';
import { parseVerifierKey } from '../core/tlog/note.ts';
import { packPath } from '../ledger/pack.ts';
import { TILE_WIDTH, tilePath } from '../ledger/tile.ts';
import { policyOf } from '../ledger/verdict.ts';
import { DamageBook } from './damage-book.ts';
import { openReader } from './ledger-reading.ts';
import { Scrub } from './scrub.ts';

const base = mkdtempSync(join(tmpdir(), 'spoor-scrub-'));
const sound = join(base, 'sound');
const origin = 'test.example/a';
const RECORDS = 65_536 + 300;
let made = 0;

const lineOf = (nth: number) => ({ stream: 'a', bytes: Buffer.from(`line ${nth}`) });
beforeAll(() => makeOldLedger({ folder: sound, origin, records: RECORDS, days: 1, lineOf }));
afterAll(() => rmSync(base, { recursive: true }));

function copied() {
  made += 1;
  const own = join(base, `own-${made}`);
  const ledger = join(base, `ledger-${made}`);
  mkdirSync(own);
  cpSync(sound, ledger, { recursive: true });
  const book = new DamageBook(join(own, 'damage.json'), () => {});
  const troubles: unknown[] = [];
  const scrub = (periodMs = 0) =>
    new Scrub({
      folder: own,
      periodMs,
      share: 1,
      openReader: () => openReader({ folder: ledger, origin, keyFile: null }),
      policy: () => policyOf([parseVerifierKey(readFileSync(join(ledger, 'log.vkey'), 'utf8').trim())]),
      book,
      isBusy: () => false,
      nowMs: () => Date.now(),
      onTrouble: (error) => troubles.push(error),
    });
  return { ledger, book, scrub, troubles };
}

function change(path: string, at: number): () => void {
  const before = readFileSync(path);
  const after = Buffer.from(before);
  after[at] = (after[at] as number) ^ 1;
  rmSync(path);
  writeFileSync(path, after);
  return () => writeFileSync(path, before);
}

const ranges = ({ ranges: all }: DamageBook) => all.map(({ from, to }) => `${from}..${to - 1}`);

describe('Scrub', () => {
  test('finds a changed bundle while the server runs, and that it was put back', async () => {
    const { ledger, book, scrub } = copied();
    const one = scrub();
    await one.pass();
    expect(ranges(book)).toEqual([]);
    expect(one.progress).toMatchObject({ at: 0, beganMs: null, last: { records: RECORDS + 2 } });
    const back = change(join(ledger, packPath(0)), 100_000);
    await one.pass();
    expect(ranges(book)).toEqual([expect.stringMatching(/^\d+\.\.\d+$/)]);
    expect(book.records).toBe(256);
    back();
    await one.pass();
    expect(ranges(book)).toEqual([]);
  });

  test('does not believe a tile that is not under the signed root, nor log files that do not give it', async () => {
    const { ledger, book, scrub } = copied();
    const tile = join(ledger, tilePath({ level: 1, n: 0, width: TILE_WIDTH }));
    const back = change(tile, 40);
    await scrub().pass();
    expect(ranges(book)).toEqual(['256..511', `65536..${RECORDS + 1}`]); // the edge of the tree stands on it
    back();
    await scrub().pass();
    expect(ranges(book)).toEqual([]);
    change(join(ledger, 'wal/0000000000065536.wal'), 20_000);
    await scrub().pass();
    expect(ranges(book)).toEqual([expect.stringMatching(/^65\d{3}\.\.65837$/)]);
  });

  test('goes on where it was after a stop, and does not begin before its time', async () => {
    const { scrub, troubles } = copied();
    const first = scrub(3_600_000); // a bundle a second
    first.start();
    while (first.progress.at < 512) await new Promise((resolve) => setTimeout(resolve, 50));
    await first.stop();
    const { at, beganMs } = first.progress;
    const second = scrub(0);
    expect(second.progress).toMatchObject({ at, beganMs });
    await second.pass();
    expect(second.progress.last?.beganMs).toBe(beganMs);
    const third = scrub(3_600_000);
    third.start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(third.progress.beganMs).toBeNull();
    await third.stop();
    expect(troubles).toEqual([]);
  });
});
