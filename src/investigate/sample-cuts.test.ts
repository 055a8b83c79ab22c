import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { Zone } from '../core/zone.ts';
import { Census } from '../decode/census.ts';
import { cutsOf } from './sample-cuts.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MS = 86_400_000;
const UTC = new Zone('UTC');
const NOW = Date.parse('2026-03-10T00:00:00Z');

const stamp = (time: number) => {
  const at = new Date(time);
  return `${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} 10:00:00 web1 cron: `;
};
/** A log of stretches, each of some days and so many bytes a day, in lines of 1 kB. */
function logOf(start: number, stretches: readonly { days: number; bytes: number }[]): Buffer {
  let time = start;
  const lines: string[] = [];
  for (const { days, bytes } of stretches)
    for (let day = 0; day < days; day += 1, time += DAY_MS) {
      const count = Math.max(1, Math.round(bytes / 1000));
      const line = stamp(time).padEnd(999, 'x');
      for (let at = 0; at < count; at += 1) lines.push(line);
    }
  return Buffer.from(`${lines.join('\n')}\n`);
}

function sampled(log: Buffer) {
  const census = new Census();
  let reads = 0;
  const cuts = cutsOf(log.length, census, (into, offset) => {
    reads += 1;
    return log.copy(into, 0, offset, offset + 8192);
  });
  return { cuts, reads, years: census.years(NOW, UTC) };
}

/** The same by a line every so many bytes, and the last one. */
function looked(log: Buffer, every: number) {
  const census = new Census();
  for (let from = 0; from < log.length; from += every) {
    const at = from === 0 ? 0 : log.indexOf(0x0a, from) + 1;
    census.pushLine(log.subarray(at, at + 64));
  }
  const last = log.lastIndexOf(0x0a, log.length - 2) + 1;
  census.pushLine(log.subarray(last, last + 64));
  return census.years(NOW, UTC);
}

const stretches = fc.array(
  fc.record({ days: fc.integer({ min: 1, max: 300 }), bytes: fc.constantFrom(1000, 4000, 20_000, 70_000) }),
  { minLength: 1, maxLength: 4 },
);

property.prop([fc.integer({ min: 0, max: 3000 }), stretches], { numRuns: 25 })(
  'the years are those that a line every 64 KiB tells, and pieces begin at lines, some 4 MiB apart',
  (from, given) => {
    const log = logOf(Date.UTC(2015, 0, 1) + from * DAY_MS, given);
    const { cuts, years } = sampled(log);
    expect(years).toEqual(looked(log, 65_536));
    for (const [at, { offset }] of cuts.entries()) {
      if (at === 0) expect(offset).toBe(0);
      else expect(log[offset - 1]).toBe(0x0a);
      const length = (cuts[at + 1]?.offset ?? log.length) - offset;
      expect(length).toBeLessThanOrEqual(4 * 2 ** 20 + 8192);
      if (at < cuts.length - 1) expect(length).toBeGreaterThan(4 * 2 ** 20 - 8192);
    }
  },
);

test('a busy log, and one without stamps of that kind, are looked at a few times', () => {
  const busy = logOf(Date.UTC(2025, 11, 20), [{ days: 20, bytes: 2_000_000 }]);
  expect(busy.length).toBeGreaterThan(39_000_000);
  expect(sampled(busy).reads).toBeLessThan(160);
  expect(sampled(busy).years).toEqual(looked(busy, 1000));
  const other = Buffer.from(`${'2026-01-02T10:00:00Z web1 cron: x\n'.repeat(600_000)}`);
  expect(sampled(other).reads).toBeLessThan(40);
});

test('a turn of the year between two days alike is not lost in a quiet log', () => {
  const quiet = logOf(Date.UTC(2023, 5, 1), [{ days: 800, bytes: 9000 }]);
  expect(sampled(quiet).years).toEqual(looked(quiet, 1000));
  expect(sampled(quiet).cuts.map(({ mark }) => mark?.turn ?? 0)).toEqual([0, 1]);
});

test('lines that are longer than a sample, and an empty file', () => {
  const long = Buffer.concat([Buffer.from(stamp(NOW)), Buffer.alloc(9_000_000, 'y'), Buffer.from(`\n${stamp(NOW)}\n`)]);
  expect(sampled(long).cuts).toHaveLength(1);
  const later = Buffer.concat([long, Buffer.from(`${stamp(NOW + 40 * DAY_MS)}\n`.repeat(3))]);
  expect(sampled(later).years).toEqual(looked(later, 65_536)); // ends, though nothing can be looked at in between
  expect(sampled(Buffer.alloc(0)).cuts).toEqual([{ offset: 0, mark: null }]);
});
