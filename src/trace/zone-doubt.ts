import type { SessionDraft } from './draft.ts';

const QUARTER_MS = 900_000;
const NEAR_MS = 10_000;
const MAX_OFFSET_MS = 14 * 3_600_000;
const MAX_COMPARED = 500;

/**
 * How far a host's login lines lie from its login records (which are in UTC whatever the zone), when they lie apart by one
 * and the same zone's worth: then the zone was given wrong, and no record or line is missing. Null when they agree, or too
 * few can be compared. `sessions`: of one host.
 */
export function zoneDoubt(sessions: readonly SessionDraft[]): number | null {
  const here = sessions.filter(({ address }) => address !== '').slice(-MAX_COMPARED);
  const records = here.filter(({ seen }) => seen.record && !seen.login);
  const logins = here.filter(({ seen }) => seen.login && !seen.record);
  if (here.some(({ seen }) => seen.record && seen.login)) return null;
  const pairs = new Map<number, number>();
  for (const record of records)
    for (const login of logins) {
      const offset = zoneBetween(record, login);
      if (offset !== null) pairs.set(offset, (pairs.get(offset) ?? 0) + 1);
    }
  const [best] = [...pairs].sort(([, a], [, b]) => b - a);
  return best && best[1] >= records.length / 2 ? best[0] : null;
}

// A zone's offset between two tellings of what may be the same login; null when it is not.
function zoneBetween(record: SessionDraft, login: SessionDraft): number | null {
  if (record.user !== login.user || record.address !== login.address) return null;
  const apart = login.start - record.start;
  const offset = Math.round(apart / QUARTER_MS) * QUARTER_MS;
  const isZone = offset !== 0 && Math.abs(offset) <= MAX_OFFSET_MS && Math.abs(apart - offset) <= NEAR_MS;
  return isZone ? offset : null;
}
