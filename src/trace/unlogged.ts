import { grouped } from '../core/grouped.ts';
import type { SessionDraft } from './draft.ts';

/** Sessions in a row without a login line, at the beginning of what a server tells, by which it is seen not to log them. */
const FIRST = 3;
/** And at the end, where an intruder who takes out his lines is a nearer thought. */
const LAST = 5;
/** And over so long: the sessions of one night are nearer to an intruder who takes out the lines with his address. */
const LAST_MS = 86_400_000;

/**
 * Sessions of times in which their server did not log whom it lets in (sshd's LogLevel ERROR, until or since somebody set it):
 * nobody took a line out. They are the first of their host, or the last, and no session among them has its line. Between
 * sessions that have theirs, one that lacks it is never of these.
 */
export function unlogged(
  sessions: readonly SessionDraft[],
  lacks: (draft: SessionDraft) => boolean,
): Set<SessionDraft> {
  const found = new Set<SessionDraft>();
  const told = sessions.filter((draft) => draft.service === 'sshd' && (draft.seen.login || lacks(draft)));
  for (const drafts of grouped(told, ({ host }) => host).values()) {
    const ordered = drafts.sort((a, b) => a.start - b.start);
    const first = ordered.findIndex(({ seen }) => seen.login);
    const last = ordered.findLastIndex(({ seen }) => seen.login);
    const before = first === -1 ? ordered : ordered.slice(0, first);
    const after = first === -1 ? [] : ordered.slice(last + 1);
    const silent = [...(before.length >= FIRST ? before : []), ...(isLasting(after) ? after : [])];
    for (const draft of silent) found.add(draft);
  }
  return found;
}

function isLasting(after: readonly SessionDraft[]): boolean {
  return after.length >= LAST && (after.at(-1)?.start ?? 0) - (after[0]?.start ?? 0) >= LAST_MS;
}
