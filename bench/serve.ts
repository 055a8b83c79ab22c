import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { arch, cpus, hostname, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { engineClient } from '../src/engine/client.ts';
import type { ServerProcess } from '../test/e2e/serving/server-process.ts';
import { send } from './sending.ts';
import { bytesBelow, cpuOf, partOf, threadsOf } from './serve-costs.ts';
import { startRsyslog } from './serve-rsyslog.ts';
import { prepare, workload } from './workloads.ts';

// The live path: `npm run build`, then `npx tsx bench/serve.ts [--seconds 30] [--rate 40000] [--relp] [--burst] [--keep]`.
// A sender in its own process, a built server, and rsyslog beside it in the same go.

process.env['SPOOR_PROGRAM'] ??= join(import.meta.dirname, '../bin/spoor');
const { freePort } = await import('../test/free-port.ts');
const { ServerProcess: Served, until } = await import('../test/e2e/serving/server-process.ts');

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    rate: { type: 'string', default: '40000' },
    relp: { type: 'boolean', default: false },
    burst: { type: 'boolean', default: false },
    profile: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

const BURST = { rate: 80_000, seconds: 20 };
const IDLE_MS = 15_000;
const PATIENCE_MS = 600_000;
const seconds = Number(values.seconds);

/** What one go showed. Times are seconds, memory is MiB. */
interface Shown {
  readonly name: string;
  readonly lines: number;
  readonly linesPerSecond: number;
  readonly durableSeconds: number;
  readonly indexedSeconds: number;
  readonly searchable: { readonly p50: number; readonly p99: number } | null;
  /** CPU seconds of a million lines, by process. */
  readonly cpuPerMillion: Readonly<Record<string, number>>;
  readonly mainThreads: readonly number[];
  readonly peakMiB: number;
}

const say = (line: string) => process.stdout.write(`${line}\n`);

/** When each word could be found first, after it was sent; seconds. Asked one after the other, oldest first. */
function watchMarks(server: ServerProcess, isOver: () => boolean): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const look = async () => {
    while (!isOver()) {
      const events = (await server.ask('/api/v1/events?q=benchmark&limit=1000').catch(() => ({ events: [] }))) as {
        events: { user: string }[];
      };
      const now = Date.now();
      for (const { user } of events.events) if (!found.has(user)) found.set(user, now);
      await pause(250);
    }
    return found;
  };
  return look();
}

async function go(
  server: ServerProcess,
  port: number,
  rate: number,
  length: number,
  relp: boolean,
  file: string,
): Promise<Shown> {
  const processes = server.processes();
  const before = new Map(processes.map(({ pid }) => [pid, cpuOf(pid)]));
  const threadsBefore = threadsOf(server.pid);
  const { ledger } = await server.status();
  let isOver = false;
  let peak = 0;
  const memory = setInterval(() => {
    peak = Math.max(peak, server.memory());
  }, 1000);
  const marks = watchMarks(server, () => isOver);
  const { sent, beganMs, marks: said, ...sender } = await send(port, rate, length, file, relp ? '--relp' : '');
  await until('all to be durable', async () => (await server.status()).ledger.size >= ledger.size + sent, PATIENCE_MS);
  const durable = (Date.now() - beganMs) / 1000;
  await until('all to be in the index', async () => (await server.status()).index.lag === 0, PATIENCE_MS);
  const indexed = (Date.now() - beganMs) / 1000;
  await pause(1000);
  isOver = true;
  const found = await marks;
  clearInterval(memory);
  const millions = sent / 1e6;
  const cpu: Record<string, number> = { sender: sender.cpuSeconds / millions };
  for (const { pid, command } of server.processes()) {
    const part = partOf(command);
    cpu[part] = (cpu[part] ?? 0) + (cpuOf(pid) - (before.get(pid) ?? 0)) / millions;
  }
  const delays = said.flatMap(({ word, atMs }) =>
    (found.get(word) ?? 0) > 0 ? [((found.get(word) as number) - atMs) / 1000] : [],
  );
  delays.sort((a, b) => a - b);
  const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? Number.NaN;
  return {
    name: `${relp ? 'RELP' : 'TCP'}, ${rate}/s for ${length} s`,
    lines: sent,
    linesPerSecond: sent / Math.max(durable, sender.seconds),
    durableSeconds: durable,
    indexedSeconds: indexed,
    searchable: delays.length === 0 ? null : { p50: at(0.5), p99: at(0.99) },
    cpuPerMillion: cpu,
    mainThreads: threadsOf(server.pid)
      .map((now, nth) => now - (threadsBefore[nth] ?? 0))
      .slice(0, 6),
    peakMiB: peak,
  };
}

