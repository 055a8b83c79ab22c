import { randomBytes } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RawRecord } from '../src/core/stages.ts';
import { formatSecret } from '../src/core/tlog/note.ts';
import { realDisk } from '../src/ledger/disk.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import { type RunningSigner, startSigner } from '../src/signer/process.ts';

// Writing to a ledger on this disk, with its signer and its packs: records a second in batches, single appends with their delay, what a
// record of an auth log takes once it is packed, and how long a start takes. The yardstick is the disk itself: the same bytes, written and
// synced in the same batches, without a ledger.

const ORIGIN = 'bench.example/main';
const ROOT = join(import.meta.dirname, 'data');
const BATCHES = 800;
const BATCH = 1000;
const WRITERS = 4;
const CLIENTS = 64;
const SINGLE_SECONDS = 5;
const AUTH_LOG = join(ROOT, 'auth-1M-1.log');

interface Opened {
  readonly ledger: Ledger;
  readonly signer: RunningSigner;
}

async function open(folder: string): Promise<Opened> {
  const [ledgerFolder, own] = [join(folder, 'ledger'), join(folder, 'signer')];
  for (const made of [ledgerFolder, own]) mkdirSync(made, { recursive: true });
  const key = join(own, 'key');
  if (!existsSync(key)) writeFileSync(key, formatSecret(ORIGIN, randomBytes(32)), { mode: 0o400 });
  const signer = await startSigner(ledgerFolder, key, ORIGIN);
  const nowUs = () => Date.now() * 1000;
  const options = {
    disk: realDisk(ledgerFolder),
    random: randomBytes,
    nowUs,
    origin: ORIGIN,
    signer,
    policy: 'P365D\n',
  };
  return { signer, ledger: await Ledger.open(options) };
}

/** Seals every second and packs what is full, as the server does, until told to stop. */
function keepSealing(ledger: Ledger): () => Promise<void> {
  let going = true;
  const loop = (async () => {
    while (going) {
      await ledger.seal();
      await ledger.pack();
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  })();
  return async () => {
    going = false;
    await loop;
  };
}

const record = (bytes: Buffer): RawRecord => ({
  stream: 'web1/auth',
  bytes,
  receivedAtUs: Date.now() * 1000,
  via: 'tls:192.0.2.10:51514',
  peer: 'none',
});

const LINE = Buffer.from(
  '<38>Jan  2 03:04:05 web1 sshd[811]: Failed password for root from 203.0.113.7 port 4242 ssh2'.padEnd(200, '.'),
);

async function inBatches(ledger: Ledger): Promise<string> {
  const [began, used] = [performance.now(), process.cpuUsage()];
  const writer = async () => {
    for (let nth = 0; nth < BATCHES / WRITERS; nth += 1)
      await ledger.append(Array.from({ length: BATCH }, () => record(LINE)));
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(used);
  return `${perSecond(BATCHES * BATCH, seconds)} records/s durable, ${((user + system) / BATCHES / BATCH).toFixed(1)} CPU µs a record`;
}

async function oneByOne(ledger: Ledger): Promise<string> {
  const delays: number[] = [];
  const began = performance.now();
  const client = async () => {
    while (performance.now() - began < SINGLE_SECONDS * 1000) {
      const at = performance.now();
      await ledger.append([record(LINE)]);
      delays.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  delays.sort((a, b) => a - b);
  const at = (share: number) => (delays[Math.floor(delays.length * share)] as number).toFixed(1);
  return `${perSecond(delays.length, SINGLE_SECONDS)} records/s, delay p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

/** The same bytes in the same batches, to a plain file: what this disk can do. */
async function plainFile(folder: string): Promise<string> {
  const disk = realDisk(folder);
  const file = await disk.open('plain', 'new');
  const batch = Buffer.alloc(BATCH * 320);
  const began = performance.now();
  for (let nth = 0; nth < BATCHES / WRITERS; nth += 1) {
    await file.write([batch, batch, batch, batch], nth * batch.length * WRITERS);
    await file.sync();
  }
  const seconds = (performance.now() - began) / 1000;
  await file.close();
  return `${perSecond(BATCHES * BATCH, seconds)} records/s`;
}

async function authLog(ledger: Ledger): Promise<number> {
  let batch: RawRecord[] = [];
  for await (const line of createInterface({ input: createReadStream(AUTH_LOG) })) {
    batch.push(record(Buffer.from(line)));
    if (batch.length < BATCH) continue;
    await ledger.append(batch);
    batch = [];
  }
  if (batch.length > 0) await ledger.append(batch);
  await ledger.seal();
  return ledger.pack();
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => statSync(join(folder, path)))
    .reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0);
}

const perSecond = (count: number, seconds: number) => Math.round(count / seconds).toLocaleString('en-US');
const say = (what: string, figure: string) => process.stdout.write(`${what.padEnd(58)} ${figure}\n`);

const folder = mkdtempSync(join(ROOT, 'ledger-'));
try {
  say('the disk alone: batches of 4,000 written and synced', await plainFile(folder));
  const { ledger, signer } = await open(join(folder, 'a'));
  const stop = keepSealing(ledger);
  say(`${WRITERS} writers, batches of ${BATCH} (bar: 50,000; goal: 100,000)`, await inBatches(ledger));
  say(`${CLIENTS} clients, one record each (bar: 8,000, p99 50 ms)`, await oneByOne(ledger));
  await stop();
  await ledger.seal();
  await ledger.pack();
  await ledger.close();
  await signer.stop();
  const began = performance.now();
  const again = await open(join(folder, 'a'));
  say(
    `start with ${again.ledger.size.toLocaleString('en-US')} records (bar: 2 s)`,
    `${Math.round(performance.now() - began)} ms, signer included`,
  );
  await again.ledger.close();
  await again.signer.stop();
  if (existsSync(AUTH_LOG)) {
    const cold = await open(join(folder, 'b'));
    const packs = await authLog(cold.ledger);
    const records = packs * 65_536;
    say(
      'auth log: bytes a record once packed (bar: 40)',
      (bytesBelow(join(folder, 'b', 'ledger', 'pack')) / records).toFixed(1),
    );
    await cold.ledger.close();
    await cold.signer.stop();
  } else say('auth log', `skipped: ${AUTH_LOG} is not there (npm run bench makes it)`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
