import { grouped } from '../core/grouped.ts';
import type { SessionDraft } from './draft.ts';
import type { Tally } from './tally.ts';

/** Sessions in a row without a login line, at the beginning of what a server tells, by which it is seen not to log them. */
const FIRST = 3;
/** And at the end, where an intruder who takes out his lines is a nearer thought. */
const LAST = 5;
/** And over so long: the sessions of one night are nearer to an intruder who takes out the lines with his address. */
const LAST_MS = 86_400_000;

const BEGINNING_MS = 120_000;

/** An sshd session that pam opened, well inside the log, and no line says who let it in. */
export function lacksLogin(draft: SessionDraft, beginnings: ReadonlyMap<string, number>): boolean {
  if (draft.state !== 'no_start' || draft.service !== 'sshd' || draft.seen.login || !Number.isFinite(draft.start))
    return false;
  return draft.start > (beginnings.get(draft.host) ?? Number.POSITIVE_INFINITY) + BEGINNING_MS / 4;
}

/**
 * Sessions of times in which their server did not log whom it lets in (sshd's LogLevel ERROR, until or since somebody set it):
 * nobody took a line out. They are the first of their host, or the last, and no session among them has its line. Between
 * sessions that have theirs, one that lacks it is never of these.
 */
export function unlogged(
  sessions: readonly SessionDraft[],
  beginnings: ReadonlyMap<string, number>,
  tallies: ReadonlyMap<string, Tally>,
): Set<SessionDraft> {
  const found = new Set<SessionDraft>();
  const told = sessions.filter(
    (draft) => draft.service === 'sshd' && (draft.seen.login || lacksLogin(draft, beginnings)),
  );
  for (const drafts of grouped(told, ({ host }) => host).values())
    for (const run of silentRuns(drafts)) if (!isTelling(run, tallies)) for (const draft of run) found.add(draft);
  return found;
}

// Of one host's sessions, the first ones and the last ones without a line, where these are enough.
function silentRuns(drafts: SessionDraft[]): SessionDraft[][] {
  const ordered = drafts.sort((a, b) => a.start - b.start);
  const first = ordered.findIndex(({ seen }) => seen.login);
  if (first === -1) return ordered.length >= FIRST ? [ordered] : [];
  const before = ordered.slice(0, first);
  const after = ordered.slice(ordered.findLastIndex(({ seen }) => seen.login) + 1);
  return [...(before.length >= FIRST ? [before] : []), ...(isLasting(after) ? [after] : [])];
}

function isLasting(after: readonly SessionDraft[]): boolean {
  return after.length >= LAST && (after.at(-1)?.start ?? 0) - (after[0]?.start ?? 0) >= LAST_MS;
}

// At that level sshd says nothing of unknown names either: where somebody who came and went meanwhile was told of, lines were taken out.
function isTelling(run: readonly SessionDraft[], tallies: ReadonlyMap<string, Tally>): boolean {
  const [{ host, start }] = run as [SessionDraft];
  const end = run.at(-1)?.start ?? start;
  for (const tally of tallies.values())
    if (tally.invalidNames > 0 && tally.first >= start && tally.last <= end && tally.hosts.includes(host)) return true;
  return false;
}
