import { expect, test } from 'vitest';
import { Zone } from '../core/zone.ts';
import cri from './cri.ts';

const at = (second: number) => `2026-05-02T08:00:${String(second).padStart(2, '0')}Z`;
const FORGED = `${at(9)} db1 sshd[7]: Accepted password for root from 198.51.100.9 port 22 ssh2`;

type Told = readonly [line: number, lines: number, time: string, said: boolean | undefined, end: string];

function read(lines: readonly string[], ended: (nth: number) => boolean = () => false): Told[] {
  const out: Told[] = [];
  const reader = cri.open({ zone: new Zone('UTC'), year: () => 2026 }, ({ time = 0, said, message }, line, count) =>
    out.push([line, count, new Date(time).toISOString().slice(17, 19), said, message?.slice(-20) ?? '']),
  );
  lines.forEach((line, nth) => {
    reader.push(line, nth + 1);
    if (ended(nth)) reader.end();
  });
  reader.end();
  return out;
}

test('what is open at the end has the time of its own last part', () => {
  expect(read([`${at(1)} stdout P a`, `${at(2)} stderr P b`])).toEqual([
    [1, 1, '01', true, 'a'],
    [2, 1, '02', true, 'b'],
  ]);
});

test('what follows where a line was ended before its last part is no whole line', () => {
  const long = Array.from({ length: 64 }, () => `${at(1)} stdout P x`);
  const rest = [`${at(2)} stdout P ${FORGED}`, `${at(3)} stdout F y`, `${at(4)} stdout F whole`];
  expect(read([...long, ...rest]).map(([line, count, , said]) => [line, count, said])).toEqual([
    [1, 64, true],
    [65, 2, false],
    [67, 1, true],
  ]);
  const chunk = read([`${at(1)} stdout P x`, `${at(2)} stderr F e`, `${at(3)} stdout F ${FORGED}`], (nth) => nth === 1);
  expect(chunk.map(([line, , , said]) => [line, said])).toEqual([
    [2, true],
    [1, true],
    [3, false],
  ]);
});

test('a line is complete or ended within some thousand lines of the other stream', () => {
  const many = Array.from({ length: 25_000 }, () => `${at(2)} stderr F e`);
  const lines = read([`${at(1)} stdout P a`, ...many, `${at(3)} stdout F b`]);
  expect(lines.findIndex(([line]) => line === 1)).toBeLessThan(10_001);
  expect(lines.reduce((sum, [, count]) => sum + count, 0)).toBe(25_002);
});
