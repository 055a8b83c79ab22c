import { AppError } from '../core/errors.ts';
import type { VerifierKey } from '../core/tlog/note.ts';
import { type Policy, parsePolicy } from '../core/tlog/policy.ts';
import { type CosignAlarm, Cosigner, proofsOf } from './cosign.ts';
import { type Disk, readWhole } from './disk.ts';
import type { Ledger } from './ledger.ts';
import { LedgerReader } from './reader.ts';

/** The ledger's policy in its folder: its log, its witnesses and where they are, its quorum. */
const POLICY = 'policy.txt';

/** The policy of a ledger's folder; null when it has none. Rejects with E_CONFIG for one that cannot be read, or is of another log. */
export async function policyIn(disk: Disk, origin: string): Promise<Policy | null> {
  if (!(await disk.exists(POLICY))) return null;
  const text = (await readWhole(disk, POLICY)).toString('utf8');
  try {
    const policy = parsePolicy(text);
    if (policy.logs.every(({ key }) => key.name === origin)) return policy;
  } catch (cause) {
    throw new AppError('E_CONFIG', `${POLICY}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  throw new AppError('E_CONFIG', `${POLICY} names another log than ${origin}`);
}

/** What a ledger's folder is checked against: the keys of `own` alone, and the witnesses of the folder's policy. Rejects as `policyIn`. */
export async function trustIn(disk: Disk, origin: string, own: Policy): Promise<Policy> {
  const said = await policyIn(disk, origin);
  return said === null ? own : { ...said, logs: own.logs };
}

export interface FolderCosigning {
  readonly disk: Disk;
  readonly ledger: Ledger;
  /** The log's keys, old and new. */
  readonly keys: readonly VerifierKey[];
  readonly onAlarm: (alarm: CosignAlarm) => void;
  readonly nowMs: () => number;
}

/**
 * Has a ledger that is open for writing cosigned by the witnesses of its folder's policy; null when that names none. Call
 * `checkRollback` before the first seal, then `start`.
 */
export async function cosignerOf({ disk, ledger, keys, onAlarm, nowMs }: FolderCosigning): Promise<Cosigner | null> {
  const policy = await policyIn(disk, ledger.origin);
  if (policy === null || policy.witnesses.length === 0) return null;
  const proof = proofsOf(await LedgerReader.open(disk));
  return new Cosigner({ ledger, disk, origin: ledger.origin, keys, policy, proof, onAlarm, nowMs });
}
