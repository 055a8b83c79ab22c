import { addTo, grouped } from '../core/grouped.ts';
import { isBlockable } from '../core/ip.ts';
import type { SessionDraft } from './draft.ts';
import { type Guesser, guesserOf, triedUntil } from './guesser.ts';
import type { Habits } from './habits.ts';
import { prefixOf } from './prefix.ts';
import type { Tally } from './tally.ts';
import { Counts } from './tally-counts.ts';
import type { PackedTallies } from './tally-pack.ts';

/** Accounts that every guesser tries: that one of these was guessed says nothing of who logs in to it. */
export const COMMON_NAMES: ReadonlySet<string> = new Set(
  'root admin administrator test user guest ubuntu debian centos ec2-user pi oracle postgres mysql git ftp www-data nobody support'.split(
    ' ',
  ),
);
const MANY = 10;
/** So many tries at one account for a login are a program's. */
const MACHINE = 50;
const MOST_OF_COMMON = 20_000;
const TARGETED = 20;
/** A name that makes up a fifth of an address's guesses is what it is after. */
const FAVOURED = 5;
/** The account itself, and so many others that are tried as often: more are a list. */
const ALIKE = 4;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * DAY_MS;

/** What guesses say about a login. */
export interface GuessJudgement {
  readonly score: number;
  readonly reasons: readonly string[];
  /** Guesses before it that speak against it. */
  readonly failures: number;
  readonly firstFailure: number;
}

const NONE: GuessJudgement = { score: 0, reasons: [], failures: 0, firstFailure: Number.NaN };

/** Guesses over all addresses, by the account that they were for. */
export class GuessedAccounts {
  readonly #byName = new Map<string, Guesser[]>();
  readonly #tallies: ReadonlyMap<string, Tally>;
  #favourites: readonly number[] | null = null;
  #over = 0;
  /** Account → is it one of a list? The same for all its logins. */
  readonly #listed = new Map<string, boolean>();
  /** Guesses in a week for names that not everybody tries. */
  readonly #inWeek: number;

  constructor(tallies: ReadonlyMap<string, Tally>, users: ReadonlySet<string>) {
    this.#tallies = tallies;
    const wanted = new WantedNames(users);
    let first = Number.POSITIVE_INFINITY;
    let last = Number.NEGATIVE_INFINITY;
    for (const [address, tally] of tallies) {
      if (tally.guesses === 0) continue;
      first = Math.min(first, tally.first);
      last = Math.max(last, tally.last);
      for (const name of wanted.of(tally)) this.#note(name, address, tally);
    }
    this.#inWeek = wanted.uncommon * Math.min(1, WEEK_MS / Math.max(1, last - first));
  }

  // Everybody tries a common name, and some thousands of those tell as much as all.
  #note(name: string, address: string, tally: Tally): void {
    const known = this.#byName.get(name);
    const guesser = guesserOf(name, address, tally);
    if (known === undefined) this.#byName.set(name, [guesser]);
    else if (known.length < MOST_OF_COMMON || !COMMON_NAMES.has(name)) known.push(guesser);
    else known[this.#over++ % MOST_OF_COMMON] = guesser;
  }

  /** Was this very account aimed at from elsewhere in the day before, and not because every guesser tries it? */
  aimedAt({ user, address, start }: SessionDraft): { guesses: number; addresses: number } | null {
    let guesses = 0;
    let addresses = 0;
    if (COMMON_NAMES.has(user)) return null;
    for (const guesser of this.#byName.get(user) ?? []) {
      if (guesser.address === address || guesser.last < start - DAY_MS) continue;
      if (guesser.tried * FAVOURED < guesser.guesses) continue; // one of a long list
      const before = triedUntil(guesser, start);
      guesses += before;
      addresses += before > 0 ? 1 : 0;
    }
    return guesses >= TARGETED && !this.#isOneOfMany(user) ? { guesses, addresses } : null;
  }

  // Guessers that share a list try one of its names each: then other names are tried as often as this.
  #isOneOfMany(user: string): boolean {
    const known = this.#listed.get(user);
    if (known !== undefined) return known;
    this.#favourites ??= favourites(this.#tallies);
    const own = (this.#byName.get(user) ?? []).reduce((sum, { tally }) => sum + favouredIn(tally, user), 0);
    const all = Math.max(own, TARGETED);
    const isListed = this.#favourites.filter((guesses) => guesses * 2 >= all).length > ALIKE;
    this.#listed.set(user, isListed);
    return isListed;
  }

