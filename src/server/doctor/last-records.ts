import type { DoctorLine } from '../../api/view.ts';
import { counted } from '../../core/text.ts';
import { parseVerifierKey } from '../../core/tlog/note.ts';
import { AuthenticTree } from '../../ledger/prove.ts';
import type { LedgerReader } from '../../ledger/reader.ts';
import { TILE_WIDTH } from '../../ledger/tile.ts';
import { judgedCheckpoint, policyOf } from '../../ledger/verdict.ts';
import { openReader } from '../../pipeline/ledger-reading.ts';
import type { Server } from '../serve.ts';
import { bad, ok, said } from './line.ts';

const LAST = 8192;

/** The signed checkpoint, with the tree under it. Rejects with E_TAMPERED when it is not to be believed. */
async function believedTree(reader: LedgerReader, vkey: string): Promise<AuthenticTree> {
  await reader.refresh();
  const { judged } = await judgedCheckpoint(reader, policyOf([parseVerifierKey(vkey)]));
  return AuthenticTree.open(reader, Number(judged.checkpoint.size), judged.checkpoint.root);
}

/** Verifies the last records under the signed checkpoint. All of them: `spoor verify`. */
export async function lastRecords(server: Server): Promise<DoctorLine[]> {
  const { ledger } = server.options.paths;
  const reader = await openReader(server.place);
  try {
    const tree = await believedTree(reader, server.ledgerKey);
    const from = Math.max(await reader.minimum(), tree.size - LAST);
    for (let at = from; at < tree.size; ) {
      const n = Math.floor(at / TILE_WIDTH);
      const entries = await reader.bundle(n, Math.min(TILE_WIDTH, tree.size - n * TILE_WIDTH));
      for (const entry of entries.slice(at % TILE_WIDTH)) {
        await tree.prove(at, entry);
        at += 1;
      }
    }
    const last = tree.size - from;
    const are = last === 1 ? 'the last is as it was' : `the last ${last.toLocaleString('en')} are as they were`;
    return [ok('ledger', `of ${counted(tree.size, 'sealed record')} ${are} signed`)];
  } catch (error) {
    return [bad('ledger', said(error), `Verify all of it: spoor verify ${ledger}`)];
  } finally {
    await reader.close();
  }
}
