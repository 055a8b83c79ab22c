import { addTo, grouped } from '../../core/grouped.ts';
import type { Identities } from './identities.ts';
import type { Link, Links } from './links.ts';
import type { Login, World } from './world.ts';

/** A session that the intruder made or used, and what opened it: null for one from outside, or from where no log tells. */
export interface Passed {
  readonly login: Login;
  readonly link: Link | null;
}

/** So many logins of the same kind when no intruder was there, and it is what the machines do anyway. */
const HABIT_AFTER = 2;

/**
 * Where the intruder went: back from each way in to the sessions that opened it, then on to all that these opened. Sessions
 * in the order of time by one clock. `also`: sessions that are the intruder's for another reason than a way in.
 */
export function pathOf(
  world: World,
  who: Identities,
  links: Links,
  also: ReadonlySet<Login>,
): ReadonlyMap<Login, Passed> {
  return new Path(world, who, links).follow(also);
}

class Path {
  readonly #passed = new Map<Login, Passed>();
  readonly #onHost = new Map<string, Login[]>();
  readonly #world: World;
  readonly #who: Identities;
  readonly #links: Links;
  #habits: Map<string, Login[]> | null = null;

  constructor(world: World, who: Identities, links: Links) {
    this.#world = world;
    this.#who = who;
    this.#links = links;
  }

  follow(also: ReadonlySet<Login>): ReadonlyMap<Login, Passed> {
    this.#goBack(also);
    if (this.#passed.size > 0) this.#goOn();
    return this.#passed;
  }

  #pass(login: Login, link: Link | null): void {
    this.#passed.set(login, { login, link });
    addTo(this.#onHost, login.host, login);
  }

  // An intruder's login from one of these hosts was made by a session there, which is the intruder's as well. Each is passed once.
  #goBack(also: ReadonlySet<Login>): void {
    let next = this.#world.logins.filter((login) => login.entry !== null || also.has(login));
    while (next.length > 0) {
      const before: Login[] = [];
      for (const login of next) {
        if (this.#passed.has(login)) continue;
        const link = this.#links.of(login);
        const sure = link && isBelievable(link, login) ? link : link && { ...link, by: null, rivals: [] };
        this.#pass(login, sure);
        if (sure?.by) before.push(sure.by);
      }
      next = before;
    }
  }

  // Each session that comes from a host where the intruder was, in the order of time: what it opens comes after it.
  #goOn(): void {
    const time = ({ host, from }: Login) => this.#who.clocks.common(host, from);
    const inside = this.#world.logins
      .filter((login) => !this.#passed.has(login) && this.#mayComeFromPassed(login))
      .sort((a, b) => time(a) - time(b) || (a.id < b.id ? -1 : 1));
    for (const login of inside) {
      const link = this.#links.of(login);
      if (link?.by && this.#passed.has(link.by) && this.#isTheirs(login, link, link.by)) this.#pass(login, link);
    }
  }

  // Hosts with logs, and lines without an address: nothing else can have been opened by a known session.
  #mayComeFromPassed({ draft }: Login): boolean {
    return draft.address === '' || this.#who.claims(draft.address).length > 0;
  }

  #isTheirs(login: Login, link: Link, by: Login): boolean {
    if (link.command || link.outgoing) return link.rivals.every((rival) => this.#passed.has(rival)) || link.score >= 6;
    if (link.rivals.some((rival) => !this.#passed.has(rival)) || !link.within) return false;
    if (this.#isHabit(login, link)) return false;
    return by.draft.acts.has(login.draft.user) || link.alone;
  }

  // The same account from the same address when no intruder was there: before, or again and again.
  #isHabit(login: Login, { host }: Link): boolean {
    this.#habits ??= grouped(this.#world.logins, habitOf);
    const there = this.#onHost.get(host) ?? [];
    let others = 0;
    for (const same of (this.#habits.get(habitOf(login)) ?? []).slice(0, MAX_HABITS)) {
      const skew = this.#who.clocks.between(host, same.host) ?? 0;
      const at = same.from - skew;
      if (there.some(({ from, to }) => from <= at && at <= to)) continue;
      if (there.every(({ from }) => at < from)) return true;
      others += 1;
    }
    return others >= HABIT_AFTER;
  }
}

const MAX_HABITS = 64;
const habitOf = ({ host, draft }: Login) => `${host}\n${draft.user}\n${draft.address}`;

/** Is it told well enough which session it was to say so of somebody's session that nothing else speaks against? */
function isBelievable(link: Link, login: Login): boolean {
  const { by } = link;
  if (by === null) return false;
  if (by.entry !== null || link.command || link.outgoing) return true;
  return link.within && (link.alone || (by.draft.acts.has(login.draft.user) && link.rivals.length === 0));
}
