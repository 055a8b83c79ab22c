import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { met, percentOf } from './bar.ts';
import { corpusFolder } from './corpus.ts';
import { scoreControllers } from './planted/controllers.ts';
import { scorePlanted } from './planted/suite.ts';
import type { ScoreRow } from './row.ts';
import { scoreAll } from './suites.ts';

// `npm run score -- [--corpus DIR] [--misses]`: how many cases of other projects' suites come out right. Exit code 1 when
// a bar is missed; 0 when there is no corpus, for it is other people's data and not part of this project.

const HEADINGS = ['suite', 'part', 'right', '%', 'bar', ''];
const RIGHT_ALIGNED = new Set([2, 3]);
const MARKS = { true: 'met', false: 'MISSED', null: '' } as const;

function cells(row: ScoreRow): string[] {
  const { suite, name, right, total, bar } = row;
  const mark = MARKS[`${met(row)}`];
  const note = row.note === undefined ? '' : `(${row.note})`;
  return [suite, name, `${right}/${total}`, percentOf(row).toFixed(1), bar, `${mark} ${note}`.trim()];
}

function table(rows: readonly ScoreRow[]): string {
  const lines = [HEADINGS, ...rows.map(cells)];
  const widths = HEADINGS.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const pad = (cell: string, at: number) =>
    RIGHT_ALIGNED.has(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0);
  return lines.map((line) => `${line.map(pad).join('  ').trimEnd()}\n`).join('');
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { corpus: { type: 'string' }, misses: { type: 'boolean' } } });
  const folder = values.corpus ?? corpusFolder();
  if (!existsSync(folder)) {
    process.stdout.write(`no corpus at ${folder}: nothing to score (--corpus DIR or SPOOR_CORPUS names another)\n`);
    return 0;
  }
  const misses: string[] = [];
  const miss = (text: string) => misses.push(text.slice(0, 400));
  const rows = [
    ...(await scoreAll(folder, miss)),
    ...(await scorePlanted(folder, miss)),
    ...(await scoreControllers(miss)),
  ];
  if (values.misses === true) process.stdout.write(misses.map((text) => `${JSON.stringify(text)}\n`).join(''));
  process.stdout.write(table(rows));
  const missed = rows.filter((row) => met(row) === false).length;
  if (missed > 0) process.stdout.write(`${missed} bars missed\n`);
  return missed === 0 ? 0 : 1;
}

process.exitCode = await main();
