import { createCipheriv, createDecipheriv, hash, hkdfSync, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { formatRecord, type LedgerRecord, MAX_PAYLOAD, parseRecord } from '../record.ts';

// A record that only its period's key opens; destroying that key destroys what is in every copy. AES-GCM does not bind its key: a
// second key could open the same bytes to another text. So a hash of the record's key stands before them, under the leaf's hash.

const CIPHER = 'aes-256-gcm';
/** As the header's `enc` names it. */
const RECORD_CIPHER = 'a256gcm';
const NONCE = Buffer.alloc(12); // each key seals one record only
const COMMITMENT = 32;
const TAG = 16;

/** The 64 bytes that open one record and no other: of the period's key, and the record's stream and number. */
export function recordKey(periodKey: Uint8Array, stream: string, seq: number): Buffer {
  if (periodKey.length !== 32) throw new AppError('E_CONFIG', `a period's key of ${periodKey.length} bytes, not 32`);
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(seq));
  const info = Buffer.concat([Buffer.from(`lrec/1 key\n${stream}\n`), number]);
  return Buffer.from(hkdfSync('sha256', periodKey, Buffer.alloc(0), info, 64));
}

const commitmentOf = (key: Uint8Array) => hash('sha256', Buffer.concat([Buffer.from('lrec/1 kc\n'), key]), 'buffer');

function headerOf({ kind, fields }: Pick<LedgerRecord, 'kind' | 'fields'>): Buffer {
  return formatRecord({ kind, fields, payload: Buffer.alloc(0) });
}

/** Seals a raw record whose header names the cipher and the key (`enc`, `kid`). Gives the entry. Throws E_MALFORMED, E_TOO_LARGE. */
export function sealRecord({ kind, fields, payload }: LedgerRecord, periodKey: Uint8Array): Buffer {
  const { stream = '', seq = '', enc, kid } = fields;
  if (kind !== 'raw' || enc !== RECORD_CIPHER || kid === undefined)
    throw new AppError('E_MALFORMED', `a record that is to be sealed is raw, with enc=${RECORD_CIPHER} and a kid`);
  if (payload.length > MAX_PAYLOAD)
    throw new AppError('E_TOO_LARGE', `a payload of ${payload.length} bytes: the most is ${MAX_PAYLOAD}`);
  const key = recordKey(periodKey, stream, Number(seq));
  const cipher = createCipheriv(CIPHER, key.subarray(0, 32), NONCE).setAAD(headerOf({ kind, fields }));
  const sealed = Buffer.concat([commitmentOf(key), cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
  return formatRecord({ kind, fields, payload: sealed });
}

/** The record in an entry that was sealed, by the 64 bytes of its own key: all that is disclosed with it. Throws E_TAMPERED when they do not open it. */
export function openWithRecordKey(entry: Buffer, key: Uint8Array): LedgerRecord {
  const { kind, fields, payload } = parseRecord(entry);
  if (fields['enc'] !== RECORD_CIPHER)
    throw new AppError('E_MALFORMED', `a record sealed with "${(fields['enc'] ?? 'nothing').slice(0, 40)}"`);
  const end = payload.length - TAG;
  if (end < COMMITMENT || key.length !== 64 || !timingSafeEqual(commitmentOf(key), payload.subarray(0, COMMITMENT)))
    throw new AppError('E_TAMPERED', 'this key is not the one that the record was sealed with');
  const decipher = createDecipheriv(CIPHER, key.subarray(0, 32), NONCE, { authTagLength: TAG })
    .setAAD(headerOf({ kind, fields }))
    .setAuthTag(payload.subarray(end));
  try {
    return {
      kind,
      fields,
      payload: Buffer.concat([decipher.update(payload.subarray(COMMITMENT, end)), decipher.final()]),
    };
  } catch (cause) {
    throw new AppError('E_TAMPERED', 'the record does not open with its own key: it was changed', { cause });
  }
}

/** The same by the period's key. */
export function openRecord(entry: Buffer, periodKey: Uint8Array): LedgerRecord {
  const { stream = '', seq = '' } = parseRecord(entry).fields;
  return openWithRecordKey(entry, recordKey(periodKey, stream, Number(seq)));
}
