import { AppError } from '../core/errors.ts';
import { formatVerifierKey, type VerifierKey } from '../core/tlog/note.ts';
import { judgeCheckpoint, type Policy, type PolicyVerdict } from '../core/tlog/policy.ts';
import { PruneCheck } from './keep/prune-check.ts';
import { AuthenticTree } from './prove.ts';
import type { LedgerSource } from './source.ts';
import { type Findings, LogWalk, type Problem, tell, type Walked, type WalkOptions } from './verify.ts';

/** What is known of a log before it is verified. */
export interface Expected {
  /** Keys of the log, and whose cosignatures it needs. */
  readonly policy: Policy;
  /** Checkpoints of earlier times, as signed notes: the log must continue each of them. */
  readonly remembered: readonly { readonly name: string; readonly note: string }[];
  /** Between looks at files that a writer may be changing, milliseconds. */
  readonly pauseMs?: number;
  /** Told now and then with how many records were read. */
  readonly onProgress?: (read: number, size: number) => void;
}

/** The answer of a verification. Without problems, all that is under the checkpoint is as it was sealed. */
export interface Verdict {
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
  /** Index of the first record that is kept. */
  readonly minimum: number;
  readonly streams: number;
  /** Records behind the checkpoint, which nothing proves yet. */
  readonly unsealed: number;
  /** Names of witnesses, with their times in seconds since 1970. */
  readonly witnessedBy: readonly { readonly name: string; readonly seconds: number }[];
  readonly problems: readonly Problem[];
  readonly remarks: readonly string[];
  /** The signed checkpoint, to be remembered. */
  readonly checkpoint: string;
  /** What could not be checked for want of a key, in words; null when all was. */
  readonly unchecked: string | null;
}

/** A policy that knows only a log's keys: no witness is asked for. */
export function policyOf(keys: readonly VerifierKey[]): Policy {
  return { logs: keys.map((key) => ({ key, url: null })), witnesses: [], groups: [], quorum: null };
}

/** A checkpoint that was judged, with the walk over what it covers. */
export interface Verified {
  readonly judged: PolicyVerdict;
  readonly walked: Walked;
  readonly note: string;
  /** The tree under the checkpoint; null when its tiles do not give the root. */
  readonly tree: AuthenticTree | null;
}

/** The source's checkpoint, judged. Throws E_TAMPERED for one that cannot be believed: then there is nothing to verify against. */
export async function judgedCheckpoint(
  source: Pick<LedgerSource, 'name' | 'checkpoint'>,
  policy: Policy,
): Promise<{ judged: PolicyVerdict; note: string }> {
  const note = await source.checkpoint();
  if (note === null) throw new AppError('E_TAMPERED', `${source.name} has no checkpoint: nothing in it is signed`);
  const judged = judgeCheckpoint(note, policy);
  if (judged.checkpoint.size > BigInt(Number.MAX_SAFE_INTEGER))
    throw new AppError('E_MALFORMED', `a log of ${judged.checkpoint.size} records`);
  return { judged, note };
}

/** Verifies all that lies under a source's checkpoint. Throws as `judgedCheckpoint`; all else goes to the findings. */
export async function verifySource(source: LedgerSource, expected: Expected, options: WalkOptions): Promise<Verified> {
  const { findings } = options;
  const cosigned = await source.cosigned(); // before the checkpoint, which may move on
  const { judged, note } = await judgedCheckpoint(source, expected.policy);
  tellSigned(judged, cosigned, expected.policy, findings);
  const size = Number(judged.checkpoint.size);
  const prunes = new PruneCheck(findings);
  const walked = await new LogWalk(source, {
    ...options,
    own: (index, record) => {
      prunes.take(index, record);
      options.own?.(index, record);
    },
    onBundle: (read, check) => {
      options.onBundle?.(read, check);
      expected.onProgress?.(read, size);
    },
  }).run(judged);
  prunes.judge(walked.minimum);
  const tree = await AuthenticTree.open(source, size, judged.checkpoint.root).catch(() => null);
  const earlierOnes = [...expected.remembered, ...(cosigned === null ? [] : [{ name: 'cosigned', note: cosigned }])];
  for (const { name, note: earlier } of earlierOnes)
    await compareWith(name, earlier, judged, tree, expected.policy, findings);
  return { judged, walked, note, tree };
}

