import { AppError } from '../core/errors.ts';
import type { RawRecord } from '../core/stages.ts';
import { openCheckpoint } from '../core/tlog/checkpoint.ts';
import { foldRow } from '../core/tlog/merkle.ts';
import type { NoteSignature } from '../core/tlog/note.ts';
import { publishCosignatures } from './cosigned.ts';
import type { Disk } from './disk.ts';
import { type BlobWriter, finishBlobs } from './keep/blobs.ts';
import { finishCut } from './keep/cut.ts';
import { finishErasing } from './keep/erasing.ts';
import { type FullWal, type HeldClock, type IndexRange, Log, type LogOptions } from './log.ts';
import {
  checkPack,
  type Digests,
  digestsOf,
  digestText,
  PACK_RECORDS,
  readTile,
  writePack,
  writeTile,
} from './pack.ts';
import { type Found, notesBehind } from './recover.ts';
import { type Head, lastCheckpoint, lastHead, type Signer, seal } from './seal.ts';
import { TILE_WIDTH } from './tile.ts';
import { walFirst, walPath } from './wal.ts';
import type { WalWriter } from './wal-open.ts';
import { walBundles, walLeaves } from './wal-scan.ts';

export interface LedgerOptions extends LogOptions {
  /** Name of the log, for its whole life: `host.example/main`. */
  readonly origin: string;
  readonly signer: Signer;
  /** What a new ledger is to keep, and how long: text of its first record. */
  readonly policy: string;
  /** The log that a new one goes on from, which had to end: its name, and the SHA-256 of its last good checkpoint in hex. */
  readonly previous?: { readonly origin: string; readonly checkpointSha256: string | null } | undefined;
}

/** A ledger that is written to: records become durable, then sealed under a signed checkpoint, then packed. */
export class Ledger {
  readonly origin: string;
  readonly found: Found;
  readonly random: LedgerOptions['random'];
  readonly #log: Log;
  readonly #options: LedgerOptions;
  /** Records under the last signed checkpoint. */
  sealed = 0;
  checkpoint: string | null = null;
  #working: Promise<void> = Promise.resolve();
  #failure: unknown = null;

  private constructor(options: LedgerOptions, log: Log, found: Found) {
    this.origin = options.origin;
    this.#options = options;
    this.random = options.random;
    this.#log = log;
    this.found = found;
  }

