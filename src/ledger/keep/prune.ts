import { AppError } from '../../core/errors.ts';
import { judgeCheckpoint, type Policy } from '../../core/tlog/policy.ts';
import { lastCosigned } from '../cosigned.ts';
import type { Disk } from '../disk.ts';
import type { Ledger } from '../ledger.ts';
import { AuthenticTree } from '../prove.ts';
import { LedgerReader } from '../reader.ts';
import { formatTime, parseTime } from '../record.ts';
import { judgedCheckpoint } from '../verdict.ts';
import { blobNumber, readBlobs } from './blobs.ts';
import { cutLog, removeTorn } from './cut.ts';
import { fillUp } from './fill.ts';
import { policyLine } from './keep-policy.ts';
import { needsFill, type PrunePlan, planPrune } from './plan.ts';
import { type Pruning, type Survey, surveyLog } from './survey.ts';

/** How long witnesses, and who looks at what they cosigned, have to object: 7 days. */
const PRUNE_DELAY_US = 7 * 86_400_000_000;

/** A ledger's folder, and what it is checked against before anything of it is given up. */
export interface KeepFolder {
  readonly disk: Disk;
  /** The log's keys, and where it has them its witnesses. */
  readonly trust: Policy;
}

export interface PruneOptions extends KeepFolder {
  readonly ledger: Pick<
    Ledger,
    'note' | 'seal' | 'sealed' | 'size' | 'pack' | 'alone' | 'blobs' | 'erasableSettled' | 'random'
  >;
  /** Who gives the order. */
  readonly who: string;
  readonly nowUs: number;
  /** From the prune record to the giving up, where there are witnesses; microseconds. */
  readonly delayUs?: number;
}

/** What came of it. */
export interface PruneResult {
  readonly plan: PrunePlan;
  /** The prune record that was written now; null when none was needed. */
  readonly record: number | null;
  /** How many records went. */
  readonly gone: number;
  /** What is stated and must wait, in words; null when nothing is. */
  readonly waits: string | null;
}

/** Reads what the log says about keeping, verified against its checkpoint. Throws E_TAMPERED, E_CONFIG. */
export async function readKeeping<T>(
  { disk, trust }: KeepFolder,
  work: (reader: LedgerReader, survey: Survey, size: number) => Promise<T>,
): Promise<T> {
  const reader = await LedgerReader.open(disk);
  try {
    const { judged } = await judgedCheckpoint(reader, trust);
    const size = Number(judged.checkpoint.size);
    const tree = await AuthenticTree.open(reader, size, judged.checkpoint.root);
    return await work(reader, await surveyLog(reader, tree), size);
  } finally {
    await reader.close();
  }
}

/** What could be given up now, without changing anything. */
export function planOf(folder: KeepFolder, nowUs: number): Promise<PrunePlan> {
  return readKeeping(folder, (reader, survey) => planPrune(reader, survey, nowUs));
}

/**
 * Gives up what is old enough and not held: states it in a `prune` record, seals that, and then, where witnesses are named once they
 * cosigned it and the delay is over, takes it off the disk. To be called daily; each call goes on where the last one ended.
 */
export async function prune(options: PruneOptions): Promise<PruneResult> {
  const { ledger, nowUs } = options;
  await ledger.seal();
  const record = await readKeeping(options, (reader, survey) => state(options, reader, survey));
  await ledger.seal();
  await ledger.pack(); // what is full is a pack before anything of it goes
  const result = await readKeeping(options, async (reader, survey, size) => {
    const plan = await planPrune(reader, survey, nowUs);
    return { plan, record, ...(await giveUp(options, survey, plan, size)) };
  });
  if (result.gone > 0) await ledger.seal();
  await removeTorn(options.disk, result.plan.current + result.gone);
  await tidyBlobs(options);
  return result;
}

/** Fills the last bundle where that is needed, and states what may go. Resolves with the index of that record; null when nothing more may. */
async function state(
  { ledger, nowUs, who }: PruneOptions,
  reader: LedgerReader,
  survey: Survey,
): Promise<number | null> {
  const fills = await needsFill(reader, survey, nowUs);
  if (fills) {
    await fillUp(ledger);
    await ledger.seal();
    await reader.refresh();
  }
  const plan = await planPrune(reader, fills ? { ...survey, sealed: ledger.sealed } : survey, nowUs);
  const stated = Math.max(survey.minimum, ...survey.prunings.map(({ minimum }) => minimum));
  if (plan.minimum <= stated) return null;
  return ledger.note('prune', { minimum: String(plan.minimum), policy: policyLine(survey.policy), who });
}

/** Payloads of records that are gone, were erased, or never came, go too. */
async function tidyBlobs(options: PruneOptions): Promise<void> {
  const { disk, ledger } = options;
  const numbers = (await disk.list('blob')).map(blobNumber).filter((n) => n !== null);
  const newest = numbers[numbers.length - 1];
  if (newest === undefined) return;
  const kept = new Set((await readBlobs(disk, newest)).held.keys());
  await ledger.erasableSettled(); // each of them has its record now; those that come meanwhile are not among them
  const detached = await readKeeping(options, async (_, survey) => survey.detached);
  const goes = (digest: string, n: number) => !detached.has(digest) && (n !== newest || kept.has(digest));
  for (const n of numbers) await ledger.blobs.takeOut(n, (digest) => goes(digest, n));
}

async function giveUp(
  options: PruneOptions,
  survey: Survey,
  plan: PrunePlan,
  size: number,
): Promise<Pick<PruneResult, 'gone' | 'waits'>> {
  const open = survey.prunings.filter(({ index, minimum }) => minimum > plan.current && index < size);
  const allowed: Pruning[] = [];
  let waits: string | null = null;
  for (const pruning of open) {
    const why = await mustWait(options, pruning);
    if (why === null) allowed.push(pruning);
    else waits ??= `records before ${pruning.minimum}: ${why}`;
  }
  const best = allowed.reduce<Pruning | null>((a, b) => (a === null || b.minimum > a.minimum ? b : a), null);
  const minimum = Math.min(best?.minimum ?? 0, plan.minimum);
  if (best === null || minimum <= plan.current) return { gone: 0, waits };
  const { ledger, disk } = options;
  const cut = { minimum, record: best.index, sizes: survey.anchored, note: ledger.note, random: ledger.random };
  return { gone: await ledger.alone((writer) => cutLog(disk, { ...cut, writer })), waits };
}

/** Why a statement may not be carried out yet; null when it may. */
async function mustWait(
  { disk, trust, nowUs, delayUs = PRUNE_DELAY_US }: PruneOptions,
  { index, rt }: Pruning,
): Promise<string | null> {
  if (trust.quorum === null) return null;
  const note = await lastCosigned(disk);
  try {
    const judged = note === null ? null : judgeCheckpoint(note, trust);
    if (judged === null || !judged.met || judged.checkpoint.size <= BigInt(index))
      return `too few witnesses have cosigned record ${index}, which states it`;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return `the cosigned checkpoint cannot be believed: ${error.message}`;
  }
  const until = parseTime(rt) + delayUs;
  return nowUs < until ? `until ${formatTime(until).slice(0, 19)}Z, so that witnesses may object` : null;
}