/** Tells which witnesses a checkpoint lacks, and which signatures were not checked. */
export function tellSigned(judged: PolicyVerdict, cosigned: string | null, policy: Policy, findings: Findings): void {
  if (!judged.met) tellWaiting(judged, cosigned, policy, findings);
  tellUnknown(judged, policy, findings);
}

/** The newest checkpoint is signed each second, and cosigned less often: what waits is no fault while an earlier one has its quorum. */
function tellWaiting(judged: PolicyVerdict, cosigned: string | null, policy: Policy, findings: Findings): void {
  const size = cosigned === null ? null : quorumSize(cosigned, policy, judged.checkpoint.origin);
  const missing = judged.missing.map((name) => name.slice(0, 80)).join(', ');
  if (size === null) tell(findings, 'checkpoint', `too few witnesses cosigned it; missing: ${missing}`);
  else findings.remarks.push(`enough witnesses cosigned the first ${size} records; those after wait for: ${missing}`);
}

function quorumSize(note: string, policy: Policy, origin: string): bigint | null {
  try {
    const { met, checkpoint } = judgeCheckpoint(note, policy, origin);
    return met ? checkpoint.size : null;
  } catch {
    return null; // it is told where it is compared
  }
}

/** The newest checkpoint; or the last one with its quorum, when the newest lacks it and the other covers record `index`. Throws as `judgedCheckpoint`. */
export async function provingCheckpoint(
  source: LedgerSource,
  policy: Policy,
  index: number,
): Promise<{ judged: PolicyVerdict; note: string }> {
  const newest = await judgedCheckpoint(source, policy);
  const cosigned = newest.judged.met ? null : await source.cosigned();
  if (cosigned === null) return newest;
  const judged = judgeCheckpoint(cosigned, policy, newest.judged.checkpoint.origin);
  return judged.met && judged.checkpoint.size > BigInt(index) ? { judged, note: cosigned } : newest;
}

function tellUnknown({ checkpoint }: PolicyVerdict, policy: Policy, { remarks }: Findings): void {
  const known = [...policy.logs, ...policy.witnesses].map(({ key }) => `${key.name} ${key.id}`);
  for (const { name, id } of checkpoint.note.signatures)
    if (!known.includes(`${name} ${id}`))
      remarks.push(`the signature of ${name} (key ${id}) was not checked: its key was not given`);
}

/** Does the log continue an earlier checkpoint? Without a tree, only whether it is as long. */
export async function compareWith(
  name: string,
  note: string,
  { checkpoint }: PolicyVerdict,
  tree: AuthenticTree | null,
  policy: Policy,
  findings: Findings,
): Promise<void> {
  try {
    const { checkpoint: earlier } = judgeCheckpoint(note, policy, checkpoint.origin);
    if (earlier.size > checkpoint.size) {
      tell(
        findings,
        name,
        `the log had ${earlier.size} records then, and has ${checkpoint.size} now: it was cut or rolled back`,
      );
    } else if (tree !== null && !(await tree.rootAt(Number(earlier.size))).equals(earlier.root)) {
      tell(findings, name, `the first ${earlier.size} records are not those of then: the log's history was rewritten`);
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'E_NOT_FOUND')
      findings.remarks.push(`${name} cannot be compared: its last records were given up since`);
    else tell(findings, name, `cannot be compared: ${error.message}`);
  }
}

/** The verdict of what was found. */
export function verdictOf({ judged, walked, note }: Verified, findings: Findings, unsealed: number): Verdict {
  const { checkpoint, witnessedBy } = judged;
  return {
    origin: checkpoint.origin,
    size: Number(checkpoint.size),
    root: checkpoint.root.toString('hex'),
    minimum: walked.minimum,
    streams: walked.check.streams,
    unsealed,
    witnessedBy: witnessedBy.map(({ witness, seconds }) => ({ name: witness.name, seconds: Number(seconds) })),
    problems: findings.problems,
    remarks: findings.remarks,
    checkpoint: note,
    unchecked: null,
  };
}

/** Verifies a log that is served: every tile and every entry under its checkpoint. Rejects when no checkpoint can be believed. */
export async function verifyServed(source: LedgerSource, expected: Expected): Promise<Verdict> {
  const findings: Findings = { problems: [], remarks: [] };
  const verified = await verifySource(source, expected, { findings, storedLevel: 0 });
  return verdictOf(verified, findings, 0);
}

/** The keys of a policy as they are written. */
export const keysOf = ({ logs }: Policy): string[] => logs.map(({ key }) => formatVerifierKey(key));
