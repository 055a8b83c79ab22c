import { hash } from 'node:crypto';

// RFC 6962 section 2.1 with SHA-256; RFC 9162 has the same tree.

export const HASH_BYTES = 32;

// Hot path: twice for each record, in the writer, in the signer, and when a pack is made.

// As a latin1 string and back: faster than asking for a buffer, which node makes by way of a slower call, and than hex.
function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
}

/** Root of a tree without leaves. */
export const EMPTY_ROOT: Buffer = sha256(Buffer.alloc(0));

const leaf = Buffer.alloc(1 << 16); // begins with the 0 of a leaf; one for all: filled and hashed at once

/** Hash of an entry's bytes. */
export function leafHash(entry: Uint8Array): Buffer {
  if (entry.length >= leaf.length) return sha256(Buffer.concat([leaf.subarray(0, 1), entry]));
  leaf.set(entry, 1);
  return sha256(leaf.subarray(0, entry.length + 1));
}

/** The same of bytes that begin with the 0 of a leaf: no copy is made. */
export function leafHashOf(input: Uint8Array): Buffer {
  return sha256(input);
}

const pair = Buffer.alloc(1 + 2 * HASH_BYTES, 1); // one for all: filled and hashed at once

/** Hash of a node over its two children, 32 bytes each. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1);
  pair.set(right, 1 + HASH_BYTES);
  return sha256(pair);
}

/** Hashes that are folded at once: those of a full tile. A power of two, so that each such run is a whole tree of its own. */
const FOLD = 256;
const NODE = 1 + 2 * HASH_BYTES;
// Where they are folded, without a buffer for each: pairs as they are hashed, each behind the 1 of a node.
const nodes = Buffer.alloc((FOLD / 2) * NODE);
const pairs = Array.from({ length: FOLD / 2 }, (_, at) => nodes.subarray(at * NODE, (at + 1) * NODE));
for (const one of pairs) one[0] = 1;
const placeOf = (nth: number) => (nth >> 1) * NODE + 1 + (nth & 1) * HASH_BYTES;

/** Root over a row of hashes: paired from left to right, an odd last one goes up as it is. Throws nothing; an empty row is the empty tree. */
export function foldRow(row: readonly Uint8Array[]): Buffer {
  if (row.length === 0) return EMPTY_ROOT;
  if (row.length === 1) return Buffer.from(row[0] as Uint8Array);
  if (row.length > FOLD) return foldRow(runsOf(row).map((run) => foldRow(run)));
  for (let nth = 0; nth < row.length; nth += 1) nodes.set(row[nth] as Uint8Array, placeOf(nth));
  for (let left = row.length; left > 1; left = Math.ceil(left / 2)) {
    for (let nth = 0; nth < left >> 1; nth += 1)
      nodes.write(hash('sha256', pairs[nth] as Buffer, 'binary'), placeOf(nth), 'latin1');
    const last = placeOf(left - 1);
    if (left % 2 === 1) nodes.copyWithin(placeOf(left >> 1), last, last + HASH_BYTES);
  }
  return Buffer.from(nodes.subarray(1, 1 + HASH_BYTES));
}

function runsOf(row: readonly Uint8Array[]): (readonly Uint8Array[])[] {
  return Array.from({ length: Math.ceil(row.length / FOLD) }, (_, nth) => row.slice(nth * FOLD, (nth + 1) * FOLD));
}

/** A run of leaves: `begin` up to, not with, `end`. */
export interface Run {
  readonly begin: bigint;
  readonly end: bigint;
}

/** The largest power of two below `size`; `size` above 1. */
function split(size: bigint): bigint {
  return 1n << BigInt((size - 1n).toString(2).length - 1);
}

/** The runs whose hashes prove that leaf `index` is in the tree of `size`, from the leaf up (RFC 6962 section 2.1.1). */
export function inclusionRuns(index: bigint, size: bigint): Run[] {
  const path: Run[] = [];
  let [begin, end] = [0n, size];
  while (end - begin > 1n) {
    const middle = begin + split(end - begin);
    if (index < middle) {
      path.push({ begin: middle, end });
      end = middle;
    } else {
      path.push({ begin, end: middle });
      begin = middle;
    }
  }
  return path.reverse();
}

