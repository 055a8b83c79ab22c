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

const floor = (index: number) => index - (index % TILE_WIDTH);

/** Works out what may be given up: whole bundles of packed records that are all old enough, and before everything that is held. */
export async function planPrune(reader: LedgerReader, survey: Survey, nowUs: number): Promise<PrunePlan> {
  const { minimum: current, policy, holds } = survey;
  const aged = (duration: string) => firstYounger(reader, current, nowUs - durationUs(duration));
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

/** The first bundle of which a record was received at that time or later. The last packed bundle always stays: a writer goes on from it. */
async function firstYounger(reader: LedgerReader, current: number, us: number): Promise<number> {
  let low = current / TILE_WIDTH;
  let high = Math.max(low, reader.packs.end * TILE_WIDTH - 1);
  while (low < high) {
    const n = Math.floor((low + high) / 2);
    const entries = await reader.bundle(n, TILE_WIDTH);
    const { rt = '' } = readHeader(entries[TILE_WIDTH - 1] as Buffer).fields;
    if (parseTime(rt) < us) low = n + 1;
    else high = n;
  }
  return low * TILE_WIDTH;
}
