import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, hostname, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bar, bars, mistake } from './bars.ts';
import { type Cost, measure } from './measure.ts';
import { median, type Row, table } from './table.ts';
import { type Prepared, prepare, standard, type Workload, workload } from './workloads.ts';
import { isInstalled, YARDSTICKS, type Yardstick } from './yardsticks.ts';

const ROOT = join(import.meta.dirname, '..');
const OURS = 'spoor investigate --json';
const SLOW_LINES = 1_000_000;

interface Wishes {
  readonly files: readonly Workload[];
  readonly runs: number;
  readonly check: boolean;
  /** Every standard file is measured: only such a go is kept. */
  readonly whole: boolean;
}

function wishes(): Wishes {
  const { values } = parseArgs({
    options: {
      lines: { type: 'string' },
      only: { type: 'string', default: '' },
      runs: { type: 'string', default: '3' },
      full: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
  });
  const lines = values.lines === undefined ? null : Number(values.lines);
  const all = lines === null ? standard(values.full) : [workload('auth', lines), workload('web', lines)];
  const files = all.filter(({ name }) => name.includes(values.only));
  const runs = Number(values.runs);
  const known = lines === null || (Number.isInteger(lines) && lines > 0);
  if (files.length === 0 || !(runs >= 1) || !known) {
    throw new Error('bench [--lines N] [--only auth|web|auth-1M…] [--runs N] [--full] [--check]');
  }
  return { files, runs, check: values.check, whole: lines === null && values.only === '' };
}

async function repeat(command: readonly string[], runs: number, keepOutput = false): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (let nth = 0; nth < runs; nth += 1) costs.push(await measure(command, { keepOutput }));
  return costs;
}

/** Our row, and what was wrong with the answer (null: nothing). */
async function measureOurs(file: Prepared, runs: number): Promise<{ row: Row; wrong: string | null }> {
  const command = [process.execPath, join(ROOT, 'bin/spoor'), 'investigate', file.path, '--json'];
  const costs = await repeat(command, runs, true);
  const mistakes = costs.map(({ exit, output }) => (exit === 0 ? mistake(file, output) : `exit code ${exit}`));
  const wrong = mistakes.find((said) => said !== null) ?? null;
  return { row: { file, program: OURS, runs, cost: median(costs) }, wrong };
}

async function measureYardstick(yardstick: Yardstick, file: Prepared, runs: number): Promise<Row | null> {
  if (!yardstick.kinds.includes(file.kind)) return null;
  const skip = (why: string) => {
    process.stdout.write(`SKIPPED ${yardstick.name} on ${file.name}: ${why}\n`);
    return null;
  };
  if (!isInstalled(yardstick.program)) return skip('not installed');
  if (yardstick.slow && file.lines > SLOW_LINES) return skip('too slow for this many lines');
  const times = yardstick.slow ? 1 : runs;
  const costs = await repeat(yardstick.command(file.kind, file.path), times);
  if (costs.some(({ exit }) => exit !== 0)) return skip('it failed');
  return { file, program: yardstick.name, runs: times, cost: median(costs) };
}

/** Our own run first, then the yardsticks, at once: ratios are only good within one go on one machine. */
async function measureFile(file: Prepared, runs: number): Promise<{ rows: Row[]; held: Bar[] }> {
  const { row: ours, wrong } = await measureOurs(file, runs);
  const rows = [ours];
  for (const yardstick of YARDSTICKS) {
    const row = await measureYardstick(yardstick, file, runs);
    if (row) rows.push(row);
  }
  process.stdout.write(`\n${table(file, rows, OURS)}\n`);
  return { rows, held: [{ name: `${file.name}: the right answer`, met: wrong === null, said: wrong ?? 'yes' }] };
}

function keep(rows: readonly Row[], held: readonly Bar[]): string {
  const date = new Date().toISOString();
  const folder = join(import.meta.dirname, 'results');
  const path = join(folder, `${date.slice(0, 10)}-${hostname()}.json`);
  const machine = {
    host: hostname(),
    cpu: cpus()[0]?.model ?? '',
    cores: cpus().length,
    arch: arch(),
    kernel: release(),
  };
  const runs = rows.map(({ file, program, runs: times, cost: { output: _, ...cost } }) => ({
    file: file.name,
    lines: file.lines,
    bytes: file.bytes,
    program,
    runs: times,
    ...cost,
  }));
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${JSON.stringify({ date, node: process.version, machine, runs, bars: held }, null, 2)}\n`);
  return path;
}

async function main(): Promise<void> {
  const { files, runs, check, whole } = wishes();
  if (!existsSync(join(ROOT, 'dist/cli/main.js'))) throw new Error('not built: run "npm run build" first');
  const rows: Row[] = [];
  const held: Bar[] = [];
  for (const file of files) {
    const measured = await measureFile(prepare(file), runs);
    rows.push(...measured.rows);
    held.push(...measured.held);
  }
  held.push(...bars(rows.filter(({ program }) => program === OURS)));
  for (const { name, met, said } of held) process.stdout.write(`${met ? 'met   ' : 'MISSED'} ${name}: ${said}\n`);
  process.stdout.write(whole ? `kept in ${keep(rows, held)}\n` : 'not kept: only part of the files was measured\n');
  if (check && held.some(({ met }) => !met)) process.exitCode = 1;
}

await main();