function told({
  name,
  lines,
  linesPerSecond,
  durableSeconds,
  indexedSeconds,
  searchable,
  cpuPerMillion,
  mainThreads,
  peakMiB,
}: Shown): string {
  const cpu = Object.entries(cpuPerMillion).map(([part, used]) => `${part} ${used.toFixed(2)}`);
  const all = Object.entries(cpuPerMillion).reduce((sum, [part, used]) => sum + (part === 'sender' ? 0 : used), 0);
  return [
    `${name}: ${lines.toLocaleString('en')} lines, ${Math.round(linesPerSecond).toLocaleString('en')} lines/s`,
    `  durable after ${durableSeconds.toFixed(1)} s, indexed after ${indexedSeconds.toFixed(1)} s, searchable p50 ${searchable?.p50.toFixed(1) ?? '-'} s, p99 ${searchable?.p99.toFixed(1) ?? '-'} s`,
    `  CPU seconds a million lines: ${all.toFixed(2)} without the sender (${cpu.join(', ')}); threads of main ${mainThreads.map((s) => s.toFixed(1)).join(' ')} s`,
    `  at most ${Math.round(peakMiB)} MiB`,
  ].join('\n');
}

/** Bytes of the index's parts that are in use. */
async function activeBytes(server: ServerProcess): Promise<number> {
  const client = engineClient({ socketPath: server.paths.engineSocket });
  try {
    const answer = await client.query({
      query: "SELECT toFloat64(sum(bytes_on_disk)) AS bytes FROM system.parts WHERE active AND database = 'spoor'",
      format: 'JSONEachRow',
    });
    const [row] = await answer.json<{ bytes: number }>();
    return row?.bytes ?? Number.NaN;
  } finally {
    await client.close();
  }
}

async function yardstick(folder: string, rate: number, length: number, file: string) {
  const port = await freePort();
  const own = join(folder, 'rsyslog');
  mkdirSync(own);
  const rsyslog = await startRsyslog(own, port);
  if (rsyslog === null) {
    say('SKIPPED rsyslog with mmnormalize: not installed (rsyslog, and mmnormalize of rsyslog-mmnormalize or rsyslog)');
    return null;
  }
  await pause(1000);
  const { sent } = await send(port, rate, length, file, '');
  let size = -1;
  await until('rsyslog to be done', async () => {
    const before = size;
    await pause(1000);
    size = existsSync(rsyslog.out) ? statSync(rsyslog.out).size : 0;
    return size > 0 && size === before;
  });
  const cpuPerMillion = rsyslog.cpuSeconds() / (sent / 1e6);
  await rsyslog.stop();
  say(
    `rsyslog + mmnormalize to a file: CPU seconds a million lines ${cpuPerMillion.toFixed(2)} (no durability, no index, no search)`,
  );
  return { cpuPerMillion };
}

async function main(): Promise<void> {
  const { path } = prepare(workload('auth', 1_000_000));
  const folder = mkdtempSync(join(tmpdir(), 'spoor-bench-serve-'));
  chmodSync(folder, 0o755);
  const [tcp, relp] = [await freePort(), await freePort()];
  if (values.profile !== undefined) process.env['SPOOR_NODE'] = `--cpu-prof --cpu-prof-dir=${values.profile}`;
  const server = new Served(
    join(folder, 'data'),
    [
      { type: 'syslog-tcp', port: tcp },
      { type: 'relp', port: relp },
    ],
    { index: { memoryMb: 1024 } },
  );
  try {
    await server.start();
    await server.running();
    await pause(IDLE_MS);
    const idleMiB = server.memory();
    say(`idle: ${Math.round(idleMiB)} MiB (${server.processes().length} processes)`);
    const rows = [await go(server, values.relp ? relp : tcp, Number(values.rate), seconds, values.relp, path)];
    if (values.burst) rows.push(await go(server, tcp, BURST.rate, BURST.seconds, false, path));
    for (const row of rows) say(told(row));
    await pause(15_000); // parts are merged
    const { ledger: own, index } = await server.status();
    const all = bytesBelow(server.paths.index) / index.indexed;
    const disk = {
      ledger: bytesBelow(server.paths.ledger) / own.size,
      index: (await activeBytes(server)) / index.indexed,
    };
    say(
      `disk: ${(disk.ledger + disk.index).toFixed(1)} bytes an event (ledger ${disk.ledger.toFixed(1)}, index ${disk.index.toFixed(1)}; with parts that were merged and go in minutes ${all.toFixed(1)})`,
    );
    await server.stop();
    const beside = await yardstick(folder, Number(values.rate), Math.min(seconds, 20), path);
    if (values.keep) keep({ idleMiB, rows, disk, rsyslog: beside });
  } finally {
    await server.killAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

function keep(shown: object): void {
  const date = new Date().toISOString();
  const path = join(import.meta.dirname, 'results', `${date.slice(0, 10)}-serve-${hostname()}.json`);
  const machine = {
    host: hostname(),
    cpu: cpus()[0]?.model ?? '',
    cores: cpus().length,
    arch: arch(),
    kernel: release(),
  };
  writeFileSync(path, `${JSON.stringify({ date, node: process.version, machine, ...shown }, null, 2)}\n`);
  say(`kept in ${path}`);
}

await main();
