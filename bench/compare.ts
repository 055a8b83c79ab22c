import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openHostFiles } from '../src/cli/compare-host.ts';
import type { RawRecord } from '../src/core/stages.ts';
import { formatSecret } from '../src/core/tlog/note.ts';
import { type Comparison, compareLines } from '../src/ledger/compare/compare.ts';
import { heldFiles, heldRecords } from '../src/ledger/compare/fixtures/held-lines.ts';
import { StreamLines } from '../src/ledger/compare/stream-lines.ts';
import { realDisk } from '../src/ledger/disk.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import { LedgerReader } from '../src/ledger/reader.ts';
import { startSigner } from '../src/signer/process.ts';
import { prepare, workload } from './workloads.ts';

// `spoor compare` without its start: a million lines of an auth log against the ledger that got them, unpacked and read from this disk,
// with edits planted that must be found; then shapes of hostile lines in memory. `npx tsx bench/compare.ts [LINES]`

const DATA = join(import.meta.dirname, 'data');
const STREAM = 'vault/auth';
const MOST_SECONDS = 5;
const BATCH = 2000;

async function* batchesOf(path: string): AsyncGenerator<RawRecord[]> {
  let batch: RawRecord[] = [];
  let us = 1_700_000_000_000_000;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    us += 100;
    batch.push({
      stream: STREAM,
      bytes: Buffer.from(`<38>${line}`),
      receivedAtUs: us,
      via: 'tcp:192.0.2.7:514',
      peer: 'none',
    });
    if (batch.length === BATCH) yield batch.splice(0);
  }
  if (batch.length > 0) yield batch;
  batch = [];
}

/** A ledger that holds the lines of a file; made on first use. */
async function ledgerOf(path: string, lines: number): Promise<string> {
  const folder = join(DATA, `compare-${lines}`);
  if (existsSync(join(folder, 'done'))) return folder;
  process.stderr.write(`making ${folder}\n`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'signer'), { recursive: true });
  const key = join(folder, 'signer', 'key');
  const origin = 'bench.example/compare';
  writeFileSync(key, formatSecret(origin, randomBytes(32)), { mode: 0o400 });
  const signer = await startSigner(folder, key, origin);
  const nowUs = () => 1_700_000_000_000_000;
  const ledger = await Ledger.open({
    disk: realDisk(folder),
    random: randomBytes,
    nowUs,
    origin,
    signer,
    policy: 'P1D\n',
  });
  for await (const batch of batchesOf(path)) await ledger.append(batch);
  await ledger.seal();
  await ledger.pack();
  await ledger.close();
  await signer.stop();
  writeFileSync(join(folder, 'done'), '');
  return folder;
}

/** The file with 1,000 lines deleted, 100 changed and 100 put in, spread over it. */
async function edited(path: string, lines: number): Promise<string> {
  const to = `${path}.edited`;
  const step = Math.floor(lines / 1000);
  const kept: string[] = [];
  let at = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    at += 1;
    if (at % step === 17) continue;
    kept.push(at % (10 * step) === 29 ? line.replace(/(\d)$|[a-z](?=[^a-z]*$)/, 'Q') : line);
    if (at % (10 * step) === 41) kept.push(`${line.slice(0, 15)} vault forged[${at}]: put in by hand`);
  }
  writeFileSync(to, `${kept.join('\n')}\n`);
  return to;
}

const options = { zone: null, most: 20, fromUs: null, takenUs: null, writtenUs: null };
const said = ({ missing, added, changed, moved, same, steps, records, lines }: Comparison) =>
  `${missing.count} missing, ${added.count} added, ${changed.count} changed, ${moved.count} moved, ${same} the same; ${(steps / (records + lines)).toFixed(1)} steps a line`;

async function timed(name: string, work: () => Promise<Comparison>): Promise<number> {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  const found = await work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - wall) / 1000;
  const rss = Math.round(process.memoryUsage().rss / 2 ** 20);
  process.stdout.write(
    `${name}: ${seconds.toFixed(2)} s, CPU ${((user + system) / 1e6).toFixed(2)} s, RSS ${rss} MiB: ${said(found)}\n`,
  );
  return seconds;
}

async function compareFile(folder: string, path: string): Promise<Comparison> {
  const reader = await LedgerReader.open(realDisk(folder));
  try {
    return await compareLines(new StreamLines(reader, STREAM, reader.size), await openHostFiles([path]), {
      ...options,
      key: randomBytes(8),
    });
  } finally {
    await reader.close();
  }
}

function shapes(n: number): Readonly<Record<string, readonly [string[], string[]]>> {
  const repeat = (line: (at: number) => string) => Array.from({ length: n }, (_, at) => line(at));
  return {
    'all lines equal, amid others': [
      ['a', ...repeat(() => 'x'), 'b'],
      ['c', ...repeat(() => 'x'), 'd'],
    ],
    reversed: [repeat((at) => `line ${at}`), repeat((at) => `line ${n - at}`)],
    'two kinds': [repeat((at) => (at % 2 ? 'x' : 'y')), repeat((at) => (at % 3 ? 'x' : 'y'))],
    'nothing in common': [repeat((at) => `left ${at}`), repeat((at) => `right ${at}`)],
  };
}

async function main(): Promise<void> {
  const lines = Number(process.argv[2] ?? 1_000_000);
  const { path } = prepare(workload('auth', lines));
  const folder = await ledgerOf(path, lines);
  const changed = await edited(path, lines);
  const seconds = [
    await timed('the same file', () => compareFile(folder, path)),
    await timed('edited file', () => compareFile(folder, changed)),
  ];
  for (const [name, [held, found]] of Object.entries(shapes(lines / 2))) {
    const file = { file: 'x', bytes: Buffer.from(`${found.join('\n')}\n`) };
    await timed(name, () => compareLines(heldRecords(held), heldFiles([file]), { ...options, key: randomBytes(8) }));
  }
  const worst = Math.max(...seconds);
  process.stdout.write(
    `${worst <= MOST_SECONDS ? 'met   ' : 'MISSED'} ${worst.toFixed(2)} s (at most ${MOST_SECONDS} for a million lines)\n`,
  );
  if (worst > MOST_SECONDS) process.exitCode = 1;
}

await main();
