import { isMistyped } from './attackers.ts';
import type { SessionDraft, StepDraft } from './draft.ts';
import { keysIn } from './keys.ts';
import type { Confidence } from './story.ts';
import type { Tally } from './tally.ts';
import { type Tell, tellsOf } from './techniques.ts';

/** A session, and why it is thought to be an intruder's. */
export interface Suspect {
  readonly draft: SessionDraft;
  readonly score: number;
  readonly reasons: readonly string[];
  readonly failuresBefore: number;
  readonly guessingMs: number;
}

export interface WaysInOptions {
  readonly tallies: ReadonlyMap<string, Tally>;
  /** Earliest line of each host: a session that was open before it has no login line for an innocent reason. */
  readonly beginnings: ReadonlyMap<string, number>;
  /** Commands that belong to no session. */
  readonly loose: readonly StepDraft[];
}

const NO_LOGIN_LINE = 'the line that let it in is missing';
const ENTRY_SCORE = 3;
/** From each session found to those that it gives away: an intruder's chain is not longer. */
const MAX_ROUNDS = 8;

/**
 * The sessions that an intruder is thought to have opened, by what speaks for it and what against: guesses before it, what
 * was done in it, what is missing around it; and the same address, account or key as one found so.
 */
export function findSuspects(sessions: readonly SessionDraft[], options: WaysInOptions): Suspect[] {
  const habits = new Habits(sessions);
  let judged = sessions.map((draft) => judge(draft, options, habits));
  for (let rounds = 0; rounds < MAX_ROUNDS; rounds += 1) {
    const found = judged.filter(isFound);
    if (found.length === 0) return [];
    const marks = new Marks(found, options.loose);
    judged = judged.map((suspect) => (isFound(suspect) ? suspect : marks.chain(suspect)));
    if (judged.filter(isFound).length === found.length) return found;
  }
  return judged.filter(isFound);
}

function isFound({ score }: Suspect): boolean {
  return score >= ENTRY_SCORE;
}

export function confidenceOf(score: number): Confidence {
  return score >= 6 ? 'high' : score >= 4 ? 'medium' : 'low';
}

/** Who came from where before anything went wrong. */
class Habits {
  readonly #first = new Map<string, number>();

