import type { LedgerReader } from '../reader.ts';
import { formatTime, parseTime, readHeader } from '../record.ts';
import { TILE_WIDTH } from '../tile.ts';
import { durationUs } from './duration.ts';
import { dutyOf, firstHeld, type Hold } from './holds.ts';
import type { Survey } from './survey.ts';

/** What may be given up now. */
export interface PrunePlan {
  /** The first record that is there. */
  readonly current: number;
  /** The first that is to stay: a multiple of 256. */
  readonly minimum: number;
  /** The first that would stay without holds. */
  readonly byAge: number;
  /** Records received before that time are old enough; null: none ever is. */
  readonly before: string | null;
  /** Holds that keep what is old enough. */
  readonly heldBy: readonly Hold[];
  /** Records older than the policy's maximum stay: how many at least. */
  readonly overdue: number;
}

/** From one prune to the next. */
const DAY_US = 86_400_000_000;

const floor = (index: number) => index - (index % TILE_WIDTH);

/** Works out what may be given up: whole bundles of signed records that are all old enough, and before everything that is held. */
export async function planPrune(reader: LedgerReader, survey: Survey, nowUs: number): Promise<PrunePlan> {
  const { minimum: current, policy, holds } = survey;
  const aged = (duration: string) => firstYounger(reader, survey, nowUs - durationUs(duration));
  const byAge = policy.retention === null ? current : await aged(policy.retention);
  const heldBy: Hold[] = [];
  let minimum = byAge;
  for (const hold of holds.standing) {
    const duty = dutyOf(hold);
    const until = duty === null ? current : Math.max(current, await aged(duty));
    const held = firstHeld(hold, until, survey.firstOf);
    if (held === null) continue;
    const stays = Math.max(current, floor(Math.min(held, hold.index)));
    if (stays < byAge) heldBy.push(hold);
    minimum = Math.min(minimum, stays);
  }
  const before = policy.retention === null ? null : formatTime(nowUs - durationUs(policy.retention));
  const over = policy.maximum === null ? current : await aged(policy.maximum);
  return { current, minimum, byAge, before, heldBy, overdue: Math.max(0, over - minimum) };
}

/** The first bundle of which a record was received at that time or later, or which is not full and signed. */
async function firstYounger(reader: LedgerReader, { minimum, sealed }: Survey, us: number): Promise<number> {
  let low = minimum / TILE_WIDTH;
  let high = Math.max(low, Math.floor(sealed / TILE_WIDTH));
  while (low < high) {
    const n = Math.floor((low + high) / 2);
    if ((await latestIn(reader, n)) < us) low = n + 1;
    else high = n;
  }
  return low * TILE_WIDTH;
}

/** When the last record of a bundle was received; those that only fill it do not count. */
async function latestIn(reader: LedgerReader, n: number): Promise<number> {
  const entries = await reader.bundle(n, TILE_WIDTH);
  const last = entries.findLast((entry) => !isFill(entry)) ?? entries[TILE_WIDTH - 1];
  return receivedAt(last as Buffer);
}

const receivedAt = (entry: Buffer) => parseTime(readHeader(entry).fields.rt ?? '');

const FILL = Buffer.from('lrec/1 fill\n');
/** Kinds that pruning itself leaves: a bundle of these alone need not be filled. */
const OWN = ['prune', 'conf', 'fill'];

function isFill(entry: Buffer): boolean {
  return entry.subarray(0, FILL.length).equals(FILL);
}

/**
 * Is the last bundle to be filled, so that its records can go by the time that the policy's maximum says? Not without a maximum, and not
 * while the bundle is in time without. To be asked daily.
 */
export async function needsFill(reader: LedgerReader, { policy, size }: Survey, nowUs: number): Promise<boolean> {
  const { retention, maximum } = policy;
  const there = size % TILE_WIDTH;
  if (retention === null || maximum === null || there === 0) return false;
  const entries = await reader.bundle(Math.floor(size / TILE_WIDTH), there);
  const first = entries.find((entry) => !OWN.includes(readHeader(entry).kind));
  const slack = durationUs(maximum) - durationUs(retention);
  return first !== undefined && receivedAt(first) + slack < nowUs + DAY_US;
}
