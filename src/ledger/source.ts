import type { LedgerRecord } from './record.ts';
import type { Detached } from './secrecy/detached.ts';

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
   * The payload that a `ref` record stands for, with its salt: it has the digest that the record states. Null when it was erased. Absent
   * where payloads are not kept, as in a static tree.
   */
  salted?(index: number, record: LedgerRecord): Promise<Detached | null>;
}
