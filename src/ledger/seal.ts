import { AppError } from '../core/errors.ts';
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from '../core/tlog/checkpoint.ts';
import { formatNote, type NoteSignature, type VerifierKey } from '../core/tlog/note.ts';
import { type Disk, readWhole, writeWhole } from './disk.ts';

/** A tree that is to be signed. */
export interface Head {
  readonly size: number;
  readonly root: Buffer;
}

/** Who holds the log's key: another process. It signs only what continues all that it signed before. */
export interface Signer {
  readonly key: VerifierKey;
  /** Reads the records up to `size` from the disk itself. Rejects with E_TAMPERED when they do not give `root`. */
  sign(head: Head): Promise<NoteSignature>;
}

/** The body that was about to be signed last: no other may be signed for its size. */
export const HEAD = 'head';
/** The last signed checkpoint. */
export const CHECKPOINT = 'checkpoint';

function bodyOf(origin: string, { size, root }: Head): string {
  return formatCheckpoint({ origin, size: BigInt(size), root, extensions: [] });
}

/** The last head that may have been signed; null before the first. Throws E_TAMPERED when it is of another log, E_MALFORMED when it is none. */
export async function lastHead(disk: Disk, origin: string): Promise<Head | null> {
  if (!(await disk.exists(HEAD))) return null;
  const head = parseCheckpoint((await readWhole(disk, HEAD)).toString('utf8'));
  if (head.origin !== origin)
    throw new AppError('E_TAMPERED', `the folder is of the log ${head.origin.slice(0, 80)}, not of ${origin}`);
  if (head.size > BigInt(Number.MAX_SAFE_INTEGER)) throw new AppError('E_MALFORMED', `a log of ${head.size} records`);
  return { size: Number(head.size), root: head.root };
}

/** The last signed checkpoint as it stands; null before the first. */
export async function lastCheckpoint(disk: Disk): Promise<string | null> {
  return (await disk.exists(CHECKPOINT)) ? (await readWhole(disk, CHECKPOINT)).toString('utf8') : null;
}

/** Signs a head and publishes it: written before and after, so that no crash leads to two checkpoints of one size. Resolves with the signed note. */
export async function seal(disk: Disk, origin: string, signer: Signer, head: Head): Promise<string> {
  const text = bodyOf(origin, head);
  await writeWhole(disk, HEAD, [Buffer.from(text)]);
  const note = formatNote({ text, signatures: [await signer.sign(head)] });
  openCheckpoint(note, [signer.key], origin); // what we publish, we could read
  await writeWhole(disk, CHECKPOINT, [Buffer.from(note)]);
  return note;
}
