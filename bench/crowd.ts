import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ServerProcess } from '../test/e2e/serving/server-process.ts';
import { jsonOf, send } from './sending.ts';
import { cpuOf, partOf } from './serve-costs.ts';
import { prepare, workload } from './workloads.ts';

// Many people at one server: `npm run build`, then `npx tsx bench/crowd.ts [--seconds 60] [--rate 20000] [--clients 200] [--think 3000]`. Lines come
// at a steady rate, first alone, then while the clients follow and ask. The bar: cheap questions within a second, and lines that are not held up.

process.env['SPOOR_PROGRAM'] ??= join(import.meta.dirname, '../bin/spoor');
const { freePort } = await import('../test/free-port.ts');
const { ServerProcess: Served, until } = await import('../test/e2e/serving/server-process.ts');

const BAR_MS = 1000;
const BAR_BEGUN_MS = 3000;
const BAR_SLOWER = 1.2;
const PATIENCE_MS = 600_000;
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    rate: { type: 'string', default: '20000' },
    clients: { type: 'string', default: '200' },
    think: { type: 'string', default: '3000' },
  },
});
const [seconds, rate] = [Number(values.seconds), Number(values.rate)];
const say = (what: string, ...figures: readonly string[]) =>
  process.stdout.write(`${what.padEnd(26)} ${figures.map((figure) => figure.padStart(10)).join('')}\n`);

interface Crowd {
  readonly took: Readonly<Record<string, readonly number[]>>;
  readonly refused: Readonly<Record<string, number>>;
  readonly tails: Readonly<Record<string, number>>;
  /** From the question to what a tail begins with, milliseconds. */
  readonly beginnings: readonly number[];
  readonly cpuSeconds: number;
}

/** Sends for a while; how long it took until all was durable, and in the index. */
async function taken(server: ServerProcess, port: number, file: string): Promise<number> {
  const before = (await server.status()).ledger.size;
  const cpu = new Map(server.processes().map(({ pid }) => [pid, cpuOf(pid)]));
  const { sent, beganMs } = await send(port, rate, seconds, file, '--now');
  await until('all to be durable', async () => (await server.status()).ledger.size >= before + sent, PATIENCE_MS);
  const durable = (Date.now() - beganMs) / 1000;
  await until('all to be in the index', async () => (await server.status()).index.lag === 0, PATIENCE_MS);
  const indexed = (Date.now() - beganMs) / 1000;
  const used = server
    .processes()
    .map(({ pid, command }) => `${partOf(command)} ${(cpuOf(pid) - (cpu.get(pid) ?? 0)).toFixed(0)}`)
    .filter((text) => !text.endsWith(' 0'));
  say(
    `${sent.toLocaleString('en')} lines`,
    `durable ${durable.toFixed(1)} s, indexed ${indexed.toFixed(1)} s, CPU s: ${used.join(', ')}`,
  );
  return indexed;
}

/** Says how long it took; false when the slowest hundredth took longer than the bar. */
function within(barMs: number, what: string, all: readonly number[]): boolean {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  say(what, String(sorted.length), at(0.5).toFixed(0), at(0.99).toFixed(0));
  return at(0.99) <= barMs;
}

function told({ took, refused, tails, beginnings, cpuSeconds }: Crowd): boolean {
  say('', 'answers', 'p50 ms', 'p99 ms');
  const kinds = Object.entries(took).map(([what, all]) => within(BAR_MS, what, all));
  const all = within(BAR_MS, 'all', Object.values(took).flat());
  const begun = within(BAR_BEGUN_MS, 'a tail begins', beginnings);
  say('not answered', JSON.stringify(refused));
  say('tails', JSON.stringify(tails));
  say('CPU s of the clients', cpuSeconds.toFixed(1));
  return all && begun && !kinds.includes(false) && Object.keys(refused).length === 0 && tails['ended'] === 0;
}

const { path } = prepare(workload('auth', 1_000_000));
const folder = mkdtempSync(join(tmpdir(), 'spoor-bench-crowd-'));
chmodSync(folder, 0o755);
const port = await freePort();
const server = new Served(join(folder, 'data'), [{ type: 'syslog-tcp', port }], { index: { memoryMb: 1024 } });
try {
  await server.start();
  await server.running();
  const alone = await taken(server, port, path);
  const args = ['--socket', server.paths.socket, '--file', path, '--clients', values.clients, '--think', values.think];
  const [crowded, crowd] = await Promise.all([
    taken(server, port, path),
    jsonOf('crowd-clients.ts', [...args, '--seconds', values.seconds]) as Promise<Crowd>,
  ]);
  const slower = crowded / alone;
  say('with the clients', `${slower.toFixed(2)} of the time alone`);
  if (!told(crowd) || slower > BAR_SLOWER) process.exitCode = 1;
} finally {
  await server.killAll();
  rmSync(folder, { recursive: true, force: true });
}
