import type { EntryProof } from '../ledger/proof-text.ts';
import { AuthenticTree, provenEntry } from '../ledger/prove.ts';
import type { LedgerSource } from '../ledger/source.ts';
import type { provingCheckpoint } from '../ledger/verdict.ts';

/** A record's bytes and the proof that it is under a checkpoint. Rejects with E_TAMPERED, E_NOT_FOUND. */
export async function entryProofOf(
  source: LedgerSource,
  index: number,
  { judged, note }: Awaited<ReturnType<typeof provingCheckpoint>>,
): Promise<{ entry: Buffer; proof: EntryProof }> {
  const tree = await AuthenticTree.open(source, Number(judged.checkpoint.size), judged.checkpoint.root);
  const entry = await provenEntry(source, tree, index);
  return { entry, proof: { index: BigInt(index), proof: await tree.inclusionProof(index), checkpoint: note } };
}
