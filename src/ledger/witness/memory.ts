import { hash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from '../../core/tlog/checkpoint.ts';
import { EMPTY_ROOT } from '../../core/tlog/merkle.ts';
import { formatVerifierKey, parseVerifierKey, splitNote, type VerifierKey } from '../../core/tlog/note.ts';
import { type Disk, readWhole, writeWhole } from '../disk.ts';

// What a witness remembers, two files a log: its keys, and the last checkpoint that it cosigned.

const FOLDER = 'log';

/** Names a log's files and its path in URLs: SHA-256 of its origin in hex. */
export function originHash(origin: string): string {
  return hash('sha256', origin);
}

const keysPath = (origin: string) => `${FOLDER}/${originHash(origin)}.keys`;
const statePath = (name: string) => `${FOLDER}/${name}.checkpoint`;
const refusedPath = (origin: string) => `${FOLDER}/${originHash(origin)}.refused`;

/** Keys of a log that the witness was told of; none for a stranger. */
export async function keysOf(disk: Disk, origin: string): Promise<VerifierKey[]> {
  const path = keysPath(origin);
  if (!(await disk.exists(path))) return [];
  const lines = (await readWhole(disk, path)).toString('utf8').split('\n');
  return undamaged(path, () => lines.filter((line) => line !== '').map(parseVerifierKey));
}

function undamaged<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new AppError('E_TAMPERED', `${path} is damaged: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

/**
 * Tells the witness of a log, or of a further key of one that it knows. Resolves with all of that log's keys. What it cosigned
 * before stays: a new key is no new beginning.
 */
export async function addLog(disk: Disk, key: VerifierKey): Promise<VerifierKey[]> {
  const origin = key.name;
  const known = await keysOf(disk, origin);
  const keys = known.some(({ bytes }) => bytes.equals(key.bytes)) ? known : [...known, key];
  await disk.makeFolder(FOLDER);
  await disk.syncFolder('.');
  // First what was cosigned, then the keys: a log with keys and without the other was tampered with.
  if (known.length === 0 && !(await disk.exists(statePath(originHash(origin)))))
    await remember(disk, formatCheckpoint({ origin, size: 0n, root: EMPTY_ROOT, extensions: [] }), origin);
  await writeWhole(disk, keysPath(origin), [Buffer.from(keys.map((one) => `${formatVerifierKey(one)}\n`).join(''))]);
  return keys;
}

/** The last checkpoint cosigned for a log: of size 0 before the first. Throws E_TAMPERED when the witness has lost it. */
export async function remembered(disk: Disk, origin: string): Promise<Checkpoint> {
  const note = await rememberedNote(disk, originHash(origin));
  if (note === null)
    throw new AppError('E_TAMPERED', `what was last cosigned for ${origin} is gone: begin with a new key instead`);
  const path = statePath(originHash(origin));
  const state = undamaged(path, () => parseCheckpoint(note.includes('\n\n') ? splitNote(note).text : note));
  if (state.origin !== origin) throw new AppError('E_TAMPERED', `${path} is of another log`);
  return state;
}

/** The same as it was cosigned, by `originHash`; null for a log that is not known. */
export async function rememberedNote(disk: Disk, name: string): Promise<string | null> {
  const path = statePath(name);
  return (await disk.exists(path)) ? (await readWhole(disk, path)).toString('utf8') : null;
}

/** Whether anything was ever cosigned from this folder. */
export async function hasCosigned(disk: Disk): Promise<boolean> {
  for (const file of await disk.list(FOLDER))
    if (file.endsWith('.checkpoint') && (await readWhole(disk, `${FOLDER}/${file}`)).includes('\n\n')) return true;
  return false;
}

/** Durable when it resolves: only then may the cosignature leave. */
export async function remember(disk: Disk, note: string, origin: string): Promise<void> {
  await writeWhole(disk, statePath(originHash(origin)), [Buffer.from(note)], 0o640);
}

/** Keeps the first request that was signed by the log and does not continue what it said before: proof that the log, or who has its key, forks. */
export async function keepRefused(disk: Disk, origin: string, request: Buffer): Promise<void> {
  if (!(await disk.exists(refusedPath(origin)))) await writeWhole(disk, refusedPath(origin), [request], 0o440);
}
