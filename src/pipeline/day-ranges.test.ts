import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { agedLedger, asFolder } from '../../test/aged-ledger.ts';
import { LedgerReader } from '../ledger/reader.ts';
import { readingDisk } from '../ledger/secrecy/at-rest.ts';
import { dayStartUs } from '../store/days.ts';
import { dayRanges, endOfDay } from './day-ranges.ts';

const folder = mkdtempSync(join(tmpdir(), 'spoor-days-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a day begins at midnight, UTC', () => {
  expect(dayStartUs(20_261_122)).toBe(Date.UTC(2026, 10, 22) * 1000);
});

test('the days of a ledger, newest first, without a gap', async () => {
  // Records a hundred seconds apart, from 2026-01-02T03:04:05Z: 864 a day.
  await asFolder(await agedLedger(3000), folder);
  const reader = await LedgerReader.open(readingDisk(folder, 'ledger.example/main', null));
  try {
    const days = await dayRanges(reader, 3001, 0);
    expect(days.map(({ day }) => day)).toEqual([20_260_105, 20_260_104, 20_260_103, 20_260_102]);
    expect(days.at(-1)?.from).toBe(0);
    for (const [nth, { from, to }] of days.entries()) {
      expect(to).toBe(nth === 0 ? 3001 : days[nth - 1]?.from);
      if (nth === 1 || nth === 2) expect(to - from).toBe(864);
    }
    const newest = days[1];
    if (newest === undefined) throw new Error('no day');
    expect(await endOfDay(reader, newest, newest.from + 10)).toBe(newest.from + 10);
    expect(await endOfDay(reader, newest, 3001)).toBe(newest.to);
    const since = await dayRanges(reader, 3001, dayStartUs(20_260_104) + 5);
    expect(since.map(({ day }) => day)).toEqual([20_260_105, 20_260_104]);
    expect(await dayRanges(reader, 0, 0)).toEqual([]);
  } finally {
    await reader.close();
  }
});
