import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { vectors } from '../../../test/vectors/ledger.ts';
import { leafHash } from '../../core/tlog/merkle.ts';
import { type LedgerRecord, parseRecord } from '../record.ts';
import { detachedDigest, isDetached } from './detached.ts';
import { openRecord, openWithRecordKey, recordKey, sealRecord } from './record-cipher.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const fields = {
  stream: 'web1/auth',
  seq: '3',
  rt: '2026-01-02T03:04:09.000000Z',
  via: 'udp:192.0.2.1:514',
  peer: 'none',
  enc: 'a256gcm',
  kid: '2026-01-02/auth',
};
const plain = (text: string): LedgerRecord => ({ kind: 'raw', fields, payload: Buffer.from(text) });

describe('the vectors', () => {
  test('of a sealed record', () => {
    const { period_key, record_key_64, plaintext_utf8, entry_hex, leaf_hash } = vectors.encrypted_record;
    const record = openRecord(hex(entry_hex), hex(period_key));
    expect(record.payload.toString()).toBe(plaintext_utf8);
    const { stream = '', seq = '' } = record.fields;
    expect(recordKey(hex(period_key), stream, Number(seq)).toString('hex')).toBe(record_key_64);
    expect(openWithRecordKey(hex(entry_hex), hex(record_key_64))).toEqual(record);
    expect(sealRecord(record, hex(period_key)).toString('hex')).toBe(entry_hex);
    expect(leafHash(hex(entry_hex)).toString('hex')).toBe(leaf_hash);
  });

  test('of a detached one', () => {
    const { salt, payload_utf8, payload_digest, entry_hex, leaf_hash } = vectors.detached_record;
    expect(detachedDigest(hex(salt), Buffer.from(payload_utf8)).toString('hex')).toBe(payload_digest);
    const record = parseRecord(hex(entry_hex));
    expect(isDetached(record, hex(salt), Buffer.from(payload_utf8))).toBe(true);
    expect(isDetached(record, hex(salt), Buffer.from(`${payload_utf8}.`))).toBe(false);
    expect(isDetached(record, Buffer.alloc(16), Buffer.from(payload_utf8))).toBe(false);
    expect(leafHash(hex(entry_hex)).toString('hex')).toBe(leaf_hash);
  });
});

describe('a sealed record', () => {
  test('opens to what was sealed, and to nothing when a bit of it or of a key is another', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), (bytes, at) => {
        const key = Buffer.alloc(32, 5);
        const entry = sealRecord({ kind: 'raw', fields, payload: Buffer.from(bytes) }, key);
        expect(openRecord(entry, key).payload).toEqual(Buffer.from(bytes));
        const bit = at % (entry.length * 8);
        entry[bit >> 3] = (entry[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(() => openRecord(entry, key)).toThrow();
      }),
      { numRuns: 300 },
    );
    const entry = sealRecord(plain('x'), Buffer.alloc(32, 5));
    expect(() => openRecord(entry, Buffer.alloc(32, 6))).toThrow(/not the one that the record was sealed with/);
    expect(() => openRecord(entry, Buffer.alloc(16))).toThrow(/not 32/);
  });

  test('one that is not marked is neither sealed nor opened', () => {
    const { enc: _, ...rest } = fields;
    expect(() => sealRecord({ ...plain('x'), fields: rest }, Buffer.alloc(32))).toThrow(/enc=a256gcm/);
    expect(() => sealRecord(plain('x'.repeat(64_001)), Buffer.alloc(32))).toThrow(/64001 bytes/);
  });
});
