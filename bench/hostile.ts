import { parseArgs } from 'node:util';
import { decodeBytes } from './decode-bytes.ts';
import { build, SHAPES, type Shape } from './hostile-shapes.ts';

const LARGEST = 1 << 20; // what is kept of one line
const SMALLEST = 1 << 12;
const REPEATS = 5;
/** Linear is 8 from n to 8n, and quadratic 64. A sort of 100,000 keys with cold caches and the collector at work reaches 24. */
const SUSPICIOUS = 32;
/** Times below this say more about the clock than about us. */
const FLOOR_MS = 2;
const TOO_SLOW_MS = 4_000;

async function once(bytes: Buffer): Promise<number> {
  const before = process.cpuUsage();
  await decodeBytes(bytes, { emit: () => undefined });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The best of a few runs, ms of CPU. */
async function time(bytes: Buffer): Promise<number> {
  let best = await once(bytes);
  for (let nth = 1; nth < REPEATS && best < TOO_SLOW_MS / 8; nth += 1) best = Math.min(best, await once(bytes));
  return best;
}

/**
 * Times at n, 2n, 4n, 8n, with 8n = 1 MiB. Smaller sizes go first, doubling, so that a shape that is worse than
 * linear is caught while it still ends: it then shows the last four sizes that it got to.
 */
async function series(shape: Shape): Promise<number[]> {
  const times: number[] = [];
  for (let bytes = SMALLEST; bytes <= LARGEST; bytes *= 2) {
    times.push(await time(build(shape, bytes)));
    if ((times.at(-1) as number) > TOO_SLOW_MS) break;
  }
  return times.slice(-4);
}

async function report(shape: Shape): Promise<boolean> {
  process.stdout.write(shape.name.padEnd(42)); // first, so that one that hangs has said its name
  let times: number[];
  try {
    times = await series(shape);
  } catch (error) {
    process.stdout.write(`  CRASHED: ${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
  const [first = 0] = times;
  const last = times.at(-1) ?? 0;
  const ratio = last / Math.max(first, FLOOR_MS);
  const bad = ratio > SUSPICIOUS || last > TOO_SLOW_MS;
  const cells = times.map((ms) => ms.toFixed(1).padStart(9)).join('');
  process.stdout.write(
    `${cells}${(last / Math.max(first, 0.01)).toFixed(1).padStart(9)}  ${bad ? 'NOT LINEAR' : ''}\n`,
  );
  return !bad;
}

/** `tsx bench/hostile.ts [--only TEXT]`: exit code 1 when a shape costs more than linear time, or crashes. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
  await decodeBytes(build(SHAPES[0] as Shape, LARGEST)); // what is compiled and loaded once is not counted
  process.stdout.write(
    'CPU ms for one hostile input of n, 2n, 4n and 8n bytes; 8n is 1 MiB; linear time is a ratio of 8\n\n',
  );
  process.stdout.write(`${'shape'.padEnd(42)}        n       2n       4n       8n    ratio\n`);
  let bad = 0;
  for (const shape of SHAPES) if (shape.name.includes(values.only) && !(await report(shape))) bad += 1;
  process.stdout.write(`\n${bad === 0 ? 'all linear' : `${bad} not linear, or crashed`}\n`);
  if (bad > 0) process.exitCode = 1;
}

await main();
