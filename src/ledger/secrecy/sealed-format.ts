import { createCipheriv, createDecipheriv, hkdfSync, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { type Keyring, keyOf, MissingKey, type RestKey } from './keyring.ts';

// A file that is encrypted at rest.
//
//   header  "LSEAL1\n", 1 byte mode, 8 bytes key id, 32 bytes salt, 32 bytes commitment
//   mode c  chunks of 16,384 bytes, the last one shorter or as long; each AES-256-GCM: bytes, 16 bytes tag
//   mode s  AES-256-CTR, block 0 at the first byte behind the header
//
// Each file has a key of its own: 64 bytes of HKDF-SHA256(key, salt, "spoor at-rest/1\n" mode "\n" origin "\n" name "\n"), the first 32
// to encrypt with, the others are the commitment. So a file opens with one key only, in its own place of its own log, and a nonce is
// used once: what is written anew has a new salt. The nonce of a chunk is its number, 11 bytes, and 1 for the last (STREAM, as `age` has
// it); the header is its associated data. Mode s is for what is appended to, where a write may be cut at any byte and read up to there:
// its frames have sums, and their hashes are under the signed root. Its bytes are written once: a file that is to be gone on with after a
// start is first written anew.

/** Bytes of the header. */
export const SEALED_HEADER = 80;
/** Bytes of a chunk before it is encrypted. */
export const CHUNK = 16_384;
/** What encryption adds to a chunk, bytes. */
export const TAG = 16;

const MAGIC = Buffer.from('LSEAL1\n', 'latin1');
const MODE_AT = MAGIC.length;
const ID_AT = 8;
const SALT_AT = 16;
const COMMITMENT_AT = 48;
const SALT = COMMITMENT_AT - SALT_AT;
const NONCE = 12;

/** c: chunks, for what is written as a whole; s: a stream, for what is appended to. */
export type Mode = 'c' | 's';

/** A file's place: nothing that was encrypted for another is read there. */
export interface Place {
  readonly origin: string;
  /** Path in the folder. */
  readonly name: string;
}

/** A file's own key, and the header that it was made with. */
export interface FileKey {
  readonly mode: Mode;
  readonly key: Buffer;
  readonly header: Buffer;
}

function derived({ secret }: RestKey, salt: Uint8Array, mode: Mode, { origin, name }: Place): Buffer {
  const info = `spoor at-rest/1\n${mode}\n${origin}\n${name}\n`;
  return Buffer.from(hkdfSync('sha256', secret, salt, info, 64));
}

/** A key for a new file, of 32 random bytes. */
export function newFileKey(key: RestKey, salt: Uint8Array, mode: Mode, place: Place): FileKey {
  if (salt.length !== SALT) throw new AppError('E_MALFORMED', `a salt of ${salt.length} bytes`);
  const both = derived(key, salt, mode, place);
  const header = Buffer.concat([MAGIC, Buffer.from(mode), Buffer.from(key.id, 'hex'), salt, both.subarray(32)]);
  return { mode, key: both.subarray(0, 32), header };
}

/** What a header says without its key; null when these bytes begin no encrypted file. */
export function sealedHeader(header: Buffer): { readonly mode: Mode; readonly id: string } | null {
  if (header.length < SEALED_HEADER || !header.subarray(0, MODE_AT).equals(MAGIC)) return null;
  const mode = String.fromCharCode(header[MODE_AT] as number);
  const id = header.toString('hex', ID_AT, SALT_AT);
  return mode === 'c' || mode === 's' ? { mode, id } : null;
}

/**
 * The key of a file, by its header. Throws `MissingKey` when the keyring has it not, E_TAMPERED when the header is not of this place or was
 * changed.
 */
export function openFileKey(header: Buffer, keys: Keyring | null, place: Place): FileKey {
  const { mode, id } = sealedHeader(header) ?? malformed(place.name);
  if (keys === null)
    throw new MissingKey(
      `${place.name} is encrypted at rest with the key ${id}: give the key file (--key-file, or SPOOR_LEDGER_KEY_FILE)`,
    );
  const known = keyOf(keys, id);
  const opened = known && fits(known, header, mode, place);
  if (opened) return opened;
  if (known)
    throw new AppError(
      'E_TAMPERED',
      `${place.name} was not encrypted as this file of this log: its header was changed, or another file was put in its place`,
    );
  if (keys.keys.some((key) => fits(key, header, mode, place) !== null))
    throw new AppError('E_TAMPERED', `${place.name}: the key that its header names was changed`);
  throw new MissingKey(
    `${place.name} is encrypted at rest with the key ${id}, and the key file has only ${keys.keys.map((key) => key.id).join(', ')}`,
  );
}

function malformed(name: string): never {
  throw new AppError('E_TAMPERED', `${name} does not begin as an encrypted file`);
}

function fits(key: RestKey, header: Buffer, mode: Mode, place: Place): FileKey | null {
  const both = derived(key, header.subarray(SALT_AT, COMMITMENT_AT), mode, place);
  const same = timingSafeEqual(both.subarray(32), header.subarray(COMMITMENT_AT, SEALED_HEADER));
  return same ? { mode, key: both.subarray(0, 32), header } : null;
}

/** Bytes of content of a file of chunks, by all its bytes; null when no content has that many. */
export function contentSize(bytes: number): number | null {
  const body = bytes - SEALED_HEADER;
  const chunks = Math.ceil(body / (CHUNK + TAG));
  const last = body - (chunks - 1) * (CHUNK + TAG);
  return body < TAG || last < TAG || (last === TAG && chunks > 1) ? null : body - chunks * TAG;
}

function nonceOf(nth: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE);
  nonce.writeBigUInt64BE(BigInt(nth), 3);
  nonce[NONCE - 1] = last ? 1 : 0;
  return nonce;
}

/** A chunk encrypted, with its tag behind it. */
export function sealChunk({ key, header }: FileKey, chunk: Buffer, nth: number, last: boolean): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(nth, last)).setAAD(header);
  return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
}

/** A chunk's content; null when it is not what was encrypted there. */
export function openChunk({ key, header }: FileKey, sealed: Buffer, nth: number, last: boolean): Buffer | null {
  if (sealed.length < TAG) return null;
  const end = sealed.length - TAG;
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(nth, last), { authTagLength: TAG })
    .setAAD(header)
    .setAuthTag(sealed.subarray(end));
  const content = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
    return content;
  } catch {
    return null;
  }
}

const BLOCK = 16;

/** The bytes of a stream from `position` on, encrypted or decrypted: it is the same. */
export function streamed({ key }: FileKey, parts: readonly Uint8Array[], position: number): Buffer[] {
  const counter = Buffer.alloc(BLOCK);
  counter.writeBigUInt64BE(BigInt(Math.floor(position / BLOCK)), 8);
  const cipher = createCipheriv('aes-256-ctr', key, counter);
  cipher.update(Buffer.alloc(position % BLOCK));
  return parts.map((part) => cipher.update(part));
}