  constructor(sessions: readonly SessionDraft[]) {
    for (const { user, address, start } of sessions) {
      const key = `${user} ${address}`;
      if (address && !(start >= (this.#first.get(key) ?? Number.POSITIVE_INFINITY))) this.#first.set(key, start);
    }
  }

  /** Did this person come from this address before it began to fail? */
  knows({ user, address }: SessionDraft, tally: Tally): boolean {
    return (this.#first.get(`${user} ${address}`) ?? Number.POSITIVE_INFINITY) < tally.firstFailure;
  }
}

function judge(draft: SessionDraft, options: WaysInOptions, habits: Habits): Suspect {
  const reasons: string[] = [];
  let score = 0;
  const tally = options.tallies.get(draft.address);
  const failuresBefore = tally && Number.isFinite(draft.start) ? tally.failuresUntil(draft.start) : 0;
  const guessingMs = tally && failuresBefore > 0 ? Math.max(0, draft.start - tally.firstFailure) : 0;
  if (tally && failuresBefore > 0) score += judgeGuesses(draft, tally, failuresBefore, habits, reasons);
  score += judgeSteps(draft, reasons);
  score += judgeMissingLogin(draft, options, reasons);
  return { draft, score, reasons, failuresBefore, guessingMs };
}

function judgeGuesses(draft: SessionDraft, tally: Tally, failures: number, habits: Habits, reasons: string[]): number {
  if (isMistyped(tally)) return 0;
  const names = tally.namesFailed;
  const byKey = draft.method === 'publickey' || draft.method === 'hostbased';
  let score = guessScore(failures, names);
  if (score === 0) return 0;
  if (failures >= 50) score += 2;
  if (byKey) score -= 3;
  if (habits.knows(draft, tally)) score -= 3;
  const many = failures === 1 ? '1 failed try' : `${failures.toLocaleString('en')} failed tries`;
  if (score > 0) reasons.push(`${many} from the same address before it${names >= 3 ? `, under ${names} names` : ''}`);
  return score;
}

/** Ten tries, or four under three names, are no accident; six, or three names, hardly one. */
function guessScore(failures: number, names: number): number {
  if (failures >= 10 || (failures >= 4 && names >= 3)) return 4;
  return failures > 5 || names >= 3 ? 3 : 0;
}

function judgeSteps(draft: SessionDraft, reasons: string[]): number {
  const tells = draft.steps.flatMap((step) =>
    step.kind === 'account' || step.kind === 'group' ? [] : tellsOf(step.text),
  );
  const critical = titles(tells, 'critical');
  const high = titles(tells, 'high');
  if (critical.length > 0) reasons.push(critical.map(lowerFirst).join(', '));
  if (high.length > 0) reasons.push(high.map(lowerFirst).join(', '));
  return Math.min(6, critical.length * 3) + Math.min(2, high.length);
}

function titles(tells: readonly Tell[], level: Tell['level']): string[] {
  return [...new Set(tells.filter((tell) => tell.level === level).map(({ title }) => title))];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

const BEGINNING_MS = 120_000;

/** An sshd session that pam opened, well inside the log, and no line says who let it in. */
export function lacksLogin(draft: SessionDraft, beginnings: ReadonlyMap<string, number>): boolean {
  if (draft.state !== 'no_start' || draft.service !== 'sshd' || draft.seen.login || !Number.isFinite(draft.start))
    return false;
  return draft.start > (beginnings.get(draft.host) ?? Number.POSITIVE_INFINITY) + BEGINNING_MS / 4;
}

function judgeMissingLogin(draft: SessionDraft, { beginnings }: WaysInOptions, reasons: string[]): number {
  if (!lacksLogin(draft, beginnings)) return 0;
  reasons.push(NO_LOGIN_LINE);
  return 2;
}

/** What found sessions leave behind by which others are known: address, account made, key laid down. */
class Marks {
  readonly #accounts = new Set<string>();
  /** Address → from when on it is an intruder's. */
  readonly #since = new Map<string, number>();
  /** Fingerprints of keys that were written in a found session, or by an account that it acted as. */
  readonly #keys = new Set<string>();

  constructor(found: readonly Suspect[], loose: readonly StepDraft[]) {
    for (const { draft } of found) {
      for (const account of accountsMade(draft)) this.#accounts.add(`${draft.host} ${account}`);
      if (draft.address)
        this.#since.set(
          draft.address,
          Math.min(draft.start, this.#since.get(draft.address) ?? Number.POSITIVE_INFINITY),
        );
      for (const { text } of [...draft.steps, ...untimedOf(draft, loose)])
        for (const { fingerprint } of keysIn(text)) this.#keys.add(fingerprint);
    }
  }

  chain(suspect: Suspect): Suspect {
    const { draft, reasons, score } = suspect;
    if (this.#keys.has(draft.fingerprint))
      return { ...suspect, score: 7, reasons: [...reasons, 'with a key that the intruder laid down'] };
    if (this.#accounts.has(`${draft.host} ${draft.user}`))
      return { ...suspect, score: 5, reasons: [...reasons, 'the account was made by the intruder'] };
    if (reasons.includes(NO_LOGIN_LINE)) return { ...suspect, score: score + 2 }; // others got in here: this is no loss of a line
    if (draft.address && draft.start >= (this.#since.get(draft.address) ?? Number.POSITIVE_INFINITY))
      return { ...suspect, score: Math.max(score + 3, 4), reasons: [...reasons, 'the same address got in before'] };
    return suspect;
  }
}

/**
 * Commands without a time (a history file without stamps) of an account that this session acted as: they may be older, and
 * are told with that doubt, but what an intruder typed stands among them.
 */
export function untimedOf(draft: SessionDraft, loose: readonly StepDraft[]): StepDraft[] {
  return loose.filter(
    ({ noted, user, kind }) =>
      kind === 'command' && Number.isNaN(noted.time) && noted.host === draft.host && draft.acts.has(user),
  );
}

/** Accounts that were added in a session. */
export function accountsMade(draft: SessionDraft): string[] {
  return draft.steps.filter(isAccountMade).map(({ noted }) => String(noted.fields['user.target.name'] ?? ''));
}

export function isAccountMade({ kind, noted }: StepDraft): boolean {
  const type = noted.fields['event.type'];
  return (
    kind === 'account' &&
    Array.isArray(type) &&
    type.includes('creation') &&
    noted.fields['event.outcome'] !== 'failure'
  );
}
