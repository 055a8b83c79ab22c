import { AppError } from '../core/errors.ts';
import { AuthenticTree, provenEntry } from '../ledger/prove.ts';
import { LedgerReader } from '../ledger/reader.ts';
import { parseRecord } from '../ledger/record.ts';
import { readingDisk } from '../ledger/secrecy/at-rest.ts';
import { judgedCheckpoint, type Verdict } from '../ledger/verdict.ts';
import { verifyFolder } from '../ledger/verify-folder.ts';
import type { ReadBackup } from '../server/backup-contents.ts';
import { layout } from '../server/paths.ts';
import { keysOfFolder } from './key-file.ts';
import { type Trust, trustFor } from './log-trust.ts';

/** What is known of the log that a backup is to be of. */
export interface Author {
  /** Its public keys. */
  readonly vkey: readonly string[];
  /** Or a policy file, with its witnesses. */
  readonly policy?: string;
  readonly keyFile?: string;
}

const KNOWN = 'nothing of it was kept: it is damaged, or somebody else made it for the same reader';

/**
 * Looks whether a backup that was read into a folder is of the log that is known: its ledger is whole and signed with that log's key, and has a
 * record with the digest of all else that is in it. Throws E_TAMPERED where it is not, E_USAGE for an encrypted ledger without its keys.
 */
export async function mustBeOf(author: Author, folder: string, { manifest, digest }: ReadBackup): Promise<Verdict> {
  const { ledger } = layout(folder);
  if (manifest.isEncryptedAtRest && author.keyFile === undefined)
    throw new AppError(
      'E_USAGE',
      'the ledger in it is encrypted at rest: whose backup it is can be told with --key-file alone',
    );
  const { vkey, policy } = author;
  const trust = trustFor(ledger, { key: vkey, memory: false, ...(policy !== undefined && { policy }) });
  const verdict = await verifyFolder(ledger, trust, keysOfFolder(ledger, author));
  const [problem] = verdict.problems;
  if (problem !== undefined)
    throw new AppError(
      'E_TAMPERED',
      `the ledger in it is not as it was sealed: ${problem.where}: ${problem.what}; ${KNOWN}`,
    );
  if (manifest.act === null || (await statedIn(ledger, trust, author, manifest.act)) !== digest)
    throw new AppError(
      'E_TAMPERED',
      `its ledger is the one that is known, and no record of it says what else is in this backup (accounts, certificates, configuration); ${KNOWN}`,
    );
  return verdict;
}

/** The digest that a record of a backup has; null for any other record, and for one that no checkpoint has. */
async function statedIn(ledger: string, trust: Trust, author: Author, act: number): Promise<string | null> {
  const origin = trust.policy.logs[0]?.key.name ?? '';
  const reader = await LedgerReader.open(readingDisk(ledger, origin, keysOfFolder(ledger, author)));
  try {
    const { judged } = await judgedCheckpoint(reader, trust.policy);
    const size = Number(judged.checkpoint.size);
    if (act >= size || act < (await reader.minimum())) return null;
    const tree = await AuthenticTree.open(reader, size, judged.checkpoint.root);
    const { kind, fields, payload } = parseRecord(await provenEntry(reader, tree, act));
    if (kind !== 'act' || fields['what'] !== 'backup') return null;
    const { holds } = JSON.parse(payload.toString('utf8')) as { holds?: unknown };
    return typeof holds === 'string' ? holds : null;
  } finally {
    await reader.close();
  }
}