  /**
   * Was this account guessed at by many others, each of them a few times, in the week before? Of a list of names each gets a
   * small part of the guesses: an account that was aimed at gets a good one.
   */
  spreadOver({ user, address, start }: SessionDraft): boolean {
    const enough = COMMON_NAMES.has(user) ? TARGETED : Math.max(TARGETED, this.#inWeek / MANY);
    let guesses = 0;
    let addresses = 0;
    for (const guesser of this.#byName.get(user) ?? []) {
      if (guesser.address === address || guesser.last < start - WEEK_MS) continue;
      const before = triedUntil(guesser, start);
      if (before === 0) continue;
      guesses += before;
      addresses += 1;
      if (guesses >= enough && addresses >= MANY) return true;
    }
    return false;
  }
}

/** How often names that are not common were guessed by addresses that had few names to try, each name's sum. */
function favourites(tallies: ReadonlyMap<string, Tally>): number[] {
  const sums = new Map<string, number>();
  for (const tally of tallies.values()) {
    if (tally.guesses === 0 || tally.namesTotal > FAVOURED) continue;
    for (const name of tally.names())
      if (!COMMON_NAMES.has(name)) sums.set(name, (sums.get(name) ?? 0) + favouredIn(tally, name));
  }
  return [...sums.values()];
}

function favouredIn(tally: Tally, name: string): number {
  const tried = tally.guessesFor(name);
  return tally.namesTotal <= FAVOURED && tried * FAVOURED >= tally.guesses ? tried : 0;
}

const NOTHING: ReadonlySet<string> = new Set();

const WANTED = 1;
const COMMON = 2;

/** Which of some names addresses tried; most tried none of them, and that is told without a look at any text. */
class WantedNames {
  /** Guesses for names that not everybody tries, of all that were asked about. */
  uncommon = 0;
  readonly #wanted: ReadonlySet<string>;
  /** Which of a thread's names are wanted, and which common. */
  readonly #marks = new Map<PackedTallies, Uint8Array>();

  constructor(users: ReadonlySet<string>) {
    this.#wanted = users;
  }

  of({ parts }: Tally): ReadonlySet<string> {
    let names: Set<string> | null = null;
    for (const { packed, row } of parts) {
      const { starts, keys, counts } = packed.names;
      const marks = this.#marksOf(packed);
      const end = starts[row + 1] as number;
      for (let entry = starts[row] as number; entry < end; entry += 1) {
        const key = keys[entry] as number;
        const mark = marks[key] as number;
        if ((mark & COMMON) === 0) this.uncommon += counts[entry] as number;
        if ((mark & WANTED) === 0) continue;
        names ??= new Set();
        names.add(packed.nameTexts[key] as string);
      }
    }
    return names ?? NOTHING;
  }

  #marksOf(packed: PackedTallies): Uint8Array {
    let marks = this.#marks.get(packed);
    if (marks === undefined) {
      marks = Uint8Array.from(
        packed.nameTexts,
        (name) => (this.#wanted.has(name) ? WANTED : 0) | (COMMON_NAMES.has(name) ? COMMON : 0),
      );
      this.#marks.set(packed, marks);
    }
    return marks;
  }
}

/** Fewer neighbours than this guess from any network of homes. */
const CROWD = 5;

/** An IPv6 guesser has its whole /64: its addresses are judged as one. */
export class Neighbourhoods {
  readonly #tallies: ReadonlyMap<string, Tally>;
  readonly #byPrefix: ReadonlyMap<string, readonly Tally[]>;
  readonly #joined = new Map<string, Tally>();
  /** The first three numbers of an IPv4 address → those that guessed from there; made when it is first asked for. */
  #nearby: ReadonlyMap<string, readonly (readonly [address: string, tally: Tally])[]> | null = null;

  constructor(tallies: ReadonlyMap<string, Tally>) {
    this.#tallies = tallies;
    const byPrefix = new Map<string, Tally[]>();
    for (const [address, tally] of tallies) {
      const prefix = prefixOf(address);
      if (prefix !== null) addTo(byPrefix, prefix, tally);
    }
    this.#byPrefix = byPrefix;
  }

