import { type KeyObject, sign as signBytes } from 'node:crypto';
import { AppError } from '../errors.ts';
import { EMPTY_ROOT, HASH_BYTES } from './merkle.ts';
import {
  COSIGNATURE,
  fromBase64,
  type NoteSignature,
  type SignedNote,
  splitNote,
  type VerifierKey,
  verifiesEd25519,
  verifyNote,
} from './note.ts';

// Checkpoints: C2SP tlog-checkpoint 1.0.0. Cosignatures: C2SP tlog-cosignature 1.0.1.

/** A tree as a log states it. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: bigint;
  readonly root: Buffer;
  /** Further lines, which nobody is to rely on. */
  readonly extensions: readonly string[];
}

const SIZE = /^(?:0|[1-9]\d{0,18})$/;
const MAX_SIZE = 2n ** 63n - 1n; // other implementations keep sizes in signed 64 bits

/** The text that is signed. */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  return `${[origin, String(size), root.toString('base64'), ...extensions].join('\n')}\n`;
}

/** Reads a note's text. Throws E_MALFORMED for anything that the specification does not allow. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = '', ...extensions] = text.endsWith('\n') ? text.slice(0, -1).split('\n') : [];
  if (origin === '') throw new AppError('E_MALFORMED', 'the checkpoint has no origin');
  if (!SIZE.test(size) || BigInt(size) > MAX_SIZE)
    throw new AppError('E_MALFORMED', `the checkpoint's size "${size.slice(0, 40)}" is no size`);
  const hash = fromBase64(root, 'the checkpoint’s root');
  if (hash.length !== HASH_BYTES)
    throw new AppError('E_MALFORMED', `the checkpoint's root has ${hash.length} bytes, not 32`);
  if (extensions.some((line) => line === '')) throw new AppError('E_MALFORMED', 'the checkpoint has an empty line');
  return { origin, size: BigInt(size), root: hash, extensions };
}

/** A checkpoint with the note that carries it. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: SignedNote;
}

/**
 * Reads a checkpoint and verifies it: signed by one of the log's keys, of the origin expected. Throws E_MALFORMED or E_TAMPERED.
 * Witnesses' cosignatures are not looked at here.
 */
export function openCheckpoint(text: string, keys: readonly VerifierKey[], origin: string): SignedCheckpoint {
  const note = splitNote(text);
  verifyNote(note, keys);
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.origin !== origin)
    throw new AppError('E_TAMPERED', `the checkpoint is of ${checkpoint.origin.slice(0, 80)}, not of ${origin}`);
  if (checkpoint.size === 0n && !checkpoint.root.equals(EMPTY_ROOT))
    throw new AppError('E_TAMPERED', 'the checkpoint of an empty log has the root of another');
  return { ...checkpoint, note };
}

function cosignedMessage(text: string, seconds: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
}

/** A witness's word for a checkpoint's text at a time (seconds since 1970). */
export function cosign(text: string, seconds: bigint, key: VerifierKey, secret: KeyObject): NoteSignature {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(seconds);
  const signature = signBytes(null, cosignedMessage(text, seconds), secret);
  return { name: key.name, id: key.id, bytes: Buffer.concat([time, signature]) };
}

/** A cosignature that holds. */
export interface Cosignature {
  readonly key: VerifierKey;
  readonly seconds: bigint;
}

/** The cosignatures by known witnesses. Those of unknown ones are passed over; throws E_TAMPERED when a known one's is wrong. */
export function cosignaturesOf({ text, signatures }: SignedNote, witnesses: readonly VerifierKey[]): Cosignature[] {
  return signatures.flatMap(({ name, id, bytes }) => {
    const key = witnesses.find((known) => known.name === name && known.id === id && known.type === COSIGNATURE);
    if (key === undefined) return [];
    const seconds = bytes.length === 72 ? bytes.readBigUInt64BE(0) : 0n;
    if (bytes.length !== 72 || !verifiesEd25519(key, cosignedMessage(text, seconds), bytes.subarray(8)))
      throw new AppError('E_TAMPERED', `the cosignature of ${name} is not of this checkpoint`);
    return [{ key, seconds }];
  });
}
