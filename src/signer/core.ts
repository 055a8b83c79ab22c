import type { KeyObject } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { formatCheckpoint, parseCheckpoint } from '../core/tlog/checkpoint.ts';
import { type NoteSignature, signText, type VerifierKey } from '../core/tlog/note.ts';
import { type Disk, type DiskFile, readWhole, writeWhole } from '../ledger/disk.ts';
import { PACK_RECORDS } from '../ledger/pack.ts';
import { findPacks } from '../ledger/recover.ts';
import { type Head, lastCheckpoint } from '../ledger/seal.ts';
import { Edge } from '../ledger/tile.ts';
import { frameLength, readFrames, saltSumOf, walPath } from '../ledger/wal.ts';
import { readWalHead, walSalt } from '../ledger/wal-head.ts';

/** Read at once, bytes: far longer than one frame. */
const CHUNK = 4 << 20;

/** What the signer remembers, in a folder of its own. */
const STATE = 'signed';

export interface SignerOptions {
  readonly origin: string;
  readonly key: VerifierKey;
  readonly secret: KeyObject;
  /** The ledger, which it only reads. */
  readonly ledger: Disk;
  /** Its own folder. */
  readonly own: Disk;
}

/** Where in the log files the signer has read to. */
interface Place {
  readonly first: number;
  readonly salt: Buffer;
  at: number;
}

/**
 * Holds the log's key, and is the first who must be convinced: it reads every record from the disk by itself, and signs only a tree
 * that continues the last one that it signed.
 */
export class SignerCore {
  readonly #options: SignerOptions;
  #edge: Edge | null = null;
  #place: Place | null = null;

  constructor(options: SignerOptions) {
    this.#options = options;
  }

  /** Throws E_TAMPERED when the disk does not give that tree, or it does not continue what was signed. */
  async sign({ size, root }: Head): Promise<NoteSignature> {
    const { origin, key, secret, own } = this.#options;
    const edge = await this.#resumed();
    if (size < edge.size) throw new AppError('E_TAMPERED', `asked to sign ${size} records after ${edge.size}`);
    await this.#readTo(edge, size);
    if (!edge.root().equals(root)) {
      this.#edge = null; // what was read is not to be built on
      throw new AppError('E_TAMPERED', `the ${size} records on the disk are not those that were to be signed`);
    }
    const text = formatCheckpoint({ origin, size: BigInt(size), root, extensions: [] });
    await writeWhole(own, STATE, [Buffer.from(text)], 0o600); // before the signature leaves: never two for one size
    return signText(text, key, secret);
  }

  async #resumed(): Promise<Edge> {
    if (this.#edge !== null && !(await this.#isReplaced(this.#edge))) return this.#edge;
    const { ledger, origin, own } = this.#options;
    const state = (await own.exists(STATE)) ? parseCheckpoint((await readWhole(own, STATE)).toString('utf8')) : null;
    if (state === null && (await lastCheckpoint(ledger)) !== null)
      throw new AppError(
        'E_TAMPERED',
        'the ledger was signed before, and the signer does not remember it: its folder was lost or replaced',
      );
    if (state !== null && state.origin !== origin)
      throw new AppError('E_TAMPERED', `the signer is of the log ${state.origin.slice(0, 80)}, not of ${origin}`);
    const { packed, rows } = await findPacks(ledger);
    const edge = Edge.resume(packed, rows);
    this.#edge = null;
    this.#place = null;
    await this.#readTo(edge, Number(state?.size ?? 0n));
    if (state !== null && !edge.root().equals(state.root))
      throw new AppError('E_TAMPERED', `the first ${state.size} records on the disk are not those that were signed`);
    this.#edge = edge;
    return edge;
  }

  /** Was the file that we are in the middle of replaced? Then what it gave up is believed only under what we signed. */
  async #isReplaced({ size }: Edge): Promise<boolean> {
    const place = this.#place;
    const { ledger } = this.#options;
    if (place === null || size % PACK_RECORDS === 0 || size - (size % PACK_RECORDS) !== place.first) return false;
    const file = await ledger.open(walPath(place.first), 'read');
    try {
      return !(await walSalt(file)).equals(place.salt);
    } finally {
      await file.close();
    }
  }

  /** Takes in the records up to `size`, file by file. */
  async #readTo(edge: Edge, size: number): Promise<void> {
    if (edge.size > size) throw new AppError('E_TAMPERED', `${size} records were signed, and packs hold ${edge.size}`);
    while (edge.size < size) {
      const before = edge.size;
      await this.#readOne(edge, size);
      if (edge.size === before)
        throw new AppError('E_TAMPERED', `${size} records are to be signed, and ${before} are on the disk`);
    }
  }

  async #readOne(edge: Edge, size: number): Promise<void> {
    const first = edge.size - (edge.size % PACK_RECORDS);
    const file = await this.#options.ledger.open(walPath(first), 'read');
    try {
      const place = this.#place?.first === first ? this.#place : await this.#enter(file, first, edge);
      if (edge.size > size)
        throw new AppError('E_TAMPERED', `${size} records were signed, and ${edge.size} were given up`);
      const bytes = await file.read(Math.min((await file.size()) - place.at, CHUNK), place.at);
      const { entries } = readFrames(bytes, 0, edge.size, saltSumOf(place.salt));
      for (const entry of entries.slice(0, size - edge.size)) {
        edge.append(entry);
        place.at += frameLength(entry.length);
      }
    } finally {
      await file.close();
    }
  }

  /** Begins to read a file: of bundles that it gave up it has only their hashes, which the root will prove. */
  async #enter(file: DiskFile, first: number, edge: Edge): Promise<Place> {
    if (edge.size !== first) throw new AppError('E_TAMPERED', `${walPath(first)} was read from its middle`);
    const { salt, cut, bytes } = await readWalHead(file, first);
    for (const hash of cut) edge.appendHash(hash, 1);
    this.#place = { first, salt, at: bytes };
    return this.#place;
  }
}
