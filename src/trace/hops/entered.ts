import type { SessionDraft } from '../draft.ts';
import type { NamedSession } from '../findings.ts';
import type { Hop } from '../tracks.ts';

/** Sessions that an intruder surely opened from a host entered before: what was done in them is the intruder's doing. */
export function enteredByHops(sessions: readonly NamedSession[], hops: readonly Hop[]): SessionDraft[] {
  const begun = new Set(hops.filter(({ entry }) => entry !== null).map(({ chain }) => chain));
  const sure = hops.filter(({ chain, depth, confidence }) => depth > 1 && confidence === 'high' && begun.has(chain));
  const ids = new Set(sure.map(({ to }) => to.session));
  return sessions.filter(({ id }) => ids.has(id)).map(({ draft }) => draft);
}
