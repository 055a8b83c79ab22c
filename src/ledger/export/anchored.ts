import { AppError } from '../../core/errors.ts';
import { fromBase64 } from '../../core/tlog/note.ts';
import { judgeCheckpoint, type Policy } from '../../core/tlog/policy.ts';
import type { AuthenticTree } from '../prove.ts';
import { parseRecord } from '../record.ts';
import type { LedgerSource } from '../source.ts';
import { TILE_WIDTH } from '../tile.ts';

/** A checkpoint that a place outside keeps, as an `anchor` record of the log says. */
export interface Anchored {
  /** Of the record. */
  readonly index: number;
  readonly kind: string;
  readonly place: string;
  /** The place's time, seconds since 1970; null when it states none. */
  readonly seconds: number | null;
  /** Ending of the receipt's file. */
  readonly ending: string;
  readonly receipt: Buffer;
  readonly checkpoint: string;
  readonly size: number;
  /** Times of the cosignatures under it, seconds since 1970. */
  readonly cosignedAt: readonly number[];
}

const MARK = 'lrec/1 anchor\n';
/** So many bundles are looked through before the records: a million records. */
const MOST_BUNDLES = 4096;
const MOST_AFTER = 16;

/** The anchors that tell when records were logged: the last one before record `first`, and the first ones that cover `last`. */
export async function anchorsAround(
  source: LedgerSource,
  tree: AuthenticTree,
  policy: Policy,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<readonly Anchored[]> {
  const look = new Look(source, tree, policy);
  const before = await look.lastBefore(first);
  const after: Anchored[] = [];
  for (let n = Math.floor((last + 1) / TILE_WIDTH); n * TILE_WIDTH < tree.size && after.length < MOST_AFTER; n += 1)
    after.push(...(await look.inBundle(n)).filter(({ index, size }) => index > last && size > last));
  return [...before, ...after.slice(0, MOST_AFTER)];
}

class Look {
  readonly #source: LedgerSource;
  readonly #tree: AuthenticTree;
  readonly #policy: Policy;

  constructor(source: LedgerSource, tree: AuthenticTree, policy: Policy) {
    this.#source = source;
    this.#tree = tree;
    this.#policy = policy;
  }

  async lastBefore(first: number): Promise<Anchored[]> {
    const from = Math.floor((this.#tree.size - 1) / TILE_WIDTH);
    const begin = Math.min(from, Math.floor(first / TILE_WIDTH) + 1); // the record of an anchor comes a little later than what it is of
    const least = Math.max(Math.ceil((await this.#source.minimum()) / TILE_WIDTH), begin - MOST_BUNDLES);
    for (let n = begin; n >= least; n -= 1) {
      const found = (await this.inBundle(n)).filter(({ size }) => size <= first);
      if (found.length > 0) return found.slice(-1);
    }
    return [];
  }

  /** The anchors of a bundle whose checkpoints hold. */
  async inBundle(n: number): Promise<Anchored[]> {
    const entries = await this.#source.bundle(n, Math.min(TILE_WIDTH, this.#tree.size - n * TILE_WIDTH));
    const found: Anchored[] = [];
    for (const [at, entry] of entries.entries()) {
      if (!entry.subarray(0, MARK.length).equals(Buffer.from(MARK))) continue;
      await this.#tree.prove(n * TILE_WIDTH + at, entry);
      const anchored = this.#parsed(n * TILE_WIDTH + at, entry);
      if (anchored !== null) found.push(anchored);
    }
    return found;
  }

  /** Null for what is no anchor of this log: a record of another key's time, say. */
  #parsed(index: number, entry: Buffer): Anchored | null {
    try {
      const said = JSON.parse(parseRecord(entry).payload.toString('utf8')) as Record<string, unknown>;
      const text = (key: string) => (typeof said[key] === 'string' ? (said[key] as string) : '');
      const checkpoint = text('checkpoint');
      const { checkpoint: judged, witnessedBy } = judgeCheckpoint(checkpoint, this.#policy);
      if (judged.size > BigInt(this.#tree.size)) return null;
      return {
        index,
        kind: text('kind'),
        place: text('place'),
        seconds: Number.isSafeInteger(said['seconds']) ? (said['seconds'] as number) : null,
        ending: /^[a-z0-9]{1,10}$/.test(text('ending')) ? text('ending') : 'bin',
        receipt: fromBase64(text('receipt'), 'the receipt'),
        checkpoint,
        size: Number(judged.size),
        cosignedAt: witnessedBy.map(({ seconds }) => Number(seconds)),
      };
    } catch (error) {
      if (error instanceof AppError || error instanceof SyntaxError) return null;
      throw error;
    }
  }
}