/** The runs whose hashes prove that the tree of `size` grew out of the one of `old` (RFC 6962 section 2.1.2). */
export function consistencyRuns(old: bigint, size: bigint): Run[] {
  if (old === 0n || old === size) return [];
  const path: Run[] = [];
  let [begin, end] = [0n, size];
  let whole = true; // the run begins at 0: its hash is the old root, which the verifier has
  while (end !== old) {
    const middle = begin + split(end - begin);
    if (old <= middle) {
      path.push({ begin: middle, end });
      end = middle;
    } else {
      path.push({ begin, end: middle });
      begin = middle;
      whole = false;
    }
  }
  if (!whole) path.push({ begin, end });
  return path.reverse();
}

/** A run as complete subtrees, from left to right: `level` 0 holds leaves, `index` counts subtrees of that level. */
export function subtreesOf({ begin, end }: Run): { readonly level: number; readonly index: bigint }[] {
  const found: { level: number; index: bigint }[] = [];
  let at = begin;
  while (at < end) {
    let level = 0;
    let width = 1n;
    while (at % (width * 2n) === 0n && at + width * 2n <= end) {
      level += 1;
      width *= 2n;
    }
    found.push({ level, index: at / width });
    at += width;
  }
  return found;
}

/** Hash of a run from those of its complete subtrees, which stand from left to right and, but for the first, only get smaller. */
export function foldSubtrees(hashes: readonly Uint8Array[]): Buffer {
  const last = hashes[hashes.length - 1];
  if (last === undefined) return EMPTY_ROOT;
  let right: Buffer = Buffer.from(last);
  for (let at = hashes.length - 2; at >= 0; at -= 1) right = nodeHash(hashes[at] as Uint8Array, right);
  return right;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const wellFormed = (proof: readonly Uint8Array[]): boolean => proof.every(({ length }) => length === HASH_BYTES);

/** The climb of a proof from a leaf to the root, one level a step. */
class Climb {
  #node: bigint;
  #last: bigint;

  constructor(node: bigint, last: bigint) {
    this.#node = node;
    this.#last = last;
  }

  get done(): boolean {
    return this.#last === 0n;
  }

  /** Goes up past levels where the node is an only child of the right edge. */
  skip(stop: (node: bigint) => boolean): void {
    while (!stop(this.#node)) this.#up();
  }

  #up(): void {
    this.#node /= 2n;
    this.#last /= 2n;
  }

  /** Where the next sibling stands; null when the root is reached and there should be none. */
  step(): 'left' | 'right' | null {
    if (this.#last === 0n) return null;
    const left = this.#node % 2n === 1n || this.#node === this.#last;
    if (left) this.skip((node) => node % 2n === 1n || node === 0n);
    this.#up();
    return left ? 'left' : 'right';
  }
}

/** Does `proof` show that `leaf` is entry `index` of the tree of `size` with `root`? (RFC 9162 section 2.1.3.2) */
export function provesInclusion(
  index: bigint,
  size: bigint,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (index < 0n || index >= size || !wellFormed([...proof, leaf, root])) return false;
  const climb = new Climb(index, size - 1n);
  let reached: Uint8Array = leaf;
  for (const sibling of proof) {
    const side = climb.step();
    if (side === null) return false;
    reached = side === 'left' ? nodeHash(sibling, reached) : nodeHash(reached, sibling);
  }
  return climb.done && same(reached, root);
}

/** Does `proof` show that the tree of `size` with `root` begins with the one of `old` with `oldRoot`? (RFC 9162 section 2.1.4.2) */
export function provesConsistency(
  old: bigint,
  size: bigint,
  proof: readonly Uint8Array[],
  oldRoot: Uint8Array,
  root: Uint8Array,
): boolean {
  if (old < 0n || old > size || !wellFormed([...proof, oldRoot, root])) return false;
  if (old === size || old === 0n)
    return proof.length === 0 && same(oldRoot, old === 0n && old !== size ? EMPTY_ROOT : root);
  const isPowerOfTwo = (old & (old - 1n)) === 0n;
  const [first, ...rest] = isPowerOfTwo ? [oldRoot, ...proof] : proof;
  return first !== undefined && proof.length > 0 && climbs(old, size, [first, ...rest], oldRoot, root);
}

function climbs(
  old: bigint,
  size: bigint,
  [first, ...rest]: readonly [Uint8Array, ...Uint8Array[]],
  oldRoot: Uint8Array,
  root: Uint8Array,
): boolean {
  const climb = new Climb(old - 1n, size - 1n);
  climb.skip((node) => node % 2n === 0n);
  let [before, after] = [first, first];
  for (const sibling of rest) {
    const side = climb.step();
    if (side === null) return false;
    if (side === 'left') before = nodeHash(sibling, before);
    after = side === 'left' ? nodeHash(sibling, after) : nodeHash(after, sibling);
  }
  return climb.done && same(before, oldRoot) && same(after, root);
}
