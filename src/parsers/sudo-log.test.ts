import { expect, test } from 'vitest';
import { Zone } from '../core/zone.ts';
import sudoLog from './sudo-log.ts';

test('a record that goes on for ever ends, and no text is too long', () => {
  const out: [line: number, lines: number, chars: number][] = [];
  const reader = sudoLog.open({ zone: new Zone('UTC'), year: () => 2026 }, (_, line, count, raw) =>
    out.push([line, count, raw.length]),
  );
  const more = `    ${'x'.repeat(1_000_000)}`;
  expect(reader.push('Jun  1 08:02:00 : hanna : TTY=pts/0 ; USER=root ; COMMAND=/bin/x', 1)).toBe(true);
  expect(Array.from({ length: 20 }, (_, nth) => reader.push(more, nth + 2))).toContain(false);
  reader.end();
  expect(out).toHaveLength(1);
  expect(out[0]?.[2]).toBeLessThan(8_000_000);
});
