import { isUtf8 } from 'node:buffer';
import { AppError } from '../../core/errors.ts';
import { HASH_BYTES } from '../../core/tlog/merkle.ts';
import { fromBase64 } from '../../core/tlog/note.ts';

// What a log sends to a witness: C2SP tlog-witness 1.0.0, add-checkpoint.

/** Below a witness's submission prefix. */
export const ADD_CHECKPOINT = 'add-checkpoint';
/** Media type of an answer that is the size that the witness is at. */
export const SIZE_TYPE = 'text/x.tlog.size';

const MAX_PROOF = 63;
const SIZE = /^(?:0|[1-9]\d{0,18})$/;

export interface WitnessRequest {
  /** Size of the tree that the witness last cosigned, as the log believes. */
  readonly old: bigint;
  /** From that size to the checkpoint's. */
  readonly proof: readonly Buffer[];
  /** The signed checkpoint. */
  readonly note: string;
}

/** The request's body. */
export function formatRequest({ old, proof, note }: WitnessRequest): Buffer {
  return Buffer.from([`old ${old}`, ...proof.map((hash) => hash.toString('base64')), '', note].join('\n'));
}

/** Text of bytes from outside. Throws E_MALFORMED when they are no UTF-8. */
export function textOf(bytes: Buffer, what: string): string {
  if (!isUtf8(bytes)) throw new AppError('E_MALFORMED', `${what} is no UTF-8`);
  return bytes.toString('utf8');
}

/** Reads a request's body. Throws E_MALFORMED. The checkpoint in it is not looked at. */
export function parseRequest(body: Buffer): WitnessRequest {
  const text = textOf(body, 'the request');
  const end = text.indexOf('\n\n');
  const [first = '', ...lines] = text.slice(0, Math.max(0, end)).split('\n');
  const size = first.startsWith('old ') ? first.slice(4) : '';
  if (end < 0 || !SIZE.test(size)) throw new AppError('E_MALFORMED', 'the request does not begin with "old <size>"');
  if (lines.length > MAX_PROOF) throw new AppError('E_MALFORMED', `a proof of ${lines.length} hashes`);
  const proof = lines.map((line) => fromBase64(line, 'a hash of the proof'));
  if (proof.some(({ length }) => length !== HASH_BYTES)) throw new AppError('E_MALFORMED', 'a hash is not 32 bytes');
  return { old: BigInt(size), proof, note: text.slice(end + 2) };
}

/** Reads a size as a witness answers it: decimal and a line feed; null for anything else. */
export function parseSize(body: Buffer): bigint | null {
  const text = body.toString('latin1');
  return text.endsWith('\n') && SIZE.test(text.slice(0, -1)) ? BigInt(text.slice(0, -1)) : null;
}
