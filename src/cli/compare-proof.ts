import { AppError } from '../core/errors.ts';
import type { Comparison } from '../ledger/compare/compare.ts';
import type { StreamLines } from '../ledger/compare/stream-lines.ts';
import { AuthenticTree } from '../ledger/prove.ts';
import type { LedgerSource } from '../ledger/source.ts';
import { judgedCheckpoint } from '../ledger/verdict.ts';
import { type TrustOptions, trustFor } from './log-trust.ts';

/** What stands behind the records that are told. */
export interface Proved {
  /** Records under the signed checkpoint that was checked; 0 for none. */
  readonly size: number;
  /** Names of the witnesses that cosigned it. */
  readonly witnesses: readonly string[];
  /** Of the records that are told, how many were proved to be under it, and how many lie behind it. */
  readonly records: number;
  readonly unsealed: number;
  /** Why nothing was proved; null when it was. */
  readonly why: string | null;
}

const NONE = { size: 0, witnesses: [], records: 0, unsealed: 0 };

/**
 * Proves each record that is told as missing or changed against the signed checkpoint: an accusation must not rest on a record that was
 * forged in the ledger. Throws E_TAMPERED when one is not what was sealed. Without a key or a checkpoint it says why it could not.
 */
export async function proveTold(
  where: string,
  source: LedgerSource,
  stream: StreamLines,
  { missing, changed }: Comparison,
  options: TrustOptions,
): Promise<Proved> {
  if ((await source.checkpoint()) === null) return { ...NONE, why: 'the ledger has no checkpoint yet' };
  let trust: ReturnType<typeof trustFor>;
  try {
    trust = trustFor(where, { ...options, memory: false });
  } catch (error) {
    if (error instanceof AppError && error.code === 'E_USAGE') return { ...NONE, why: error.message };
    throw error;
  }
  const { judged } = await judgedCheckpoint(source, trust.policy);
  const { size, root } = judged.checkpoint;
  const tree = await AuthenticTree.open(source, Number(size), root);
  const told = [...missing.told, ...changed.told.map(({ record }) => record)];
  const counts = { records: 0, unsealed: 0 };
  for (const { index } of told) {
    const entries = await stream.entries(index);
    const isSealed = entries.every(([at]) => at < tree.size);
    if (isSealed) for (const [at, entry] of entries) await tree.prove(at, entry);
    counts[isSealed ? 'records' : 'unsealed'] += 1;
  }
  return { size: Number(size), witnesses: judged.witnessedBy.map(({ witness }) => witness.name), ...counts, why: null };
}