  /**
   * Opens a folder for writing, which the caller has locked. A new one begins with a `genesis` record. Throws E_TAMPERED when
   * what is there does not continue what was signed: then nothing may ever be signed over it.
   */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const { disk, origin } = options;
    const head = await lastHead(disk, origin);
    const checkpoint = await lastCheckpoint(disk);
    const sealed = sealedBy(checkpoint, options, head);
    const { log, found } = await Log.open({ ...options, ...(head && { signed: head }) });
    const ledger = new Ledger(options, log, found);
    ledger.checkpoint = checkpoint;
    ledger.sealed = sealed;
    try {
      await ledger.#begin();
    } catch (error) {
      await log.close();
      throw error;
    }
    return ledger;
  }

  async #begin(): Promise<void> {
    const { disk, origin, random, policy, previous } = this.#options;
    const from = {
      ...(previous && { 'prev-origin': previous.origin }),
      ...(previous?.checkpointSha256 && { 'prev-checkpoint-sha256': previous.checkpointSha256 }),
    };
    if (this.#log.size === 0)
      await this.#log.note('genesis', { origin, salt: random(16).toString('hex'), ...from }, Buffer.from(policy));
    await this.#finishPacks();
    await finishCut(disk);
    await finishBlobs(disk);
    await finishErasing(disk, this.blobs);
  }

  // A pack whose log file is still there was made just before the writer ended: what comes after making it is done again.
  async #finishPacks(): Promise<void> {
    const { disk } = this.#options;
    const firsts = (await disk.list('wal')).map(walFirst).filter((first) => first !== null);
    for (const first of firsts.filter((one) => one < this.found.packed)) {
      const n = first / PACK_RECORDS;
      if (!Number.isInteger(n)) throw new AppError('E_TAMPERED', `${walPath(first)} is not of a ledger`);
      await checkPack(disk, n, await walLeaves(disk, first)); // the writer may have ended before it read it back
      await disk.syncFolder('pack'); // and before its name was durable
      await this.#finishPack(first, await digestsOf(disk, n));
    }
  }

  /** Records that are durable. */
  get size(): number {
    return this.#log.size;
  }

  /** Receive times that stand still; null while they go on. */
  get held(): HeldClock | null {
    return this.#log.held;
  }

  /** Keeps records; resolves when they are durable, with where they stand. */
  append(records: readonly RawRecord[]): Promise<IndexRange> {
    return this.#log.append(records);
  }

  /** Keeps records whose payloads can be erased one by one: the log has their salted hashes, and a file beside it the payloads. */
  appendErasable(records: readonly RawRecord[]): Promise<IndexRange> {
    return this.#log.append(records, true);
  }

  /** Payloads that can be erased. */
  get blobs(): BlobWriter {
    return this.#log.blobs;
  }

  /** Resolves when each payload that is kept now has its record, or never will. */
  erasableSettled(): Promise<void> {
    return this.#log.written();
  }

  /** Keeps a record of the ledger's own. */
  note: Log['note'] = (kind, fields, payload) => this.#log.note(kind, fields, payload);

  /** Signs what is durable now, when it is more than was signed. Resolves with the checkpoint. */
  async seal(): Promise<string | null> {
    return this.#inTurn(async () => {
      const head = { size: this.#log.size, root: this.#log.root() };
      if (head.size > this.sealed) {
        const { disk, origin, signer } = this.#options;
        this.checkpoint = await seal(disk, origin, signer, head);
        this.sealed = head.size;
      }
      return this.checkpoint;
    });
  }

  /** Puts witnesses' signatures under the checkpoint, when it still has this text. */
  async addCosignatures(text: string, signatures: readonly NoteSignature[]): Promise<void> {
    return this.#inTurn(async () => {
      if (this.checkpoint !== null)
        this.checkpoint = await publishCosignatures(this.#options.disk, this.checkpoint, text, signatures);
    });
  }

  /** Packs what is full and sealed. Resolves with how many packs were made. */
  async pack(): Promise<number> {
    return this.#inTurn(async () => {
      let made = 0;
      for (let full = this.#log.full[0]; full && full.first + PACK_RECORDS <= this.sealed; full = this.#log.full[0]) {
        await this.#packOne(full);
        made += 1;
      }
      return made;
    });
  }

  async #packOne(full: FullWal): Promise<void> {
    const { disk } = this.#options;
    const { first } = full;
    const n = first / PACK_RECORDS;
    const notes = await notesBehind(disk, first, n === 0 ? undefined : n - 1);
    const digests = await writePack(disk, n, walBundles(disk, first, TILE_WIDTH), full, notes);
    await this.#finishPack(first, digests);
  }

  // Once it is said in the log what the pack's files are, the log file may go.
  async #finishPack(first: number, digests: Digests): Promise<void> {
    await writeHigherTiles(this.#options.disk, first + PACK_RECORDS);
    await this.#log.note('conf', {}, digestText(digests));
    await this.#log.packed(first);
  }

  // One at a time: sealing and packing look at the same files.
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#working.then(async () => {
      if (this.#failure !== null) throw this.#failure;
      return work();
    });
    done.catch((error: unknown) => {
      if (!(error instanceof AppError)) this.#failure = error; // after an error of the disk nothing is known of it
    });
    this.#working = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  /** Does work on the files, while nothing is sealed or packed. It is given the writer of the log file. */
  alone<T>(work: (writer: WalWriter) => Promise<T>): Promise<T> {
    return this.#inTurn(() => work(this.#log));
  }

  async close(): Promise<void> {
    await this.#working;
    await this.#log.close();
  }
}

/** Records under the checkpoint that was published. The head is never behind it: it is written first. */
function sealedBy(checkpoint: string | null, { signer, origin }: LedgerOptions, head: Head | null): number {
  if (checkpoint === null) return 0;
  const size = Number(openCheckpoint(checkpoint, [signer.key], origin).size);
  if (size <= (head?.size ?? 0)) return size;
  throw new AppError(
    'E_TAMPERED',
    `a checkpoint of ${size} records was published, and the head is of ${head?.size ?? 0}: the folder was put back or changed`,
  );
}

/** The tiles of level 2 and above that are full with this many packed records, and were not before. */
async function writeHigherTiles(disk: Disk, packed: number): Promise<void> {
  for (let level = 2; packed % TILE_WIDTH ** (level + 1) === 0; level += 1) {
    const n = packed / TILE_WIDTH ** (level + 1) - 1;
    const hashes: Buffer[] = [];
    for (let at = n * TILE_WIDTH; at < (n + 1) * TILE_WIDTH; at += 1)
      hashes.push(foldRow(await readTile(disk, level - 1, at)));
    await writeTile(disk, level, n, hashes);
  }
}
