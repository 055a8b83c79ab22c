import { expect, test } from 'vitest';
import { Late } from './late.ts';

test('what came in the last ten minutes', () => {
  let nowMs = 0;
  const late = new Late(() => nowMs);
  expect(late.mark(100)).toBe(0);
  nowMs = 1000;
  expect(late.mark(150)).toBe(50);
  for (nowMs = 10_000; nowMs <= 600_000; nowMs += 10_000) late.mark(150 + nowMs / 1000);
  nowMs = 600_000;
  expect(late.mark(750)).toBe(650);
  nowMs = 700_000;
  expect(late.mark(750)).toBe(500); // since 100 s: one mark of before is kept
  nowMs = 2_000_000;
  expect(late.mark(750)).toBe(0);
});
