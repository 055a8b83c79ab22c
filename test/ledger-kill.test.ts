import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { formatSecret } from '../src/core/tlog/note.ts';
import { realDisk } from '../src/ledger/disk.ts';
import { PACK_RECORDS, PackReader } from '../src/ledger/pack.ts';
import { parseRecord } from '../src/ledger/record.ts';
import { findLog } from '../src/ledger/recover.ts';
import { Edge } from '../src/ledger/tile.ts';
import { walBundles } from '../src/ledger/wal-scan.ts';

const KILLS = process.env['SPOOR_FULL'] ? 12 : 6;
/** Ledgers that are killed so often each; together over 200 kills in the full run. */
const LEDGERS = process.env['SPOOR_FULL'] ? 17 : 1;
const WRITER = new URL('./ledger-writer.ts', import.meta.url).pathname;
const base = mkdtempSync(join(tmpdir(), 'spoor-kill-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

interface Ack {
  readonly first: number;
  readonly last: number;
  readonly text: string;
}

/** What one run said before it was killed. */
interface Run {
  readonly acks: Ack[];
  readonly sealed: Map<number, string>;
}

/** Runs a writer and kills it, with its signer, so many milliseconds after it said `mark`: that it is open, or that it sealed. */
function killedAfter(
  name: string,
  mark: 'open' | 'sealed',
  milliseconds: number,
  folder: string,
  keyFile: string,
): Promise<Run> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', WRITER, folder, keyFile, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let marked = false;
  const run: Run = { acks: [], sealed: new Map() };
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const [what, ...rest] = line.split(' ');
      if (what === mark && !marked) setTimeout(() => child.kill('SIGKILL'), milliseconds);
      marked ||= what === mark;
      if (what === 'ack' && rest.length === 4)
        run.acks.push({ first: Number(rest[0]), last: Number(rest[1]), text: `${name} ${rest[2]} ${rest[3]} ` });
      if (what === 'sealed' && rest.length === 2 && rest[1]?.length === 44) run.sealed.set(Number(rest[0]), rest[1]);
    });
    child.once('error', reject);
    child.once('close', (code, signal) =>
      signal === 'SIGKILL' ? resolve(run) : reject(new Error(`the writer ended: ${code}`)),
    );
  });
}

/** Every entry of a ledger on the disk, in its order. */
async function* entriesOf(folder: string): AsyncGenerator<Buffer> {
  const disk = realDisk(folder);
  const { packed, wals } = await findLog(disk);
  for (let n = 0; n * PACK_RECORDS < packed; n += 1) {
    const pack = await PackReader.open(disk, n);
    for (let bundle = 0; bundle < 256; bundle += 1) yield* await pack.bundle(bundle);
    await pack.close();
  }
  for (const { first } of wals) for await (const bundle of walBundles(disk, first, 256)) yield* bundle;
}

const ledgers = Array.from({ length: LEDGERS }, (_, nth) => nth);

test.each(ledgers)(
  `ledger %i: after each of ${KILLS} kills all that was acknowledged stands, and every checkpoint is of this one log`,
  async (nth) => {
    const folder = join(base, `ledger-${nth}`);
    mkdirSync(folder);
    mkdirSync(join(base, `signer-${nth}`), { mode: 0o700 });
    const keyFile = join(base, `signer-${nth}`, 'key');
    writeFileSync(keyFile, formatSecret('ledger.example/main', randomBytes(32)), { mode: 0o400 });
    const acks: Ack[] = [];
    const sealed = new Map<number, string>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const run = await killedAfter(
        `run${kill}`,
        kill % 3 === 0 ? 'open' : 'sealed',
        3 + (((nth * KILLS + kill) * 7919) % 240),
        folder,
        keyFile,
      );
      acks.push(...run.acks);
      for (const [size, root] of run.sealed) {
        expect(sealed.get(size) ?? root, `two checkpoints of ${size}`).toBe(root);
        sealed.set(size, root);
      }
    }
    expect(acks.length).toBeGreaterThan(KILLS);
    expect(sealed.size).toBeGreaterThanOrEqual(KILLS / 2);
    await expectAll(folder, acks, sealed);
  },
);

async function expectAll(folder: string, acks: readonly Ack[], sealed: ReadonlyMap<number, string>): Promise<void> {
  const expected = new Map<number, string>();
  for (const { first, last, text } of acks)
    for (let at = first; at <= last; at += 1) expected.set(at, `${text}${at - first} `);
  const edge = new Edge();
  const next = new Map<string, number>();
  for await (const entry of entriesOf(folder)) {
    const index = edge.size;
    const { fields, payload } = parseRecord(entry);
    const said = expected.get(index);
    if (said !== undefined && !payload.toString().startsWith(said))
      expect.fail(`record ${index} is not what was acknowledged`);
    const { stream, seq } = fields;
    if (stream !== undefined) {
      if (seq !== String(next.get(stream) ?? 0)) expect.fail(`record ${index}: ${stream} goes on with ${seq}`);
      next.set(stream, Number(seq) + 1);
    }
    edge.append(entry);
    const root = sealed.get(edge.size);
    if (root !== undefined) expect(edge.root().toString('base64'), `the checkpoint of ${edge.size}`).toBe(root);
  }
  expect(edge.size).toBeGreaterThanOrEqual(largest(expected.keys()) + 1);
  expect(edge.size).toBeGreaterThanOrEqual(largest(sealed.keys()));
}

function largest(numbers: Iterable<number>): number {
  let most = 0;
  for (const one of numbers) most = Math.max(most, one);
  return most;
}
