import { AppError } from '../../core/errors.ts';
import { foldRow, leafHash } from '../../core/tlog/merkle.ts';
import type { AuthenticTree } from '../prove.ts';
import type { LedgerReader } from '../reader.ts';
import { escapeValue, type LedgerRecord, parseRecord } from '../record.ts';
import { TILE_WIDTH } from '../tile.ts';
import { Holds } from './holds.ts';
import { isKeepPolicy, type KeepPolicy, keepPolicy, policyOfLine } from './keep-policy.ts';

/** A record that says that the beginning of the log may be given up. */
export interface Pruning {
  readonly index: number;
  readonly rt: string;
  readonly minimum: number;
}

/** What the records of a log say about keeping and forgetting. */
export interface Survey {
  /** First record that is there, how many there are, and how many of them are signed. */
  readonly minimum: number;
  readonly size: number;
  readonly sealed: number;
  readonly policy: KeepPolicy;
  readonly holds: Holds;
  readonly prunings: readonly Pruning[];
  /** Sizes of trees that were anchored outside. */
  readonly anchored: readonly number[];
  /** Digests of detached payloads, in hex, whose records are there and were not erased. */
  readonly detached: ReadonlySet<string>;
  /** The first record that is there of a stream; null without one. */
  readonly firstOf: (stream: string) => number | null;
}

const RAW = Buffer.from('lrec/1 raw\nstream=');

/** Reads all records that are there; those under the tree are verified, for what they say decides what is given up. Throws E_TAMPERED, E_CONFIG. */
export async function surveyLog(reader: LedgerReader, tree: AuthenticTree): Promise<Survey> {
  const size = await reader.refresh();
  const minimum = await reader.minimum();
  const taking = new Taking();
  for (let n = minimum / TILE_WIDTH; n * TILE_WIDTH < size; n += 1) {
    const entries = await reader.bundle(n, Math.min(TILE_WIDTH, size - n * TILE_WIDTH));
    await authentic(tree, n, entries);
    for (const [at, entry] of entries.entries()) taking.take(n * TILE_WIDTH + at, entry);
  }
  const { holds, prunings, anchored, first, policy } = taking;
  const firstOf = (stream: string) => first.get(escapeValue(stream)) ?? null;
  const detached = taking.detached();
  return { minimum, size, sealed: tree.size, policy: keepPolicy(policy), holds, prunings, anchored, detached, firstOf };
}

/** Are these the entries under the tree? Those behind it cannot be checked. */
async function authentic(tree: AuthenticTree, n: number, entries: readonly Buffer[]): Promise<void> {
  const sealed = entries.slice(0, Math.max(0, tree.size - n * TILE_WIDTH)).map((entry) => leafHash(entry));
  if (sealed.length === 0) return;
  const good =
    sealed.length === TILE_WIDTH
      ? foldRow(sealed).equals((await tree.tile(1, Math.floor(n / TILE_WIDTH)))[n % TILE_WIDTH] as Buffer)
      : Buffer.concat(sealed).equals(Buffer.concat(await tree.tile(0, n)));
  if (!good)
    throw new AppError(
      'E_TAMPERED',
      `records ${n * TILE_WIDTH}..${n * TILE_WIDTH + sealed.length - 1} are not what was sealed: run spoor verify; nothing is given up`,
    );
}

class Taking {
  readonly holds = new Holds();
  readonly prunings: Pruning[] = [];
  readonly anchored: number[] = [];
  /** By the stream's name as it is spelled in records. */
  readonly first = new Map<string, number>();
  policy = '';
  readonly #refs = new Map<string, number>();
  readonly #erased: { readonly first: number; readonly last: number }[] = [];

  detached(): ReadonlySet<string> {
    const erased = (index: number) => this.#erased.some(({ first, last }) => index >= first && index <= last);
    return new Set([...this.#refs].filter(([, index]) => !erased(index)).map(([digest]) => digest));
  }

  take(index: number, entry: Buffer): void {
    if (entry.subarray(0, RAW.length).equals(RAW)) {
      const stream = entry.toString('latin1', RAW.length, entry.indexOf(10, RAW.length));
      if (!this.first.has(stream)) this.first.set(stream, index);
    } else this.#own(index, parseRecord(entry));
  }

  #own(index: number, record: LedgerRecord): void {
    const { kind, fields, payload } = record;
    const { stream, rt = '', minimum, policy, size } = fields;
    if (stream !== undefined && kind !== 'hold' && !this.first.has(escapeValue(stream)))
      this.first.set(escapeValue(stream), index);
    this.holds.take(index, record);
    if (kind === 'genesis') this.policy = payload.toString('utf8');
    if (kind === 'conf' && isKeepPolicy(payload.toString('utf8'))) this.policy = payload.toString('utf8');
    if (kind === 'prune') {
      this.prunings.push({ index, rt, minimum: Number(minimum) });
      if (this.policy === '') this.policy = policyOfLine(policy ?? ''); // older statements of it are gone
    }
    if (kind === 'ref') this.#refs.set(payload.toString('hex'), index);
    if (kind === 'erase') this.#erased.push({ first: Number(fields['first']), last: Number(fields['last']) });
    if (kind === 'anchor') this.anchored.push(Number(size));
  }
}
