import type { Row } from './table.ts';
import type { Prepared } from './workloads.ts';

const MILLION = 1_000_000; // below it, starting up is most of the time
/** The bars of the first release, for a machine of two cores. */
const MAX_CPU_SECONDS_PER_MILLION = 1.2;
const MAX_WALL_SECONDS_AT_5M = 5;
const MAX_RSS_MIB = 600;
/** Memory at ten times the lines, as a multiple: a tenth is what garbage collection varies by. */
const MAX_GROWTH = 1.1;

/** One bar and how it came out. */
export interface Bar {
  readonly name: string;
  readonly met: boolean;
  readonly said: string;
}

/** Holds our own rows against the bars. */
export function bars(ours: readonly Row[]): Bar[] {
  const found = ours.flatMap(({ file, cost }) => {
    const perMillion = (cost.cpuSeconds * MILLION) / file.lines;
    const list: Bar[] = [];
    if (file.lines >= MILLION)
      list.push(bar(`${file.name}: CPU s per million lines`, perMillion, MAX_CPU_SECONDS_PER_MILLION));
    if (cost.rssMiB !== null) list.push(bar(`${file.name}: peak RSS, MiB`, cost.rssMiB, MAX_RSS_MIB));
    if (file.lines === 5_000_000)
      list.push(bar(`${file.name}: wall seconds`, cost.wallSeconds, MAX_WALL_SECONDS_AT_5M));
    return list;
  });
  const growth = growthOf(ours);
  return growth === null ? found : [...found, bar('peak RSS as auth lines grow tenfold, ratio', growth, MAX_GROWTH)];
}

function bar(name: string, value: number, most: number): Bar {
  return { name, met: value <= most, said: `${value.toFixed(2)} (at most ${most})` };
}

function growthOf(ours: readonly Row[]): number | null {
  const small = ours.find(({ file }) => file.kind === 'auth' && file.lines === 1_000_000)?.cost.rssMiB;
  const large = ours.find(({ file }) => file.kind === 'auth' && file.lines === 10_000_000)?.cost.rssMiB;
  return small && large ? large / small : null;
}

interface Said {
  readonly verdict?: string;
  readonly entries?: unknown;
}

/** Did the analysis find the truth of the generated file? A fast wrong answer is worth nothing. Null: it did. */
export function mistake(file: Prepared, output: string): string | null {
  let said: Said;
  try {
    said = JSON.parse(output) as Said;
  } catch {
    return 'the output is not JSON';
  }
  const breach = 'breach' in file.truth ? file.truth.breach : null;
  if (breach === null)
    return file.kind === 'auth' || said.verdict === 'attacked' ? null : `said ${said.verdict}, not attacked`;
  if (said.verdict !== 'breached') return `said ${said.verdict}, not breached`;
  const entries = JSON.stringify(said.entries ?? []);
  return entries.includes(breach.ip) ? null : `the way in from ${breach.ip} is not among its entries`;
}
