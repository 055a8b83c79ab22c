import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CrashDisk } from '../../test/crash-disk.ts';
import type { RawRecord } from '../core/stages.ts';
import { openCheckpoint } from '../core/tlog/checkpoint.ts';
import { leafHash } from '../core/tlog/merkle.ts';
import { ED25519, privateKeyOf, rawPublic, verifierKey } from '../core/tlog/note.ts';
import { SignerCore } from '../signer/core.ts';
import type { Disk } from './disk.ts';
import { Ledger } from './ledger.ts';
import { PACK_RECORDS, PackReader } from './pack.ts';
import { parseRecord } from './record.ts';
import { findLog } from './recover.ts';
import type { Head } from './seal.ts';
import { formatKeyFile, parseKeyFile, restKey } from './secrecy/keyring.ts';
import { SealedDisk } from './secrecy/sealed-disk.ts';
import { Edge } from './tile.ts';
import { scanWal } from './wal-scan.ts';

// A ledger and its signer die together at any call of either's disk, in two ways: the process is killed (the system still has what was
// not synced), or the power goes (it has not). Several lives follow each other.

const ORIGIN = 'ledger.example/main';
const secret = privateKeyOf(Buffer.alloc(32, 3));
const key = verifierKey(ORIGIN, ED25519, rawPublic(secret));
const KEYS = parseKeyFile(formatKeyFile([restKey(Buffer.alloc(32, 1))]));
const FULL = process.env['SPOOR_FULL'] !== undefined;

type Fail = (call: string) => void;

/** A ledger's disk and its signer's. */
interface Disks {
  readonly disk: CrashDisk;
  readonly own: CrashDisk;
}

/** All that was ever told to anybody. */
class Promised {
  readonly acks = new Map<number, string>();
  readonly roots = new Map<number, string>();

  copy(): Promised {
    const copy = new Promised();
    for (const [index, text] of this.acks) copy.acks.set(index, text);
    for (const [size, root] of this.roots) copy.roots.set(size, root);
    return copy;
  }

  acknowledge(first: number, texts: readonly string[]): void {
    for (const [at, text] of texts.entries()) {
      expect(this.acks.has(first + at), `record ${first + at} is acknowledged twice`).toBe(false);
      this.acks.set(first + at, text);
    }
  }

  signed({ size, root }: Head): void {
    const text = root.toString('base64');
    expect(this.roots.get(size) ?? text, `two checkpoints of ${size}`).toBe(text);
    this.roots.set(size, text);
  }
}

let salts = 0;
const random = (bytes: number) => {
  const salt = Buffer.alloc(bytes);
  salts += 1;
  salt.writeUInt32LE(salts, 0);
  return salt;
};

/** Stands between the ledger and its disk: nothing, or encryption. */
let over: (disk: Disk) => Disk = (disk) => disk;
const sealing = (disk: Disk) => new SealedDisk(disk, { origin: ORIGIN, keys: KEYS, random });

function opened(disks: Disks, promised: Promised): Promise<Ledger> {
  const { disk, own } = { disk: over(disks.disk), own: disks.own };
  const core = new SignerCore({ origin: ORIGIN, key, secret, ledger: disk, own });
  const sign = async (head: Head) => {
    const signature = await core.sign(head);
    promised.signed(head); // whether or not it is published
    return signature;
  };
  const signer = { key, sign };
  return Ledger.open({ disk, random, nowUs: () => 2_000_000, origin: ORIGIN, signer, policy: 'P365D\n' });
}

const raw = (text: string): RawRecord => ({
  stream: 'a',
  bytes: Buffer.from(text),
  receivedAtUs: 1_000_000,
  via: 'file',
  peer: 'none',
});

async function append(ledger: Ledger, texts: readonly string[], promised: Promised): Promise<void> {
  const { first } = await ledger.append(texts.map(raw));
  promised.acknowledge(first, texts);
}

