import { AppError } from '../../core/errors.ts';
import type { Disk, DiskFile } from '../disk.ts';
import { Held } from '../held.ts';
import { PACK_RECORDS } from '../pack.ts';
import type { Detached, RefRecord } from '../secrecy/detached.ts';
import { BLOB_BEGIN, BLOB_FRAME, type BlobPlace, blobDigestIn, blobFrameAt, blobPath } from './blobs.ts';

/** Bytes of a file that are read at once. */
const PIECE = 4 << 20;
/** Files whose places are known: records come in their order, and a payload may stand in the file before its record's. */
const FILES = 3;

/** Where a payload's frame stands in its file. */
interface Place {
  readonly at: number;
  readonly length: number;
}

/** What is known of a file: where frames begin, up to where it was read. */
interface Places {
  readonly byDigest: Map<string, Place>;
  scanned: number;
  /** The last of them. While it stands in its place nothing was taken out before it: whatever is taken out moves those behind. */
  last: { readonly at: number; readonly digest: Buffer } | null;
}

/**
 * Reads payloads of `ref` records while another process may write to their files, or take some out. It knows places and keeps no payload: what
 * it gives stood in the file when it was asked for.
 */
export class BlobReader {
  readonly #disk: Disk;
  readonly #files = new Held<number, Places>(FILES);

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /**
   * What records are of, by index; those that were erased, or taken away, are not among them. Rejects with E_TAMPERED where one is missing
   * and its file is damaged.
   */
  async find(refs: readonly RefRecord[]): Promise<Map<number, Detached>> {
    const found = new Map<number, Detached>();
    let left = refs;
    for (const before of [0, 1]) {
      const numberOf = ({ index }: RefRecord) => Math.floor(index / PACK_RECORDS) - before;
      for (const n of new Set(left.map(numberOf)))
        if (n >= 0)
          await this.#inFile(
            n,
            left.filter((ref) => numberOf(ref) === n),
            found,
          );
      left = left.filter(({ index }) => !found.has(index));
      if (left.length === 0) break;
    }
    return found;
  }

  async #inFile(n: number, refs: readonly RefRecord[], into: Map<number, Detached>): Promise<void> {
    if (!(await this.#disk.exists(blobPath(n)))) return;
    const file = await this.#disk.open(blobPath(n), 'read').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null; // all of it was erased meanwhile
      throw error;
    });
    if (file === null) return;
    try {
      const known = this.#files.get(n);
      const places = known !== undefined && (await isAsKnown(file, known)) ? known : nothingKnown();
      this.#files.set(n, places);
      await takeKnown(file, places, refs, into);
      const left = refs.filter(({ index }) => !into.has(index));
      if (left.length === 0 || (await scanOn(file, places, left, into))) return;
      const [lost] = left.filter(({ index }) => !into.has(index));
      if (lost !== undefined)
        throw new AppError('E_TAMPERED', `${blobPath(n)} is damaged at byte ${places.scanned}: run spoor verify`);
    } finally {
      await file.close();
    }
  }
}

const digestOf = ({ record }: RefRecord) => record.payload.toString('hex');

/** Reads those whose places are known, in one piece where they stand close to each other. */
async function takeKnown(
  file: DiskFile,
  { byDigest }: Places,
  refs: readonly RefRecord[],
  into: Map<number, Detached>,
): Promise<void> {
  const placed = refs.flatMap((ref) => {
    const place = byDigest.get(digestOf(ref));
    return place === undefined ? [] : [{ ref, ...place }];
  });
  placed.sort((a, b) => a.at - b.at);
  for (let nth = 0; nth < placed.length; ) {
    const { at: begin } = placed[nth] as (typeof placed)[number];
    const near = placed.slice(nth).findIndex(({ at, length }) => at + length - begin > PIECE);
    const group = placed.slice(nth, near < 0 ? undefined : nth + Math.max(1, near));
    const end = Math.max(...group.map(({ at, length }) => at + length));
    const bytes = await file.read(end - begin, begin);
    for (const { ref, at } of group) {
      const frame = blobFrameAt(bytes, at - begin);
      if (typeof frame === 'object') take(frame, ref, into);
    }
    nth += group.length;
  }
}

/** Takes a frame that was read, when it is the record's. */
function take(frame: BlobPlace, ref: RefRecord | undefined, into: Map<number, Detached>): void {
  if (ref !== undefined && isOf(ref, frame))
    into.set(ref.index, { salt: Buffer.from(frame.salt), payload: Buffer.from(frame.payload) });
}

/** Is the frame, whose digest is that of its bytes, the record's? */
const isOf = ({ record: { fields, payload } }: RefRecord, { digest, payload: found }: BlobPlace) =>
  digest.equals(payload) && fields['size'] === String(found.length);

const nothingKnown = (): Places => ({ byDigest: new Map(), scanned: 0, last: null });

async function isAsKnown(file: DiskFile, { last }: Places): Promise<boolean> {
  return last !== null && blobDigestIn(await file.read(BLOB_FRAME, last.at)).equals(last.digest);
}

/** Reads on from where the file was read to, up to its end or a frame that is being written. False where a frame is damaged. */
async function scanOn(
  file: DiskFile,
  places: Places,
  refs: readonly RefRecord[],
  into: Map<number, Detached>,
): Promise<boolean> {
  const wanted = new Map(refs.map((ref) => [digestOf(ref), ref]));
  if (places.scanned === 0 && !(await file.read(BLOB_BEGIN.length, 0)).equals(BLOB_BEGIN)) return false;
  places.scanned ||= BLOB_BEGIN.length;
  for (let length = PIECE; ; ) {
    const bytes = await file.read(length, places.scanned);
    let at = 0;
    let frame = blobFrameAt(bytes, at);
    for (; typeof frame === 'object'; frame = blobFrameAt(bytes, at)) {
      const digest = frame.digest.toString('hex');
      take(frame, wanted.get(digest), into);
      places.byDigest.set(digest, { at: places.scanned + at, length: frame.end - at });
      places.last = { at: places.scanned + at, digest: Buffer.from(frame.digest) };
      at = frame.end;
    }
    places.scanned += at;
    if (frame === 'wrong') return false;
    if (bytes.length < length || length > MOST) return true;
    length = at > 0 ? PIECE : length * 4; // a frame may be longer than what was read
  }
}

/** The longest piece that a frame is looked for in, bytes. */
const MOST = 1 << 28;
