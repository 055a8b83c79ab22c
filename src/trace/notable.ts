import { type Event, settled } from '../core/event.ts';
import { isWindows } from './windows.ts';

/** How many of the same kind are kept, each with its line; the rest is counted. */
const SAME_COMMAND = 200;
/** Windows logs a person on for every file share, and on the network all day. */
const SAME_VISIT = 200;
/** Kept only for which host has which address. */
const SAME_ADDRESS = 2;
const SAME_LOGIN = 2000;
const MAX_KEYS = 200_000;
const MAX_KEPT = 400_000;
const MAX_RAW = 4096;

/**
 * Chooses the events that sessions, findings and holes are told from, out of the mass that only counts. A machine's
 * routine (the same login or command over and over) is kept some times and then counted: memory stays bounded. Each piece
 * of the evidence is sifted by itself, then all of them in their order, so that the choice is the same on any number of threads.
 */
export class Notables {
  /** Events left out because enough of their kind were kept. */
  folded = 0;
  readonly kept: Event[] = [];
  #total = 0;
  readonly #seen = new Map<string, number>();

  /** Takes an event whose role is notable. */
  add(event: Event): void {
    if (!this.#admits(event)) return;
    const kept = settled(event);
    if (kept.raw.length <= MAX_RAW) this.kept.push(kept);
    else this.kept.push(structuredClone({ ...kept, raw: `${kept.raw.slice(0, MAX_RAW)}…` })); // its texts keep no long line alive
  }

  /** Those of a piece's that stay. */
  sift(events: readonly Event[]): Event[] {
    return events.filter((event) => this.#admits(event));
  }

  #admits(event: Event): boolean {
    if (this.#total >= MAX_KEPT || !this.#hasRoom(event)) {
      this.folded += event.count;
      return false;
    }
    this.#total += 1;
    return true;
  }

  #hasRoom(event: Event): boolean {
    const { fields } = event;
    const command = fields['process.command_line'];
    const what =
      typeof command === 'string' ? command : `${fields['source.ip'] ?? ''} ${fields['spoor.session.service'] ?? ''}`;
    const who = `${fields['user.name'] ?? ''} ${fields['user.effective.name'] ?? ''} ${fields['event.action'] ?? ''}`;
    const key = `${event.host} ${who} ${what}${fields['spoor.remote.sign'] ?? ''}`;
    const seen = this.#seen.get(key) ?? 0;
    if (seen === 0 && this.#seen.size >= MAX_KEYS) return true;
    this.#seen.set(seen === 0 ? Buffer.from(key).toString() : key, seen + 1);
    return seen < limitOf(event, command !== undefined);
  }
}

function limitOf(event: Event, isCommand: boolean): number {
  if (isCommand) return SAME_COMMAND;
  if (!isWindows(event)) return SAME_LOGIN;
  return event.fields['spoor.remote.sign'] === 'address' ? SAME_ADDRESS : SAME_VISIT;
}