/** Runs work, of which any part may fail; what failed first. */
async function attempt(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof Error && /power is gone|twice|two checkpoints/.test(error.message)) return error;
    throw error;
  }
}

async function* entriesOn(below: Disk): AsyncGenerator<Buffer> {
  const disk = over(below);
  const { packed, wals } = await findLog(disk);
  for (let n = 0; n * PACK_RECORDS < packed; n += 1) {
    const pack = await PackReader.open(disk, n);
    for (let bundle = 0; bundle < 256; bundle += 1) yield* await pack.bundle(bundle);
  }
  for (const { first } of wals) {
    const entries: Buffer[] = [];
    await scanWal(disk, first, (entry) => entries.push(entry));
    yield* entries;
  }
}

/** All that was acknowledged is there, and all that was signed is a beginning of this log. */
async function expectKept(disks: Disks, promised: Promised): Promise<void> {
  const ledger = await opened(disks, promised);
  await append(ledger, ['and on'], promised);
  const note = (await ledger.seal()) as string;
  expect(openCheckpoint(note, [key], ORIGIN).size).toBe(BigInt(ledger.size));
  await ledger.close();
  const edge = new Edge();
  const left = new Map(promised.acks);
  let seq = 0;
  for await (const entry of entriesOn(disks.disk)) {
    const index = edge.size;
    const wanted = left.get(index);
    if (wanted !== undefined) expect(parseRecord(entry).payload.toString()).toBe(wanted);
    left.delete(index);
    const { stream, seq: said } = parseRecord(entry).fields;
    if (stream === 'a') expect(said).toBe(String(seq++));
    edge.appendHash(leafHash(entry));
    const root = promised.roots.get(edge.size);
    if (root !== undefined) expect(edge.root().toString('base64'), `the checkpoint of ${edge.size}`).toBe(root);
  }
  expect([...left.keys()], 'acknowledged, and lost').toEqual([]);
  expect(edge.size).toBeGreaterThanOrEqual(Math.max(...promised.roots.keys()));
}

/** Dies at that call, counted over both disks. */
function dying(at: number): { fail: Fail; calls: readonly string[] } {
  const calls: string[] = [];
  const fail = (call: string) => {
    calls.push(call);
    if (calls.length > at) throw new Error('power is gone');
  };
  return { fail, calls };
}

function died({ disk, own }: Disks, how: 'kill' | 'power', pick: () => number, fail: Fail = () => {}): Disks {
  if (how === 'kill') return { disk: disk.killed(fail), own: own.killed(fail) };
  return { disk: disk.crash(pick, fail), own: own.crash(pick, fail) };
}

const life = fc.record({
  deathAt: fc.nat(45),
  how: fc.constantFrom('kill' as const, 'power' as const),
  sealsFirst: fc.boolean(),
  steps: fc.array(
    fc.record({ texts: fc.array(fc.string({ maxLength: 90 }), { minLength: 1, maxLength: 4 }), seal: fc.boolean() }),
    {
      minLength: 1,
      maxLength: 8,
    },
  ),
});

interface Life {
  readonly deathAt: number;
  readonly how: 'kill' | 'power';
  readonly sealsFirst: boolean;
  readonly steps: readonly { readonly texts: readonly string[]; readonly seal: boolean }[];
}

/** Writes and seals at once, until all is done or something of it fails. */
async function live(disks: Disks, { sealsFirst, steps }: Life, promised: Promised): Promise<void> {
  const ledger = await opened(disks, promised);
  if (sealsFirst) await ledger.seal();
  for (const { texts, seal } of steps) {
    const done = [append(ledger, texts, promised), append(ledger, ['beside'], promised), seal ? ledger.seal() : null];
    for (const result of await Promise.allSettled(done)) if (result.status === 'rejected') throw result.reason;
  }
}

