import { type Disk, type DiskFile, readWhole, writeWhole } from '../disk.ts';
import { DETACHED_SALT, type Detached, saltedDigest } from '../secrecy/detached.ts';

// Payloads of `ref` records, which can be taken away one by one: the record and the tree keep only a salted hash.
//
//   header  "LBLB1\n", 2 bytes 0
//   frame   u32le length of the payload, 32 bytes its digest as the record has it, 16 bytes salt, payload

/** What a file begins with. */
export const BLOB_BEGIN = Buffer.from('LBLB1\n\0\0', 'latin1');
/** Where a frame has its digest, and its salt behind that. */
const DIGEST_AT = 4;
const SALT_AT = DIGEST_AT + 32;
/** Bytes of a frame before its payload. */
export const BLOB_FRAME = SALT_AT + DETACHED_SALT;

/** The file for payloads of records about `n` × 65,536. */
export const blobPath = (n: number) => `blob/${String(n).padStart(8, '0')}.blob`;

/** The number in a file's name; null for another name. */
export function blobNumber(name: string): number | null {
  return /^\d{8}\.blob$/.test(name) ? Number(name.slice(0, 8)) : null;
}

/** What a file holds, by digest in hex; where its good part ends, and how long it is. */
export interface BlobContent {
  readonly held: ReadonlyMap<string, Detached>;
  readonly good: number;
  readonly bytes: number;
}

/** Reads a file up to its first bad frame; one that is not there holds nothing. */
export async function readBlobs(disk: Disk, n: number): Promise<BlobContent> {
  const held = new Map<string, Detached>();
  if (!(await disk.exists(blobPath(n)))) return { held, good: 0, bytes: 0 };
  const file = await readWhole(disk, blobPath(n));
  let at = file.subarray(0, BLOB_BEGIN.length).equals(BLOB_BEGIN) ? BLOB_BEGIN.length : 0;
  for (let frame = at > 0 ? blobFrameAt(file, at) : 'wrong'; typeof frame === 'object'; frame = blobFrameAt(file, at)) {
    held.set(frame.digest.toString('hex'), frame);
    at = frame.end;
  }
  return { held, good: at, bytes: file.length };
}

/** A frame that was read. */
export interface BlobPlace extends Detached {
  readonly digest: Buffer;
  /** Where it ends in what was read. */
  readonly end: number;
}

/** The digest that a frame begins with, behind its length. */
export const blobDigestIn = (bytes: Buffer) => bytes.subarray(DIGEST_AT, SALT_AT);

/** The frame that begins there, in the memory of `bytes`. `short`: it goes on behind them; `wrong`: it is none. */
export function blobFrameAt(bytes: Buffer, at: number): BlobPlace | 'short' | 'wrong' {
  if (at + BLOB_FRAME > bytes.length) return 'short';
  const end = at + BLOB_FRAME + bytes.readUInt32LE(at);
  if (end > bytes.length) return 'short';
  const digest = blobDigestIn(bytes.subarray(at, end));
  if (!saltedDigest(bytes.subarray(at + SALT_AT, end)).equals(digest)) return 'wrong';
  return {
    digest,
    salt: bytes.subarray(at + SALT_AT, at + BLOB_FRAME),
    payload: bytes.subarray(at + BLOB_FRAME, end),
    end,
  };
}

/** A payload as it stands in a file. */
export interface BlobFrame {
  /** What its record has in its place. */
  readonly digest: Buffer;
  readonly bytes: Buffer;
}

/** Frames a payload, with a new salt. */
export function blobFrame(payload: Uint8Array, random: (bytes: number) => Buffer): BlobFrame {
  return frameOf(random(DETACHED_SALT), payload);
}

