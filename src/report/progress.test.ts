import { describe, expect, test } from 'vitest';
import { formatProgress, ProgressLine } from './progress.ts';

const at = (share: number) => ({ lines: 2_000_000 * share, bytes: 1e8 * share, totalBytes: 1e8 });

/** Progress from 0 to 1 in `seconds`, told every 50 ms; what was written. */
function run(output: { isTTY?: boolean; columns?: number }, seconds: number): string[] {
  const written: string[] = [];
  let now = 5000;
  const line = new ProgressLine({ ...output, write: (text) => written.push(text) }, () => now);
  for (let ms = 0; ms <= seconds * 1000; ms += 50) {
    now = 5000 + ms;
    line.update(at(ms / (seconds * 1000)));
  }
  line.end();
  return written;
}

describe('progress', () => {
  test.each([
    [at(0.41), 1.5, 'reading   41 %  820,000 lines  546,667 lines/s  2 s left'],
    [at(1), 1, 'reading  100 %  2,000,000 lines  2.0 M lines/s  under 1 s left'],
    [at(0.5), 600, 'reading   50 %  1,000,000 lines  1,667 lines/s  10 min left'],
    [{ lines: 5, bytes: 900, totalBytes: null }, 2, 'reading  5 lines  3 lines/s  900 bytes'],
    [{ lines: 0, bytes: 0, totalBytes: 10 }, 0, 'reading    0 %  0 lines  0 lines/s'],
  ])('%j after %d s', (progress, seconds, text) => {
    expect(formatProgress(progress, seconds)).toBe(text);
  });

  test('is silent for work of less than a second', () => {
    expect(run({ isTTY: true, columns: 80 }, 0.9)).toEqual([]);
    expect(run({}, 0.9)).toEqual([]);
  });

  test('rewrites one line on a terminal, never wider than it, and clears it', () => {
    const written = run({ isTTY: true, columns: 30 }, 3);
    expect(written.length).toBeGreaterThan(5);
    for (const text of written) {
      expect(text.startsWith('\r\u001b[2K')).toBe(true);
      expect(text.length - 5).toBeLessThan(30);
      expect(text).not.toContain('\n');
    }
    expect(written.at(-1)).toBe('\r\u001b[2K');
  });

  test('writes a line every ten seconds elsewhere', () => {
    const written = run({}, 35);
    expect(written).toHaveLength(3);
    expect(written[0]).toMatch(/^reading +28 % .* left\n$/);
  });
});
