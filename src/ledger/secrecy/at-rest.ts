import { randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { type Disk, realDisk } from '../disk.ts';
import { filesOf } from '../folder-files.ts';
import type { Ledger } from '../ledger.ts';
import { type Keyring, keyOf, MissingKey, readKeyFile } from './keyring.ts';
import { AT_REST, markedKey, markKey, statementOf } from './marker.ts';
import { isSecret, SealedDisk } from './sealed-disk.ts';
import { type Mode, SEALED_HEADER, sealedHeader } from './sealed-format.ts';

/** A ledger's folder to read from. Files that are encrypted are opened with `keys`; without, whoever reads one is told. */
export function readingDisk(folder: string, origin: string, keys: Keyring | null): Disk {
  return new SealedDisk(realDisk(folder), { origin, keys, random: randomBytes });
}

/** How a ledger is opened for writing, with what comes once it is open. */
export interface WritingDisk {
  readonly disk: Disk;
  /** States the newest key in the log and the folder, where it is not in use yet. */
  begun(ledger: Pick<Ledger, 'note' | 'seal'>): Promise<void>;
}

/** What a folder is written with. */
export interface WritingKeys {
  /** Null: the folder is not encrypted. */
  readonly keyFile: string | null;
  /** Encryption may begin with this start. */
  readonly begin?: boolean;
}

/**
 * A ledger's folder to write to. Nothing secret is ever written in plain to a folder that is encrypted: throws `MissingKey` without its
 * keys, E_USAGE for keys of a folder that is not encrypted, E_TAMPERED for an encrypted one that does not say so any more.
 */
export async function writingDisk(folder: string, origin: string, how: WritingKeys): Promise<WritingDisk> {
  const { keyFile, begin = false } = how;
  const disk = realDisk(folder);
  const marked = await markedKey(disk);
  const keys = keyFile === null ? null : readKeyFile(keyFile, folder);
  if (keys === null) {
    if (marked !== null)
      throw new MissingKey(
        `the ledger is encrypted at rest with the key ${marked}: give the key file (--key-file, or SPOOR_LEDGER_KEY_FILE)`,
      );
    return { disk: new SealedDisk(disk, { origin, keys, random: randomBytes }), begun: async () => {} };
  }
  if (marked !== null && keyOf(keys, marked) === null)
    throw new MissingKey(`the ledger is encrypted with the key ${marked}, which the key file does not have`);
  if (marked === null && !begin) throw await notMarked(folder, disk);
  const { id } = keys.newest;
  return {
    disk: new SealedDisk(disk, { origin, keys, random: randomBytes }),
    begun: async (ledger) => {
      if (marked === id) return;
      await ledger.note('conf', {}, Buffer.from(statementOf(id)));
      await ledger.seal();
      await markKey(disk, id);
    },
  };
}

async function notMarked(folder: string, disk: Disk): Promise<AppError> {
  const { sealed } = await sealedFiles(folder, disk);
  if (sealed.length === 0)
    return new AppError(
      'E_USAGE',
      `"${folder.slice(0, 80)}" is not encrypted at rest, and a key file was given: begin with "spoor ledger encrypt", or give none`,
    );
  return new AppError(
    'E_TAMPERED',
    `${sealed[0]?.path} is encrypted, and ${AT_REST}, which says so, is missing: somebody took it away; or "spoor ledger encrypt" was cut short: then run it again`,
  );
}

/** An encrypted file of a folder: the key and the mode of its header, and all its bytes. */
export interface SealedName {
  readonly path: string;
  readonly id: string;
  readonly mode: Mode;
  readonly bytes: number;
}

/** The secret files of a folder. */
export interface SecretFiles {
  readonly sealed: readonly SealedName[];
  readonly plain: readonly string[];
  /** Those that we may not read. */
  readonly unreadable: readonly string[];
}

/** Tells the secret files of a folder: which are encrypted, and which are not. One that a writer removed meanwhile is passed over. */
export async function sealedFiles(folder: string, disk: Disk = realDisk(folder)): Promise<SecretFiles> {
  const sealed: SealedName[] = [];
  const [plain, unreadable]: [string[], string[]] = [[], []];
  for (const path of secretFiles(folder))
    try {
      const { header, bytes } = await beginningOf(disk, path);
      const said = sealedHeader(header);
      if (said === null) plain.push(path);
      else sealed.push({ path, bytes, ...said });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES') unreadable.push(path);
      else if (code !== 'ENOENT') throw error;
    }
  return { sealed, plain, unreadable };
}

async function beginningOf(disk: Disk, path: string): Promise<{ readonly header: Buffer; readonly bytes: number }> {
  const file = await disk.open(path, 'read');
  try {
    return { header: await file.read(SEALED_HEADER, 0), bytes: await file.size() };
  } finally {
    await file.close();
  }
}

/** Paths of what holds secrets, in the order of their kinds: log files, packs, payloads, tiles of single records, torn ends. */
function secretFiles(folder: string): string[] {
  const { wals, packs, packParts, blobs, leafTiles, torn } = filesOf(folder);
  return [
    ...wals.map((first) => `wal/${String(first).padStart(16, '0')}.wal`),
    ...packs.map((n) => `pack/${String(n).padStart(8, '0')}.pack`),
    ...packParts,
    ...blobs.map((n) => `blob/${String(n).padStart(8, '0')}.blob`),
    ...leafTiles.map(({ path }) => path),
    ...torn,
  ].filter(isSecret);
}