function frameOf(salt: Uint8Array, payload: Uint8Array): BlobFrame {
  const bytes = Buffer.allocUnsafe(BLOB_FRAME + payload.length);
  bytes.writeUInt32LE(payload.length);
  bytes.set(salt, SALT_AT);
  bytes.set(payload, BLOB_FRAME);
  const digest = saltedDigest(bytes.subarray(SALT_AT));
  bytes.set(digest, DIGEST_AT);
  return { digest, bytes };
}

interface OpenBlobs {
  readonly n: number;
  readonly file: DiskFile;
  bytes: number;
}

/** Keeps payloads before their records are written. An error of the disk ends it. */
export class BlobWriter {
  readonly #disk: Disk;
  #open: OpenBlobs | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  /** After an error nothing more is kept: what the disk has is not known. */
  #failure: unknown = null;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Keeps payloads, each in the file `n` that is its record's, in order. Resolves once they are durable. */
  async keep(blobs: readonly { readonly n: number; readonly frame: BlobFrame }[]): Promise<void> {
    if (blobs.length === 0) return;
    await this.#inTurn(async () => {
      for (const n of new Set(blobs.map((blob) => blob.n)))
        await this.#keep(n, Buffer.concat(blobs.flatMap((blob) => (blob.n === n ? [blob.frame.bytes] : []))));
    });
  }

  /** One at a time. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(() => {
      if (this.#failure !== null) throw this.#failure;
      return work();
    });
    this.#turn = done.catch(() => {});
    return done;
  }

  async #keep(n: number, bytes: Buffer): Promise<void> {
    try {
      const open = this.#open?.n === n ? this.#open : await this.#begin(n);
      await open.file.write([bytes], open.bytes);
      await open.file.sync();
      open.bytes += bytes.length;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  async #begin(n: number): Promise<OpenBlobs> {
    await this.#open?.file.close();
    this.#open = null;
    const content = await readBlobs(this.#disk, n);
    if (content.good === 0 || content.good < content.bytes) await writeBlobs(this.#disk, n, content.held.values());
    const file = await this.#disk.open(blobPath(n), 'change');
    this.#open = { n, file, bytes: await file.size() };
    return this.#open;
  }

  /** Takes payloads that `goes` names out of a file, as `takeOut`, while nothing is kept. What fails may be tried again. */
  takeOut(n: number, goes: (digest: string) => boolean): Promise<number> {
    return this.#inTurn(async () => {
      await this.#open?.file.close();
      this.#open = null;
      return takeOut(this.#disk, n, goes);
    });
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    await this.#turn;
    await this.#open?.file.close();
    this.#open = null;
  }
}

async function writeBlobs(disk: Disk, n: number, held: Iterable<Detached>): Promise<void> {
  const parts: Uint8Array[] = [BLOB_BEGIN];
  for (const { salt, payload } of held) parts.push(frameOf(salt, payload).bytes);
  await disk.makeFolder('blob');
  await writeWhole(disk, blobPath(n), parts, 0o640);
}

/** Takes payloads that `goes` names out of a file: it is written anew without them. Resolves with how many went. */
async function takeOut(disk: Disk, n: number, goes: (digest: string) => boolean): Promise<number> {
  const { held } = await readBlobs(disk, n);
  if (held.size === 0) return 0;
  const stays = [...held].filter(([digest]) => !goes(digest)).map(([, detached]) => detached);
  if (stays.length === held.size) return 0;
  if (stays.length > 0) await writeBlobs(disk, n, stays);
  else {
    await disk.remove(blobPath(n));
    await disk.syncFolder('blob');
  }
  return held.size - stays.length;
}

/** Cuts off what a crash left of an unfinished write: it was never acknowledged. For the one writer. */
export async function finishBlobs(disk: Disk): Promise<void> {
  const n = (await disk.list('blob')).map(blobNumber).findLast((number) => number !== null);
  if (typeof n !== 'number') return;
  const { held, good, bytes } = await readBlobs(disk, n);
  if (good < bytes || good === 0) await writeBlobs(disk, n, held.values());
}
