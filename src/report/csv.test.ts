import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Story } from '../trace/story.ts';
import { csvTables } from './csv.ts';
import { anyStory } from './fixtures/any-story.ts';
import { stories } from './fixtures/index.ts';

/** A CSV text back as rows (RFC 4180). */
function rowsOf(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const FORMULA = /^\s*[=+\-@＝＋－＠]/;

describe('the CSV tables', () => {
  test('are all there, with a row for each thing and one for the header', () => {
    const { breached } = stories as { breached: Story };
    const sizes = [...csvTables(breached)].map(([name, csv]) => [name, rowsOf(csv).length - 1]);
    expect(Object.fromEntries(sizes)).toEqual({
      attackers: breached.attackers.length,
      sessions: breached.sessions.length,
      steps: 6,
      entries: 3,
      findings: 2,
      missing: 4,
      actions: 6,
      inputs: 8,
    });
  });

  test('of attackers', async () => {
    await expect(csvTables(stories['breached'] as Story).get('attackers')).toMatchFileSnapshot(
      './golden/attackers.csv',
    );
  });

  test('begin no cell as a formula, hold no control character, and have as many cells in each row', () => {
    const bad = (cell: string): boolean => FORMULA.test(cell) || UNSAFE.test(cell);
    const check = (story: Story): void => {
      const tables = [...csvTables(story).values()].map(rowsOf);
      expect(tables.flat(2).filter(bad)).toEqual([]);
      for (const rows of tables) expect(new Set(rows.map(({ length }) => length)).size).toBe(1);
    };
    check(stories['hostile'] as Story);
    fc.assert(fc.property(anyStory, check), { numRuns: 100 });
  });
});
