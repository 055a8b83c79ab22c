import { chmodSync, createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ShownReindex } from '../src/api/view.ts';
import { askServer } from '../src/cli/server-client.ts';
import type { ServerProcess } from '../test/e2e/serving/server-process.ts';
import { prepare, workload } from './workloads.ts';

// Rebuilding the index while lines arrive: `npx tsx bench/reindex.ts [--records 10000000] [--rate 5000]`. A ledger of an auth log, received
// over ten days, is indexed by `spoor serve`; then all of it is reindexed while so many lines a second come by TCP. The bar: what comes out
// is what a fresh index holds, row for row, and the live lines are never far behind.

const DAYS = 10;
const SILENCE_MS = 4000;
const BAR_LAG = 100_000;
const { values } = parseArgs({
  options: { records: { type: 'string', default: '1000000' }, rate: { type: 'string', default: '5000' } },
});
const [records, rate] = [Number(values.records), Number(values.rate)];

process.env['SPOOR_PROGRAM'] ??= join(import.meta.dirname, '../bin/spoor');
const { freePort } = await import('../test/free-port.ts');
const { ServerProcess: Process } = await import('../test/e2e/serving/server-process.ts');
const { contentsOf, indexed, sql } = await import('../test/e2e/serving/index-contents.ts');
const { makeOldLedger } = await import('../test/e2e/serving/old-ledger.ts');

const say = (what: string, figure: string) => process.stdout.write(`${what.padEnd(58)} ${figure}\n`);
const perSecond = (count: number, seconds: number) => `${Math.round(count / seconds).toLocaleString('en-US')}/s`;
const HOURS_MS = 4 * 3_600_000;

async function linesOf(path: string): Promise<Buffer[]> {
  const lines: Buffer[] = [];
  for await (const line of createInterface({ input: createReadStream(path) })) lines.push(Buffer.from(line));
  return lines;
}

/** Sends lines at a steady rate; how many it sent when it is stopped. */
function sending(port: number, lines: readonly Buffer[]): () => Promise<number> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', (error) => process.stderr.write(`the sender: ${error.message}\n`));
  let [going, sent] = [true, 0];
  const began = Date.now();
  const loop = (async () => {
    while (going && !socket.destroyed) {
      const due = Math.floor(((Date.now() - began) / 1000) * rate) - sent;
      const batch = Array.from({ length: due }, (_, nth) => `<38>${lines[(sent + nth) % lines.length]}\n`);
      sent += due;
      if (!socket.write(batch.join(''))) await new Promise((resolve) => socket.once('drain', resolve));
      await pause(20);
    }
    await new Promise<void>((resolve) => socket.end(resolve));
  })();
  return async () => {
    going = false;
    await loop;
    return sent;
  };
}

async function reindexed(server: ServerProcess): Promise<{ done: ShownReindex; lag: number; memory: number }> {
  await askServer(server.paths, 'POST', '/api/v1/reindex');
  let [lag, memory] = [0, 0];
  for (;;) {
    const { index } = await server.status();
    lag = Math.max(lag, index.lag);
    memory = Math.max(memory, server.memory());
    if (index.reindex !== null && index.reindex.state !== 'running') return { done: index.reindex, lag, memory };
    await pause(250);
  }
}

async function measure(server: ServerProcess, port: number, lines: readonly Buffer[]): Promise<boolean> {
  const { paths, origin } = server;
  const lineOf = (nth: number) => ({ stream: 'old/auth', bytes: lines[nth % lines.length] as Buffer });
  await makeOldLedger({ folder: paths.ledger, origin, records, days: DAYS, lineOf });
  await server.start();
  const began = Date.now();
  await indexed(server, HOURS_MS);
  say(
    `indexing of ${records.toLocaleString('en-US')} records, at first`,
    perSecond(records, (Date.now() - began) / 1000),
  );
  await sql(server, "ALTER TABLE spoor.events UPDATE parser = '', user_name = '' WHERE parser = 'sshd'");
  const stop = sending(port, lines);
  const { done, lag, memory } = await reindexed(server);
  const sent = await stop();
  const speed = perSecond(done.rows, done.seconds);
  say(
    `reindex while ${rate.toLocaleString('en-US')} lines a second arrive`,
    `${done.state}: ${done.seconds} s, ${speed}`,
  );
  say('lines that came meanwhile', sent.toLocaleString('en-US'));
  say(`most records that waited to be indexed (bar: ${BAR_LAG.toLocaleString('en-US')})`, lag.toLocaleString('en-US'));
  say('memory of all processes', `${Math.round(memory)} MiB`);
  await pause(SILENCE_MS);
  await indexed(server, HOURS_MS);
  const rebuilt = JSON.stringify(await contentsOf(server));
  await server.stop();
  for (const path of [paths.index, paths.pipeline]) rmSync(path, { recursive: true });
  await server.start();
  await indexed(server, HOURS_MS);
  await pause(SILENCE_MS);
  const equal = rebuilt === JSON.stringify(await contentsOf(server));
  say('equal to a fresh index, row for row', equal ? 'yes' : 'NO');
  return equal && done.state === 'done' && lag <= BAR_LAG;
}

const folder = mkdtempSync(join(import.meta.dirname, 'data', 'reindex-'));
chmodSync(folder, 0o755);
const port = await freePort();
const server = new Process(join(folder, 'a'), [{ type: 'syslog-tcp', port }]);
try {
  if (!(await measure(server, port, await linesOf(prepare(workload('auth', 1_000_000)).path)))) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${server.said.slice(-5000)}\n`);
  throw error;
} finally {
  await server.killAll();
  rmSync(folder, { recursive: true, force: true });
}
