import type { Cost } from './measure.ts';
import type { Prepared } from './workloads.ts';

/** One program on one file: the median of its runs by CPU time. */
export interface Row {
  readonly file: Prepared;
  readonly program: string;
  readonly runs: number;
  readonly cost: Cost;
}

/** The middle run by CPU seconds (the lower of two). `costs` must not be empty. */
export function median(costs: readonly Cost[]): Cost {
  const sorted = [...costs].sort((a, b) => a.cpuSeconds - b.cpuSeconds);
  return sorted[(sorted.length - 1) >> 1] as Cost;
}

const HEADS = ['program', 'CPU s', 'CPU s/1M', 'wall s', 'lines/s', 'MB/s', 'RSS MiB', 'x yardstick'];

function cells({ program, cost, file }: Row, yardstick: Row | undefined): string[] {
  const ratio = yardstick ? (cost.cpuSeconds / yardstick.cost.cpuSeconds).toFixed(2) : '-';
  return [
    program,
    cost.cpuSeconds.toFixed(2),
    ((cost.cpuSeconds * 1_000_000) / file.lines).toFixed(3),
    cost.wallSeconds.toFixed(2),
    Math.round(file.lines / cost.wallSeconds).toLocaleString('en-US'),
    (file.bytes / 1e6 / cost.wallSeconds).toFixed(0),
    cost.rssMiB === null ? '-' : cost.rssMiB.toFixed(0),
    ratio,
  ];
}

/** A table of one file's rows. Ratios are of CPU time to the first row that is not ours. */
export function table(file: Prepared, rows: readonly Row[], ours: string): string {
  const yardstick = rows.find(({ program }) => program !== ours);
  const lines = [HEADS, ...rows.map((row) => cells(row, yardstick))];
  const widths = HEADS.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)));
  const render = (line: readonly string[]) =>
    line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ');
  const title = `${file.name}: ${file.lines.toLocaleString('en-US')} lines, ${(file.bytes / 1e6).toFixed(0)} MB`;
  return [title, ...lines.map(render), ''].join('\n');
}
