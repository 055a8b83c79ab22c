import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type PositionEntry, Positions } from './positions.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-positions-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, 'positions.jsonl');
const entry = (key: string, offset: number, seenMs = 0): PositionEntry => {
  const mark = { offset, head: [1, 'h'] as [number, string], tail: 't' };
  return { key, born: 'b', stream: 's', path: '/p', mark, previous: null, seenMs };
};

test('what was saved last is there again, though a crash tore what came after', async () => {
  const first = await Positions.open(folder, 0);
  expect(first.isNew).toBe(true);
  await first.save([entry('1:1', 10), entry('1:2', 20)]);
  await first.save([entry('1:1', 30)]);
  await first.close();
  appendFileSync(file(), JSON.stringify(entry('1:2', 99)).slice(0, 40));
  const second = await Positions.open(folder, 0);
  expect(second.isNew).toBe(false);
  expect([...second.all()].map(({ key, mark }) => [key, mark.offset])).toEqual([
    ['1:2', 20],
    ['1:1', 30],
  ]);
  await second.close();
});

test('a file that was not seen for a month is forgotten, and the file stays small', async () => {
  const positions = await Positions.open(folder, 0);
  await positions.save([entry('1:1', 10, 0)]);
  const many = Array.from({ length: 5000 }, (_, at) => entry(`2:${at}`, at, 31 * 86_400_000));
  for (let round = 0; round < 8; round += 1) await positions.save(many);
  await positions.close();
  expect(readFileSync(file()).length).toBeLessThan(8 << 20);
  const later = await Positions.open(folder, 31 * 86_400_000);
  expect(later.get('1:1')).toBe(undefined);
  expect([...later.all()].length).toBe(5000);
  await later.close();
});

test('a file that is not ours is refused, and not overwritten', async () => {
  writeFileSync(file(), 'something else\n');
  await expect(Positions.open(folder, 0)).rejects.toMatchObject({ code: 'E_MALFORMED' });
  expect(readFileSync(file(), 'utf8')).toBe('something else\n');
});
