import { hash, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { LedgerRecord } from '../record.ts';

/** Bytes of a salt: without it a short text could be guessed by its hash. It goes with the text. */
export const DETACHED_SALT = 16;

/** A payload that is kept beside its record. */
export interface Detached {
  readonly salt: Buffer;
  readonly payload: Buffer;
}

/** A `ref` record, with where it stands. */
export interface RefRecord {
  readonly index: number;
  readonly record: LedgerRecord;
}

/** Where who serves a log has the payload of a record: salt and payload in one piece. */
export const detachedPath = (index: number) => `detached/${index}`;

/** The index in such a path; null for another path. */
export function detachedIndex(path: string): number | null {
  return /^detached\/(?:0|[1-9]\d{0,15})$/.test(path) ? Number(path.slice('detached/'.length)) : null;
}

/** What stands in the log in place of a detached payload: `cat salt payload | sha256sum`. */
export function detachedDigest(salt: Uint8Array, payload: Uint8Array): Buffer {
  if (salt.length !== DETACHED_SALT) throw new AppError('E_MALFORMED', `a salt of ${salt.length} bytes`);
  return saltedDigest(Buffer.concat([salt, payload]));
}

/** The same, of both in one piece. */
export const saltedDigest = (salted: Uint8Array): Buffer => hash('sha256', salted, 'buffer');

/** Is this the payload that a `ref` record stands for? */
export function isDetached(
  { kind, fields, payload: digest }: LedgerRecord,
  salt: Uint8Array,
  payload: Uint8Array,
): boolean {
  return (
    kind === 'ref' &&
    fields['size'] === String(payload.length) &&
    digest.length === 32 &&
    timingSafeEqual(digest, detachedDigest(salt, payload))
  );
}
