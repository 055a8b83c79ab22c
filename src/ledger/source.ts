import type { Detached, RefRecord } from './secrecy/detached.ts';

/**
 * Where a log's checkpoint, tiles and entries are read from: a ledger's folder, a static tree, another machine. Nothing that it gives
 * is to be believed before it was checked against a signed root (`AuthenticTree`, `verifyLog`). Reading is lazy; calls may overlap.
 */
export interface LedgerSource {
  /** What it is called in messages. */
  readonly name: string;
  /** The signed note of the last checkpoint as it stands; null when there is none. */
  checkpoint(): Promise<string | null>;
  /** The last checkpoint that enough witnesses cosigned, where it is kept; it may be an older one. */
  cosigned(): Promise<string | null>;
  /** Exactly `width` hashes of a tile. Rejects with E_NOT_FOUND, or E_TAMPERED for bytes that are no such tile. */
  tile(level: number, n: number, width: number): Promise<readonly Buffer[]>;
  /** Exactly `width` entries of a bundle; before each of them in its memory stands a byte that is free to use. Rejects as `tile` does. */
  bundle(n: number, width: number): Promise<readonly Buffer[]>;
  /** Index of the first record that is kept: those before it were given up under the policy. */
  minimum(): Promise<number>;
  /**
   * The payloads that `ref` records stand for, by index, with their salts: each has the digest that its record states. Those that were erased
   * are not among them. Absent where payloads are not kept, as in a static tree.
   */
  detached?(refs: readonly RefRecord[]): Promise<ReadonlyMap<number, Detached>>;
}

/** The payload that one `ref` record stands for; null when it was erased, or the source keeps none. */
export async function detachedOf(source: Pick<LedgerSource, 'detached'>, ref: RefRecord): Promise<Detached | null> {
  return (await source.detached?.([ref]))?.get(ref.index) ?? null;
}
