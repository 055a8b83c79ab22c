import { grouped } from '../core/grouped.ts';
import type { SessionDraft } from './draft.ts';
import { isInside } from './hops/inside.ts';
import { tellsOf } from './techniques.ts';

/** A login follows the command that asks for it within this; clocks of hosts that are kept stand closer. */
const SOON_MS = 60_000;

/** Of some sessions, those in which somebody went on to another of them, and those that were opened so. */
export function ledOn(drafts: readonly SessionDraft[]): {
  readonly led: ReadonlySet<SessionDraft>;
  readonly came: ReadonlySet<SessionDraft>;
} {
  const led = new Set<SessionDraft>();
  const came = new Set<SessionDraft>();
  const inside = grouped(
    drafts.filter(({ address, start }) => isInside(address) && Number.isFinite(start)),
    ({ start }) => slotOf(start),
  );
  if (inside.size === 0) return { led, came };
  for (const from of drafts)
    for (const time of wentOnAt(from)) {
      const near = [-1, 0, 1].flatMap((step) => inside.get(slotOf(time) + step) ?? []);
      for (const to of near)
        if (to.host !== from.host && Math.abs(to.start - time) <= SOON_MS) {
          led.add(from);
          came.add(to);
        }
    }
  return { led, came };
}

const slotOf = (time: number) => Math.floor(time / SOON_MS);

function wentOnAt({ steps }: SessionDraft): number[] {
  const gone = steps.filter(({ text }) => tellsOf(text).some(({ title }) => title === 'On to another host'));
  return gone.map(({ noted }) => noted.time).filter(Number.isFinite);
}
