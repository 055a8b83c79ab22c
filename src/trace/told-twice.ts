import { addTo } from '../core/grouped.ts';
import type { Noted } from './noted.ts';

/** Two loggers write the same line this far apart; one may leave out parts of a second. */
const SAME_MS = 2000;
/** Of a text that comes again and again, this many are looked back at. */
const MAX_BACK = 32;

interface Told {
  readonly event: Noted;
  /** Inputs that told it as well. */
  readonly also: Set<number>;
}

/**
 * Leaves out what another input of the same host has told already: /var/log/messages beside auth.log, or a journal beside
 * both. Same text, same process, same moment; what one input tells twice happened twice. `events` in the order of time.
 */
export function toldOnce(events: readonly Noted[]): Noted[] {
  if (events.every(({ input }) => input === events[0]?.input)) return [...events];
  const known = new Map<string, Told[]>();
  return events.filter((event) => {
    if (event.message === '' || event.process === '' || Number.isNaN(event.time)) return true;
    const key = `${event.host} ${event.process}\n${event.message}`;
    const twin = known
      .get(key)
      ?.slice(-MAX_BACK)
      .find((told) => isTwin(told, event));
    if (twin) twin.also.add(event.input);
    else addTo(known, key, { event, also: new Set() });
    return twin === undefined;
  });
}

function isTwin({ event, also }: Told, other: Noted): boolean {
  if (event.input === other.input || also.has(other.input) || other.time - event.time > SAME_MS) return false;
  return event.pid === other.pid || event.pid === 0 || other.pid === 0; // one may leave the number out
}
