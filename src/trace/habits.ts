import { addTo } from '../core/grouped.ts';
import { isBlockable } from '../core/ip.ts';
import type { SessionDraft } from './draft.ts';
import { lowerBound } from './lower-bound.ts';
import { prefixOf } from './prefix.ts';

/** Accounts that got in from one address before it is one that people share: an office, a VPN, a jump host. */
const SHARED = 3;
/** Days with logins of one account after which it is told whether it comes from ever new places: no habit is made in an hour. */
const ROVING = 3;
const DAY_MS = 86_400_000;
/** Office, home, and whom one visits at the weekend: a week has shown them. */
const SETTLED_MS = 7 * DAY_MS;

/** The logins from one address, in the order of time, and for each how many accounts had got in by then. */
interface Door {
  readonly starts: number[];
  readonly users: Set<string>;
  readonly known: number[];
}

/** Who came from where, with which key, and when. */
export class Habits {
  readonly #firstOfUser = new Map<string, number>();
  readonly #firstOfKey = new Map<string, number>();
  /** All logins of a person from an address, in the order of time. */
  readonly #visits = new Map<string, number[]>();
  /** Days on which a person came, and those of them on which it was from somewhere new. */
  readonly #days = new Map<string, number[]>();
  readonly #newDays = new Map<string, number[]>();
  readonly #doors = new Map<string, Door>();
  /** From how many places outside a person came. */
  readonly #places = new Map<string, number>();

  constructor(sessions: readonly SessionDraft[]) {
    const logins = sessions.filter(({ start }) => Number.isFinite(start)).sort((a, b) => a.start - b.start);
    for (const { user, address, start, fingerprint } of logins) {
      if (fingerprint !== '') keepLeast(this.#firstOfKey, `${user} ${fingerprint}`, start);
      if (!address) continue;
      const visit = visitOf({ user, address });
      if (!this.#visits.has(visit)) {
        addDay(this.#newDays, user, start);
        if (isBlockable(address)) this.#places.set(user, (this.#places.get(user) ?? 0) + 1);
      }
      keepLeast(this.#firstOfUser, user, start);
      addTo(this.#visits, visit, start);
      addDay(this.#days, user, start);
      this.#pass(placeOf(address), user, start);
    }
  }

  #pass(place: string, user: string, start: number): void {
    let door = this.#doors.get(place);
    if (door === undefined) {
      door = { starts: [], users: new Set(), known: [] };
      this.#doors.set(place, door);
    }
    door.users.add(user);
    door.starts.push(start);
    door.known.push(door.users.size);
  }

  /** Did this person come from this address before an instant? */
  knows(draft: SessionDraft, before: number): boolean {
    return (this.#visits.get(visitOf(draft))?.[0] ?? Number.POSITIVE_INFINITY) < before;
  }

  /** Was this key this account's before an instant? */
  knowsKey({ user, fingerprint }: SessionDraft, before: number): boolean {
    return fingerprint !== '' && (this.#firstOfKey.get(`${user} ${fingerprint}`) ?? Number.POSITIVE_INFINITY) < before;
  }

  /** When this person last got in from this address before this login; -Infinity: never. */
  lastVisit(draft: SessionDraft): number {
    const visits = this.#visits.get(visitOf(draft)) ?? [];
    const before = countBelow(visits, draft.start);
    return before === 0 ? Number.NEGATIVE_INFINITY : (visits[before - 1] as number);
  }

  /** How often this person got in from this address in all. */
  visits(draft: SessionDraft): number {
    return this.#visits.get(visitOf(draft))?.length ?? 0;
  }

  /**
   * Is this person, who comes on several days or from several places, so new to these logs that they cannot tell which places
   * are theirs?
   */
  isSettling(draft: SessionDraft): boolean {
    const { user, start } = draft;
    if (start - (this.#firstOfUser.get(user) ?? start) >= SETTLED_MS) return false;
    const days = new Set((this.#visits.get(visitOf(draft)) ?? []).map((at) => Math.floor(at / DAY_MS)));
    return days.size > 1 || (this.#places.get(user) ?? 0) > 1;
  }

  /** Do several people get in from this address, more often than there were failures that nobody's login explains? */
  isOffice(address: string, strayFailures: number): boolean {
    const door = this.#doors.get(placeOf(address));
    return door !== undefined && door.users.size >= SHARED && door.starts.length > strayFailures;
  }

  /** Had several people got in from its address before, more often than there were failures that nobody's login explains? */
  isShared({ address, start }: SessionDraft, strayFailures: number): boolean {
    const door = this.#doors.get(placeOf(address));
    const before = door === undefined ? 0 : countBelow(door.starts, start);
    return door !== undefined && before > strayFailures && (door.known[before - 1] ?? 0) >= SHARED;
  }

  /**
   * The first time from this address, though the person was seen before from elsewhere. Of somebody who comes from a new
   * place more often than not (a home whose address changes) it says nothing.
   */
  isNewPlace(draft: SessionDraft): boolean {
    const { user, address, start } = draft;
    const seen = (this.#firstOfUser.get(user) ?? Number.POSITIVE_INFINITY) < start;
    return address !== '' && seen && this.#visits.get(visitOf(draft))?.[0] === start && !this.#roves(user, start);
  }

  // The very first day is new of necessity, and is not counted.
  #roves(user: string, before: number): boolean {
    const today = Math.floor(before / DAY_MS);
    const days = countBelow(this.#days.get(user) ?? [], today);
    const fresh = countBelow(this.#newDays.get(user) ?? [], today);
    return days >= ROVING && (fresh - 1) * 2 > days - 1;
  }
}

/** An IPv6 home has a whole /64, of which its machines take ever new addresses (RFC 8981). */
function placeOf(address: string): string {
  return prefixOf(address) ?? address;
}

function visitOf({ user, address }: Pick<SessionDraft, 'user' | 'address'>): string {
  return `${user} ${placeOf(address)}`;
}

function addDay(into: Map<string, number[]>, user: string, time: number): void {
  const day = Math.floor(time / DAY_MS);
  if (into.get(user)?.at(-1) !== day) addTo(into, user, day);
}

/** Keeps the least value of each key. */
export function keepLeast(into: Map<string, number>, key: string, value: number): void {
  if (!(value >= (into.get(key) ?? Number.POSITIVE_INFINITY))) into.set(key, value);
}

/** How many of some numbers, which stand in their order, lie below a bound. */
const countBelow = (sorted: readonly number[], bound: number): number => lowerBound(sorted, bound, (one) => one);
