import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { RawRecord } from '../src/core/stages.ts';
import { formatSecret } from '../src/core/tlog/note.ts';
import { realDisk } from '../src/ledger/disk.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import { PACK_RECORDS } from '../src/ledger/pack.ts';
import { type RunningSigner, startSigner } from '../src/signer/process.ts';

// How long a start takes after a kill -9 with many records behind: `npx tsx bench/ledger-start.ts [--records N] [--folder DIR]`. The
// ledger is written by the real writer, sealed and packed as it goes (a hundred million records take the better part of an hour and
// 1-2 GB); with --folder it stays, and another run goes on with it. Before each start the system is told to forget what the start reads.

const ORIGIN = 'bench.example/main';
/** The bar: milliseconds from the first call to the first record that is durable. */
const BAR_MS = 2000;
const RUNS = 3;
const BATCH = 8192;
/** The last log file is nearly full when the writer dies: the most that a start has to read again. */
const OPEN_RECORDS = 60_000;

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '2000000' },
    folder: { type: 'string' },
    child: { type: 'string' },
  },
});
const wanted = Number(values.records);
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'spoor-bench-start-'));

async function open(): Promise<{ readonly ledger: Ledger; readonly signer: RunningSigner }> {
  const [at, own] = [join(folder, 'ledger'), join(folder, 'signer')];
  for (const made of [at, own]) mkdirSync(made, { recursive: true });
  const key = join(own, 'key');
  if (!existsSync(key)) writeFileSync(key, formatSecret(ORIGIN, randomBytes(32)), { mode: 0o400 });
  const signer = await startSigner(at, key, ORIGIN);
  const nowUs = () => Date.now() * 1000;
  const policy = 'retention=P365D\n';
  const ledger = await Ledger.open({ disk: realDisk(at), random: randomBytes, nowUs, origin: ORIGIN, signer, policy });
  return { ledger, signer };
}

const record = (nth: number): RawRecord => ({
  stream: nth % 7 === 0 ? 'web1/auth' : 'web2/auth',
  bytes: Buffer.from(`session ${nth % 977} closed`),
  receivedAtUs: 1_767_323_045_000_000 + nth * 137,
  via: '-',
  peer: '-',
});

/** Writes until there are enough, says so, and goes on until it is killed. */
async function write(): Promise<never> {
  const { ledger } = await open();
  const end = wanted - (wanted % PACK_RECORDS) + OPEN_RECORDS;
  let said = 0;
  for (let at = ledger.size; ; at += BATCH) {
    const begin = at;
    await ledger.append(Array.from({ length: BATCH }, (_, nth) => record(begin + nth)));
    if (ledger.size % PACK_RECORDS < BATCH) {
      await ledger.seal();
      await ledger.pack();
    }
    if (ledger.size - said >= 1_000_000) {
      said = ledger.size;
      process.stdout.write(`written ${said}\n`);
    }
    if (ledger.size < end - BATCH) continue;
    await ledger.seal();
    process.stdout.write(`ready ${ledger.size}\n`);
    for (;;) await ledger.append([record(ledger.size)]);
  }
}

async function start(): Promise<void> {
  const began = performance.now();
  const { ledger, signer } = await open();
  const opened = performance.now() - began;
  await ledger.append([record(ledger.size)]);
  const durable = performance.now() - began;
  await ledger.seal();
  process.stdout.write(`${ledger.size} ${opened} ${durable} ${performance.now() - began}\n`);
  await ledger.close();
  await signer.stop();
}

const self = (child: string) =>
  spawn(
    process.execPath,
    [...process.execArgv, import.meta.filename, '--records', String(wanted), '--folder', folder, '--child', child],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );

/** Has the ledger written by a process of its own, and kills that. */
async function killedWriter(): Promise<void> {
  const child = self('write');
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  for await (const line of createInterface({ input: child.stdout })) {
    process.stdout.write(`${line}\n`);
    if (line.startsWith('ready')) child.kill('SIGKILL');
  }
  await ended;
}

/** Tells the system to forget what it holds of the files that a start reads. */
function forget(): void {
  const files = ['wal', 'tile', 'pack'].map((name) => join(folder, 'ledger', name));
  execFileSync('sh', [
    '-c',
    'sync; find "$@" -type f ! -name "*.pack" | while read -r file; do dd if="$file" of=/dev/null iflag=nocache count=0 status=none; done',
    'sh',
    ...files,
  ]);
}

async function started(): Promise<number> {
  forget();
  const child = self('start');
  let durable = Number.NaN;
  for await (const line of createInterface({ input: child.stdout })) {
    const [size = 0, opened = 0, first = 0, sealed = 0] = line.split(' ').map(Number);
    durable = first;
    const figures = [opened, first, sealed].map((ms) => Math.round(ms));
    process.stdout.write(
      `start with ${size.toLocaleString('en-US')} records: open ${figures[0]} ms, first record durable ${figures[1]} ms, sealed ${figures[2]} ms\n`,
    );
  }
  return durable;
}

if (values.child === 'write') await write();
else if (values.child === 'start') await start();
else
  try {
    await killedWriter();
    const all: number[] = [];
    for (let run = 0; run < RUNS; run += 1) all.push(await started());
    const worst = Math.max(...all);
    process.stdout.write(
      `${worst <= BAR_MS ? 'met   ' : 'MISSED'} start after a kill: ${Math.round(worst)} ms at most (bar ${BAR_MS} ms)\n`,
    );
    if (!(worst <= BAR_MS)) process.exitCode = 1;
  } finally {
    if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
  }
