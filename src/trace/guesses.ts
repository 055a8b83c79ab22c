import { addTo } from '../core/grouped.ts';
import { isBlockable } from '../core/ip.ts';
import type { SessionDraft } from './draft.ts';
import type { Tally } from './tally.ts';
import { Counts } from './tally-counts.ts';
import type { PackedTallies } from './tally-pack.ts';

/** Accounts that every guesser tries: that one of these was guessed says nothing of who logs in to it. */
const COMMON_NAMES = new Set(
  'root admin administrator test user guest ubuntu debian centos ec2-user pi oracle postgres mysql git ftp www-data nobody support'.split(
    ' ',
  ),
);
const MANY = 10;
const TARGETED = 20;
const DAY_MS = 86_400_000;

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
  readonly #byName = new Map<string, [address: string, tally: Tally][]>();

  constructor(tallies: ReadonlyMap<string, Tally>, users: ReadonlySet<string>) {
    const wanted = new WantedNames(users);
    for (const [address, tally] of tallies)
      for (const name of wanted.of(tally)) {
        if (tally.guesses === 0) break;
        const known = this.#byName.get(name);
        if (known === undefined) this.#byName.set(name, [[address, tally]]);
        else known.push([address, tally]);
      }
  }

  /** Was this very account aimed at from elsewhere in the day before, and not because every guesser tries it? */
  aimedAt({ user, address, start }: SessionDraft): { guesses: number; addresses: number } | null {
    let guesses = 0;
    let addresses = 0;
    for (const [other, tally] of this.#byName.get(user) ?? []) {
      if (other === address || tally.last < start - DAY_MS) continue;
      const before = Math.min(tally.guessesFor(user), tally.failuresUntil(start));
      guesses += before;
      addresses += before > 0 ? 1 : 0;
    }
    return guesses >= TARGETED ? { guesses, addresses } : null;
  }
}

const NOTHING: ReadonlySet<string> = new Set();

/** Which of some names addresses tried; most tried none of them, and that is told without a look at any text. */
class WantedNames {
  readonly #wanted: ReadonlySet<string>;
  /** Which of a thread's names are wanted. */
  readonly #marks = new Map<PackedTallies, Uint8Array>();

  constructor(users: ReadonlySet<string>) {
    this.#wanted = new Set([...users].filter((user) => !COMMON_NAMES.has(user)));
  }

  of({ parts }: Tally): ReadonlySet<string> {
    let names: Set<string> | null = null;
    for (const { packed, row } of parts) {
      const { starts, keys } = packed.names;
      const marks = this.#marksOf(packed);
      const end = starts[row + 1] as number;
      for (let entry = starts[row] as number; entry < end; entry += 1) {
        const key = keys[entry] as number;
        if (marks[key] === 0) continue;
        names ??= new Set();
        names.add(packed.nameTexts[key] as string);
      }
    }
    return names ?? NOTHING;
  }

  #marksOf(packed: PackedTallies): Uint8Array {
    let marks = this.#marks.get(packed);
    if (marks === undefined) {
      marks = Uint8Array.from(packed.nameTexts, (name) => (this.#wanted.has(name) ? 1 : 0));
      this.#marks.set(packed, marks);
    }
    return marks;
  }
}

/** An IPv6 guesser has its whole /64: its addresses are judged as one. */
export class Neighbourhoods {
  readonly #tallies: ReadonlyMap<string, Tally>;
  readonly #byPrefix: ReadonlyMap<string, readonly Tally[]>;
  readonly #joined = new Map<string, Tally>();

  constructor(tallies: ReadonlyMap<string, Tally>) {
    this.#tallies = tallies;
    const byPrefix = new Map<string, Tally[]>();
    for (const [address, tally] of tallies) {
      const prefix = prefixOf(address);
      if (prefix !== null) addTo(byPrefix, prefix, tally);
    }
    this.#byPrefix = byPrefix;
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

/** The first four groups of an IPv6 address in canonical text; null for any other text. */
function prefixOf(address: string): string | null {
  if (!address.includes(':')) return null;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  if (tail === undefined) return groups.slice(0, 4).join(':');
  const zeros = 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  return [...groups, ...Array.from({ length: zeros }, () => '0')].slice(0, 4).join(':');
}

/**
 * Weighs the guesses before a login. What counts is those for this account and for names that never got in from there: behind
 * a shared address others mistype too. A person mistypes a few times under one name, and a broken job for ever from inside.
 */
export function judgeGuesses(draft: SessionDraft, tally: Tally, isHabit: boolean): GuessJudgement {
  const before = tally.failuresUntil(draft.start);
  const invalid = tally.first < draft.start ? tally.invalidNames : 0;
  const own = tally.guessesFor(draft.user) / Math.max(1, tally.hosts.length);
  const failures = Math.max(
    Math.min(before, Math.floor(own) + tally.guessesAstray),
    Math.min(invalid, tally.namesTotal),
  );
  const names = Math.max(tally.namesFailed, invalid > 0 ? tally.namesTotal - 1 : 0);
  if (failures === 0) return NONE;
  let score = guessScore(failures, names);
  if (draft.method === 'publickey' || draft.method === 'hostbased') score -= 2;
  if (isHabit) score -= 3;
  if (names <= 1 && !isBlockable(draft.address)) score = Math.min(score, 1); // inside, one name: a job with an old password
  return {
    score: Math.max(0, score),
    reasons: score > 0 ? [guessesSaid(failures, names)] : [], // most are habits: for them none is put into words
    failures: before,
    firstFailure: tally.firstFailure,
  };
}

function guessesSaid(failures: number, names: number): string {
  const many = failures === 1 ? '1 failed try' : `${failures.toLocaleString('en')} failed tries`;
  return `${many} from the same address before it${names >= 3 ? `, under ${names} names` : ''}`;
}

/** Ten tries, or four under three names, are no accident. */
function guessScore(failures: number, names: number): number {
  const many = failures >= MANY || (failures >= 4 && names >= 3);
  if (many) return failures >= 50 ? 6 : 4;
  return failures > 5 || names >= 3 ? 2 : 0;
}