/** A ledger with one log file that is full, and some records behind it. */
async function readyToPack(promised: Promised): Promise<Disks> {
  const disks: Disks = { disk: new CrashDisk(), own: new CrashDisk() };
  const ledger = await opened(disks, promised);
  const all = Array.from({ length: PACK_RECORDS + 299 }, (_, nth) => `${nth}`);
  for (let at = 0; at < all.length; at += 8000) await append(ledger, all.slice(at, at + 8000), promised);
  await ledger.close();
  return disks;
}

async function sealAndPack(disks: Disks, promised: Promised): Promise<void> {
  const ledger = await opened(disks, promised);
  await ledger.seal();
  await ledger.pack();
  await ledger.seal();
}

function picker(): () => number {
  let seed = 1;
  return () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
}

/** Calls after which little is missing: a head without its checkpoint, a pack whose name is not durable, a log file that is not removed. */
function worstOf(calls: readonly string[]): number[] {
  const after = (call: string) => calls.indexOf(call) + 1;
  return [
    after('rename head.new'),
    after('rename pack/00000000.pack.new'),
    calls.indexOf('remove wal/0000000000000000.wal'),
  ];
}

/** Every call, but of many of one kind in a row the first and the last alone. */
const edgesOf = (calls: readonly string[]): number[] =>
  [...calls.keys()].filter((at) => calls[at] !== calls[at - 1] || calls[at] !== calls[at + 1]);

describe('a ledger that dies again and again', () => {
  test.each([
    ['in plain', (disk: Disk) => disk],
    ['encrypted at rest', sealing],
  ])('keeps what it acknowledged, and every checkpoint that its signer ever signed: %s', async (_, between) => {
    over = between;
    await fc.assert(
      fc.asyncProperty(
        fc.array(life, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        async (lives, picks) => {
          const pick = () => picks.next().value as number;
          const promised = new Promised();
          let disks: Disks = { disk: new CrashDisk(), own: new CrashDisk() };
          for (const one of lives) {
            const mortal = died(disks, 'kill', pick, dying(one.deathAt).fail); // nothing is lost here: from now on it may die
            await attempt(() => live(mortal, one, promised));
            disks = died(mortal, one.how, pick);
          }
          await expectKept(disks, promised);
        },
      ),
      { numRuns: FULL ? 3000 : 250 },
    );
    over = (disk) => disk;
  });

  test('was killed before a sync: what the next one finds and signs is on the disk first', async () => {
    const promised = new Promised();
    const start: Disks = { disk: new CrashDisk(), own: new CrashDisk() };
    await (await opened(start, promised)).seal();
    let armed = false;
    const disk = start.disk.killed((call) => {
      if (armed && call.startsWith('sync wal/')) throw new Error('killed');
    });
    const ledger = await opened({ disk, own: start.own }, promised);
    armed = true;
    await expect(append(ledger, ['never acknowledged'], promised)).rejects.toThrow('killed');
    const next = { disk: disk.killed(), own: start.own };
    const again = await opened(next, promised);
    expect(await again.seal()).toContain('\n2\n'); // the genesis record, and that one
    await expectKept(
      died(next, 'power', () => 1),
      promised,
    );
  });

  test('dies at a call of sealing and packing, then loses its power after the next start, and goes on', async () => {
    const before = new Promised();
    const start = await readyToPack(before);
    const whole = dying(Number.POSITIVE_INFINITY);
    await sealAndPack(
      died(start, 'kill', () => 1, whole.fail),
      before.copy(),
    );
    const pick = picker();
    for (const at of FULL ? edgesOf(whole.calls) : worstOf(whole.calls)) {
      const promised = before.copy();
      const mortal = died(start, 'kill', pick, dying(at).fail);
      await attempt(() => sealAndPack(mortal, promised));
      const next = died(mortal, FULL && at % 3 === 0 ? 'power' : 'kill', pick);
      const ledger = await opened(next, promised);
      await ledger.pack(); // before anything is sealed
      await ledger.close();
      await expectKept(
        died(next, 'power', () => 1),
        promised,
      );
    }
  });
});
