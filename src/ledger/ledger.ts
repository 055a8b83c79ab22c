import { AppError } from '../core/errors.ts';
import { foldRow } from '../core/tlog/merkle.ts';
import type { NoteSignature } from '../core/tlog/note.ts';
import { publishCosignatures } from './cosigned.ts';
import type { Disk } from './disk.ts';
import { readWhole } from './disk.ts';
import type { RawRecord } from './encode.ts';
import { type FullWal, type IndexRange, Log, type LogOptions } from './log.ts';
import { type Digests, digestsOf, PACK_RECORDS, readTile, writePack, writeTile } from './pack.ts';
import { type Found, notesAfter, notesOf } from './recover.ts';
import { lastCheckpoint, lastHead, type Signer, seal } from './seal.ts';
import { hashesAt, TILE_WIDTH } from './tile.ts';
import { readWal, walFirst, walPath } from './wal.ts';

export interface LedgerOptions extends LogOptions {
  /** Name of the log, for its whole life: `host.example/main`. */
  readonly origin: string;
  readonly signer: Signer;
  /** What a new ledger is to keep, and how long: text of its first record. */
  readonly policy: string;
}

/** A ledger that is written to: records become durable, then sealed under a signed checkpoint, then packed. */
export class Ledger {
  readonly origin: string;
  readonly found: Found;
  readonly #log: Log;
  readonly #options: LedgerOptions;
  /** Records under the last signed checkpoint. */
  sealed = 0;
  checkpoint: string | null = null;
  #working: Promise<void> = Promise.resolve();

  private constructor(options: LedgerOptions, log: Log, found: Found) {
    this.origin = options.origin;
    this.#options = options;
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
    const { log, found } = await Log.open({ ...options, ...(head && { signed: head }) });
    const ledger = new Ledger(options, log, found);
    ledger.checkpoint = await lastCheckpoint(disk);
    ledger.sealed = head?.size ?? 0;
    if (log.size === 0) {
      const salt = options.random(16).toString('hex');
      await log.note('genesis', { origin, salt }, Buffer.from(options.policy));
    }
    await ledger.#finishPacks();
    return ledger;
  }

  // A pack whose log file is still there was made just before the writer ended: what comes after making it is done again.
  async #finishPacks(): Promise<void> {
    const { disk } = this.#options;
    const firsts = (await disk.list('wal')).map(walFirst).filter((first) => first !== null);
    for (const first of firsts.filter((one) => one < this.found.packed)) {
      const n = first / PACK_RECORDS;
      await this.#finishPack(first, await digestsOf(disk, n));
    }
  }

  /** Records that are durable. */
  get size(): number {
    return this.#log.size;
  }

  /** Keeps records; resolves when they are durable, with where they stand. */
  append(records: readonly RawRecord[]): Promise<IndexRange> {
    return this.#log.append(records);
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

  async #packOne({ first, leaves }: FullWal): Promise<void> {
    const { disk } = this.#options;
    const n = first / PACK_RECORDS;
    const { entries } = readWal(await readWhole(disk, walPath(first)), first);
    if (entries.length !== PACK_RECORDS)
      throw new AppError('E_TAMPERED', `${walPath(first)} has lost records since it was written`);
    const notes = notesAfter(await notesOf(disk, n === 0 ? undefined : n - 1), entries);
    const digests = await writePack(disk, n, entries, leaves, notes);
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
    const done = this.#working.then(work);
    this.#working = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  async close(): Promise<void> {
    await this.#working;
    await this.#log.close();
  }
}

/** As sha256sum writes it: anybody can check the files with `sha256sum -c`. */
function digestText(digests: Digests): Buffer {
  return Buffer.from([...digests].map(([path, digest]) => `${digest}  ${path}\n`).join(''));
}

/** The tiles of level 2 and above that are full with this many packed records, and were not before. */
async function writeHigherTiles(disk: Disk, packed: number): Promise<void> {
  for (let level = 2; hashesAt(level, packed) > 0 && hashesAt(level, packed) % TILE_WIDTH === 0; level += 1) {
    const n = hashesAt(level, packed) / TILE_WIDTH - 1;
    if (packed % TILE_WIDTH ** (level + 1) !== 0) return;
    const hashes: Buffer[] = [];
    for (let at = n * TILE_WIDTH; at < (n + 1) * TILE_WIDTH; at += 1)
      hashes.push(foldRow(await readTile(disk, level - 1, at)));
    await writeTile(disk, level, n, hashes);
  }
}
