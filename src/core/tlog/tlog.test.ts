import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { vectors } from '../../../test/vectors/ledger.ts';
import { cosign, cosignaturesOf, formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts';
import {
  consistencyRuns,
  EMPTY_ROOT,
  foldRow,
  foldSubtrees,
  inclusionRuns,
  leafHash,
  nodeHash,
  provesConsistency,
  provesInclusion,
  type Run,
  subtreesOf,
} from './merkle.ts';
import {
  COSIGNATURE,
  ED25519,
  formatNote,
  formatVerifierKey,
  parseVerifierKey,
  privateKeyOf,
  rawPublic,
  signText,
  splitNote,
  verifierKey,
  verifyNote,
} from './note.ts';

const PROOFS = new URL('../../../../shared/ledger/merkle-testdata/testdata/', import.meta.url).pathname;
const hasProofs = existsSync(PROOFS);
if (!hasProofs) process.stderr.write(`spoor: SKIPPED transparency-dev’s proofs: ${PROOFS} is not here\n`);
const hex = (text: string) => Buffer.from(text, 'hex');
const tampered = expect.objectContaining({ code: expect.stringMatching(/^E_(?:TAMPERED|MALFORMED)$/) });

const leaf = (at: number) => leafHash(Buffer.from(`leaf ${at}`));
const leaves = Array.from({ length: 300 }, (_, at) => leaf(at));
const rootAt = (size: number) => foldRow(leaves.slice(0, size));

/** The hash of a run, by the definition: a row of its leaves. */
const runHash = ({ begin, end }: Run) => foldRow(leaves.slice(Number(begin), Number(end)));

describe('the tree', () => {
  test('proves every leaf of every size, and no other', () => {
    for (const size of [1, 2, 3, 5, 7, 8, 9, 31, 64, 100, 255, 256, 257, 300])
      for (let index = 0; index < size; index += 1) {
        const proof = inclusionRuns(BigInt(index), BigInt(size)).map(runHash);
        expect(provesInclusion(BigInt(index), BigInt(size), leaf(index), proof, rootAt(size))).toBe(true);
        expect(provesInclusion(BigInt(index), BigInt(size), leaf(index + 1), proof, rootAt(size))).toBe(false);
      }
  });

  test('proves that each size grew out of each smaller one', () => {
    for (let size = 1; size <= 70; size += 1)
      for (let old = 0; old <= size; old += 1) {
        const proof = consistencyRuns(BigInt(old), BigInt(size)).map(runHash);
        expect(provesConsistency(BigInt(old), BigInt(size), proof, rootAt(old), rootAt(size))).toBe(true);
        if (old > 0) expect(provesConsistency(BigInt(old), BigInt(size), proof, leaf(299), rootAt(size))).toBe(false);
      }
  });

  test('a proof with anything changed proves nothing', () => {
    const change = fc.record({ at: fc.nat(), bit: fc.nat(255) });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), change, (size, pick, { at, bit }) => {
        const index = pick % size;
        const proof = inclusionRuns(BigInt(index), BigInt(size)).map(runHash);
        const hash = proof[at % proof.length] as Buffer;
        hash[bit >> 3] = (hash[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(provesInclusion(BigInt(index), BigInt(size), leaf(index), proof, rootAt(size))).toBe(false);
        expect(provesInclusion(BigInt(index), BigInt(size), leaf(index), proof.slice(1), rootAt(size))).toBe(false);
      }),
    );
  });

  test('complete subtrees fold to the hash of their run', () => {
    fc.assert(
      fc.property(fc.nat(299), fc.integer({ min: 1, max: 300 }), (begin, length) => {
        const level = Math.min(8, begin === 0 ? 8 : Math.log2(begin & -begin)); // runs of proofs begin at a multiple of their size
        const end = Math.min(300, begin + Math.min(length, 2 ** level));
        const run = { begin: BigInt(begin), end: BigInt(end) };
        const hashes = subtreesOf(run).map(({ level: at, index }) => {
          const first = Number(index) * 2 ** at;
          return foldRow(leaves.slice(first, first + 2 ** at));
        });
        expect(foldSubtrees(hashes)).toEqual(runHash(run));
      }),
    );
  });

  test('is that of RFC 6962’s vectors', () => {
    const { leaf_inputs, leaf_hashes, roots_by_size, inclusion, consistency } = vectors.rfc6962_reference;
    const all = leaf_inputs.map((input: string) => leafHash(hex(input)));
    expect(all.map((hash: Buffer) => hash.toString('hex'))).toEqual(leaf_hashes);
    for (const [size, root] of roots_by_size.entries()) expect(foldRow(all.slice(0, size)).toString('hex')).toBe(root);
    for (const { index, size, proof } of inclusion) {
      const made = inclusionRuns(BigInt(index), BigInt(size)).map(({ begin, end }) =>
        foldRow(all.slice(Number(begin), Number(end))),
      );
      expect(made.map((hash) => hash.toString('hex'))).toEqual(proof);
    }
    for (const { from, to, proof } of consistency) {
      const made = consistencyRuns(BigInt(from), BigInt(to)).map(({ begin, end }) =>
        foldRow(all.slice(Number(begin), Number(end))),
      );
      expect(made.map((hash) => hash.toString('hex'))).toEqual(proof);
    }
  });

  test.runIf(hasProofs)('agrees with every case of transparency-dev’s proofs', () => {
    const read = (kind: string) =>
      readdirSync(join(PROOFS, kind), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.json'))
        .map((path) => JSON.parse(readFileSync(join(PROOFS, kind, path), 'utf8')));
    const bytes = (text: string | null) => Buffer.from(text ?? '', 'base64');
    const proofOf = (proof: string[] | null) => (proof ?? []).map(bytes);
    const [inclusion, consistency] = [read('inclusion'), read('consistency')];
    expect(inclusion.length + consistency.length).toBeGreaterThan(150);
    for (const { leafIdx, treeSize, root: end, leafHash: begin, proof, desc, wantErr } of inclusion)
      expect(provesInclusion(BigInt(leafIdx), BigInt(treeSize), bytes(begin), proofOf(proof), bytes(end)), desc).toBe(
        !wantErr,
      );
    // One case has roots that are no hashes; we are stricter.
    const isHash = (root: string | null) => bytes(root).length === 32;
    for (const { size1, size2, root1, root2, proof, desc, wantErr } of consistency)
      expect(provesConsistency(BigInt(size1), BigInt(size2), proofOf(proof), bytes(root1), bytes(root2)), desc).toBe(
        !wantErr && isHash(root1) && isHash(root2),
      );
  });
});

describe('notes and checkpoints', () => {
  const secret = privateKeyOf(Buffer.alloc(32, 7));
  const key = verifierKey('ledger.example/main', ED25519, rawPublic(secret));
  const witness = verifierKey('witness.example/w1', COSIGNATURE, rawPublic(privateKeyOf(Buffer.alloc(32, 9))));
  const checkpoint = { origin: 'ledger.example/main', size: 5n, root: rootAt(5), extensions: [] };
  const signed = () => {
    const text = formatCheckpoint(checkpoint);
    return { text, signatures: [signText(text, key, secret)] };
  };

  test('are read back as they were written', () => {
    const opened = openCheckpoint(formatNote(signed()), [key], checkpoint.origin);
    expect(opened).toMatchObject(checkpoint);
    expect(parseVerifierKey(formatVerifierKey(key))).toEqual(key);
  });

  test('a cosignature holds for its text and time only', () => {
    const { text, signatures } = signed();
    const line = cosign(text, 1767323049n, witness, privateKeyOf(Buffer.alloc(32, 9)));
    const note = { text, signatures: [...signatures, line] };
    expect(cosignaturesOf(note, [witness])).toEqual([{ key: witness, seconds: 1767323049n }]);
    expect(cosignaturesOf(note, [])).toEqual([]);
    const later = Buffer.from(line.bytes);
    later[7] = (later[7] as number) ^ 1;
    expect(() => cosignaturesOf({ text, signatures: [{ ...line, bytes: later }] }, [witness])).toThrow(tampered);
  });

  test('no bit of a note can be changed', () => {
    const note = Buffer.from(formatNote(signed()));
    for (let bit = 0; bit < note.length * 8; bit += 1) {
      const changed = Buffer.from(note);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => openCheckpoint(changed.toString('utf8'), [key], checkpoint.origin), `bit ${bit}`).toThrow(tampered);
    }
  });

  test('are those of the vectors', () => {
    const {
      keys,
      c2sp_signed_note_example: example,
      small_log: log,
      must_reject,
      signed_but_malformed,
      signed_and_valid,
    } = vectors;
    expect(verifyNote(splitNote(example.note), [parseVerifierKey(example.vkey)])).toHaveLength(1);
    const first = parseVerifierKey(keys.log_key_1.vkey);
    expect(
      formatVerifierKey(verifierKey(keys.log_key_1.name, ED25519, rawPublic(privateKeyOf(hex(keys.log_key_1.seed))))),
    ).toBe(keys.log_key_1.vkey);
    for (const { size, root, signed: note } of log.checkpoints) {
      const opened = openCheckpoint(note, [first], log.origin);
      expect([Number(opened.size), opened.root.toString('hex')]).toEqual([size, root]);
      expect(
        formatNote({
          text: opened.note.text,
          signatures: [signText(opened.note.text, first, privateKeyOf(hex(keys.log_key_1.seed)))],
        }),
      ).toBe(note);
    }
    const cosigned = openCheckpoint(log.cosigned_checkpoint, [first], log.origin);
    const other = parseVerifierKey(keys.witness.vkey);
    const [cosignature] = cosignaturesOf(cosigned.note, [other]);
    expect(cosign(cosigned.note.text, cosignature?.seconds ?? 0n, other, privateKeyOf(hex(keys.witness.seed)))).toEqual(
      cosigned.note.signatures[1],
    );
    const known = new Map<string, string>([[String(5n), log.checkpoints[5].root]]);
    const accept = (note: string) => {
      const opened = openCheckpoint(note, [first], log.origin);
      const remembered = known.get(String(opened.size));
      if (remembered !== undefined && remembered !== opened.root.toString('hex'))
        throw Object.assign(new Error('fork'), { code: 'E_TAMPERED' });
      return opened;
    };
    for (const { what, note } of must_reject) expect(() => accept(note), what).toThrow(tampered);
    for (const { what, note } of signed_but_malformed)
      expect(() => openCheckpoint(note, [first], log.origin), what).toThrow(tampered);
    for (const { what, note, size } of signed_and_valid)
      expect(String(openCheckpoint(note, [first], log.origin).size), what).toBe(size ?? '5');
  });
});

test('an empty tree has the hash of nothing, and a node that of its children', () => {
  expect(EMPTY_ROOT.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(foldRow([leaf(0), leaf(1)])).toEqual(nodeHash(leaf(0), leaf(1)));
  expect(() => parseCheckpoint('')).toThrow(tampered);
});