  /** Guesses from many addresses of the same /24 before a login: who rents a network tries each password from another one. */
  crowdOf({ address, start }: SessionDraft): { guesses: number; addresses: number } | null {
    this.#nearby ??= grouped(
      [...this.#tallies].filter(([, tally]) => tally.guesses > 0),
      ([one]) => nearnessOf(one),
    );
    const near = isBlockable(address) ? nearnessOf(address) : null;
    let guesses = 0;
    let addresses = 0;
    for (const [other, tally] of near === null ? [] : (this.#nearby.get(near) ?? [])) {
      if (other === address || tally.successes > 0 || tally.last < start - WEEK_MS) continue;
      const before = Math.floor(tally.failuresUntil(start));
      guesses += before;
      addresses += before > 0 ? 1 : 0;
    }
    return addresses >= CROWD && guesses >= MANY ? { guesses, addresses } : null;
  }

  /** Counts of the address, or of its /64. */
  of(address: string): Tally | undefined {
    const prefix = prefixOf(address);
    const all = prefix === null ? undefined : this.#byPrefix.get(prefix);
    if (prefix === null || all === undefined || all.length === 1) return this.#tallies.get(address);
    const joined = this.#joined.get(prefix) ?? Counts.joined(all);
    this.#joined.set(prefix, joined);
    return joined;
  }
}

function nearnessOf(address: string): string | null {
  return address.includes(':') ? null : address.slice(0, address.lastIndexOf('.'));
}

/**
 * Weighs the guesses before a login. What counts is those for this account and for names that never got in from there: behind
 * a shared address others mistype too. A person mistypes a few times under one name, and a broken job for ever from inside.
 * And only since this person last got in from there: whoever mistypes once a week is no guesser at the end of the year.
 */
export function judgeGuesses(draft: SessionDraft, tally: Tally, habits: Habits): GuessJudgement {
  const before = tally.failuresUntil(draft.start);
  if (before === 0 && tally.first >= draft.start) return NONE;
  const since = sinceWhen(draft, tally, habits);
  const names = tally.namesAstray(since, draft.start);
  const invalid = Math.min(tally.invalidNames, names);
  const recent = before - tally.failuresUntil(since);
  const failures = Math.max(Math.min(recent, ownGuesses(draft, tally, habits, since)), invalid);
  if (failures === 0) return NONE;
  let score = guessScore(failures, names);
  if (draft.method === 'publickey' || draft.method === 'hostbased') score -= 2;
  if (habits.knows(draft, tally.firstFailure)) score -= 3;
  if (names <= 1 && !isBlockable(draft.address)) score = Math.min(score, 1); // inside, one name: a job with an old password
  return {
    score: Math.max(0, score),
    reasons: score > 0 ? [guessesSaid(failures, names)] : [], // most are habits: for them none is put into words
    failures: before,
    firstFailure: tally.firstFailure,
  };
}

// Guesses from the address at this account, on one host of those that it guessed at.
function triesAt({ user }: SessionDraft, tally: Tally): number {
  return tally.guessesFor(user) / Math.max(1, tally.hosts.length);
}

// How many of the address's guesses, at most, could be this login's. In an office each login has its share of those for its name.
function ownGuesses(draft: SessionDraft, tally: Tally, habits: Habits, since: number): number {
  const own = triesAt(draft, tally);
  if (!habits.isOffice(draft.address, tally.guessesAstray)) return Math.floor(own) + tally.guessesAstray;
  return Math.floor(own / Math.max(1, habits.visits(draft))) + tally.guessesAstrayBetween(since, draft.start);
}

// From an address that people share, what others mistyped days ago is not this login's.
function sinceWhen(draft: SessionDraft, tally: Tally, habits: Habits): number {
  const last = habits.lastVisit(draft);
  if (triesAt(draft, tally) >= MACHINE * Math.max(1, habits.visits(draft))) return last; // nobody mistypes so, whoever else is behind it
  return habits.isShared(draft, tally.guessesAstray) ? Math.max(last, draft.start - HOUR_MS) : last;
}

function guessesSaid(failures: number, names: number): string {
  const many = failures === 1 ? '1 failed try' : `${failures.toLocaleString('en')} failed tries`;
  return `${many} from the same address before it${names >= 3 ? `, under ${names} names` : ''}`;
}

/** Ten tries, or four under three names, are no accident. */
function guessScore(failures: number, names: number): number {
  const many = failures >= MANY || (failures >= 4 && names >= 3);
  if (many) return failures >= MACHINE ? 6 : 4;
  return failures > 5 || names >= 3 ? 2 : 0;
}
