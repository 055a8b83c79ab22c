import { hash, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { AppError } from '../../core/errors.ts';

// The keys that a ledger's files are encrypted with, in a file outside of its folder: the newest first. One line is one key: its id,
// and 32 random bytes in base64. The id is made of the key, so that a line that was damaged is noticed, and says nothing about it.

/** Environment variable that names the key file where no option does. */
export const KEY_FILE_VARIABLE = 'SPOOR_LEDGER_KEY_FILE';

const SECRET = 32;
const MAX_BYTES = 16_384;
const MAX_KEYS = 64;
const LINE = /^(?<id>[0-9a-f]{16}) (?<secret>[A-Za-z0-9+/]{43}=)$/;

/** A key, and its id: 16 hex digits. */
export interface RestKey {
  readonly id: string;
  readonly secret: Buffer;
}

/** The keys of a ledger, the newest first. */
export interface Keyring {
  readonly keys: readonly RestKey[];
  /** New files are encrypted with it. */
  readonly newest: RestKey;
}

/** A file cannot be read for want of its key: no fault of the log. */
export class MissingKey extends AppError {
  constructor(message: string) {
    super('E_UNREADABLE', message);
  }
}

/** A key of 32 random bytes. Throws E_CONFIG for other lengths. */
export function restKey(secret: Buffer): RestKey {
  if (secret.length !== SECRET) throw new AppError('E_CONFIG', `a key of ${secret.length} bytes, not ${SECRET}`);
  return { id: hash('sha256', Buffer.concat([Buffer.from('spoor at-rest key\n'), secret])).slice(0, 16), secret };
}

/** The key of an id; null when it is not there. */
export function keyOf({ keys }: Keyring, id: string): RestKey | null {
  return keys.find((key) => key.id === id) ?? null;
}

/** Keys as their file has them. */
export function formatKeyFile(keys: readonly RestKey[]): string {
  return keys.map(({ id, secret }) => `${id} ${secret.toString('base64')}\n`).join('');
}

/** The keys of a file's text; empty lines and those that begin with # are passed over. Throws E_CONFIG, without a word of the text. */
export function parseKeyFile(text: string): Keyring {
  const keys: RestKey[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const { id = '', secret = '' } = LINE.exec(line.trimEnd())?.groups ?? {};
    const key = secret === '' ? null : restKey(Buffer.from(secret, 'base64'));
    if (key === null || !timingSafeEqual(Buffer.from(key.id), Buffer.from(id)))
      throw new AppError(
        'E_CONFIG',
        `line ${at + 1} of the key file is no key: an id that fits, and 32 bytes in base64`,
      );
    if (keys.some((known) => known.id === key.id))
      throw new AppError('E_CONFIG', `the key file has the key ${id} twice`);
    keys.push(key);
  }
  const [newest] = keys;
  if (newest === undefined) throw new AppError('E_CONFIG', 'the key file has no key');
  if (keys.length > MAX_KEYS)
    throw new AppError('E_CONFIG', `the key file has ${keys.length} keys: ${MAX_KEYS} at most`);
  return { keys, newest };
}

const quoted = (path: string) => `"${path.slice(0, 160)}"`;

/**
 * Reads the keys of a ledger's folder. Throws E_NOT_FOUND, E_UNREADABLE or E_CONFIG, and E_USAGE for a file that others may read or that
 * lies in the folder: who takes the folder would take its key.
 */
export function readKeyFile(path: string, folder: string): Keyring {
  const text = textOf(path);
  refuseInside(path, folder);
  try {
    return parseKeyFile(text);
  } catch (cause) {
    throw cause instanceof AppError ? new AppError(cause.code, `${quoted(path)}: ${cause.message}`, { cause }) : cause;
  }
}

function textOf(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new AppError(code === 'EACCES' ? 'E_UNREADABLE' : 'E_NOT_FOUND', `cannot read the key file: ${message}`, {
      cause,
    });
  }
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw new AppError('E_CONFIG', `${quoted(path)} is no plain file`);
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
      throw new AppError(
        'E_USAGE',
        `the key file ${quoted(path)} may be read by others than its owner (mode ${(found.mode & 0o777).toString(8)}): chmod 400, and if somebody could have read it, spoor ledger rotate-key --rewrite`,
      );
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    const length = readSync(file, bytes, 0, bytes.length, 0);
    if (length > MAX_BYTES) throw new AppError('E_CONFIG', `${quoted(path)} is longer than a key file is`);
    return bytes.toString('latin1', 0, length);
  } finally {
    closeSync(file);
  }
}

function refuseInside(path: string, folder: string): void {
  const way = relative(realOf(folder), realOf(path));
  if (way === '..' || way.startsWith(`..${sep}`) || resolve(way) === way) return;
  throw new AppError(
    'E_USAGE',
    `the key file ${quoted(path)} lies in the ledger's folder: who takes the folder takes the key. Put it elsewhere`,
  );
}

/** The real path, of what is not there yet by its folder's. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const [absolute, above] = [resolve(path), dirname(resolve(path))];
    return above === absolute ? absolute : join(realOf(above), relative(above, absolute));
  }
}

/**
 * Makes a key file with one key, which only its owner reads. Throws E_USAGE where it would lie in the folder, E_OUTPUT where a file stands
 * already or cannot be made.
 */
export function makeKeyFile(path: string, folder: string, key: RestKey): void {
  refuseInside(path, folder);
  writeDurably(path, formatKeyFile([key]), path);
}

/** Puts a key before those of the file. It is whole at any time. Throws as `readKeyFile`, and E_OUTPUT. */
export function addKey(path: string, folder: string, key: RestKey): Keyring {
  const { keys } = readKeyFile(path, folder);
  const all = [key, ...keys];
  parseKeyFile(formatKeyFile(all)); // what we write, we could read
  const real = realpathSync(path); // through a link the file is replaced, not the link
  rmSync(`${real}.new`, { force: true });
  writeDurably(`${real}.new`, formatKeyFile(all), real);
  return readKeyFile(path, folder);
}

function writeDurably(temporary: string, text: string, path: string): void {
  try {
    const file = openSync(temporary, 'wx', 0o400);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (temporary !== path) renameSync(temporary, path);
    const above = openSync(dirname(resolve(path)), 'r');
    try {
      fsyncSync(above);
    } finally {
      closeSync(above);
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'a file is there already' : message;
    throw new AppError('E_OUTPUT', `cannot write the key file ${quoted(path)}: ${why}`, { cause });
  }
}
