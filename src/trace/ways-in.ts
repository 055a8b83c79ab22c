import { isBlockable } from '../core/ip.ts';
import { isMistyped } from './attackers.ts';
import type { SessionDraft, StepDraft } from './draft.ts';
import { COMMON_NAMES, GuessedAccounts, judgeGuesses, Neighbourhoods } from './guesses.ts';
import { Habits, keepLeast } from './habits.ts';
import { isInside } from './hops/inside.ts';
import { keysIn } from './keys.ts';
import { ledOn } from './led-on.ts';
import { PROBING } from './role.ts';
import { SERVICE_ACCOUNTS } from './service-names.ts';
import { accountsMade, accountsTaken, tellsOfStep } from './step-tells.ts';
import type { Confidence } from './story.ts';
import { isByPassword, Manners, type Strangeness, strangeAccount } from './strange-logins.ts';
import { evadedSudo } from './sudo-evaded.ts';
import type { Tally } from './tally.ts';
import { isAdminWork, isFurtive } from './techniques/admin-work.ts';
import type { Tell } from './techniques.ts';
import { lacksLogin } from './unlogged.ts';

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
  /** Sessions of times in which their server did not log whom it lets in. */
  readonly unlogged: ReadonlySet<SessionDraft>;
  /** Sessions of which only a record is left: their lines were taken out. */
  readonly erased: ReadonlySet<SessionDraft>;
  /** Commands that belong to no session. */
  readonly loose: readonly StepDraft[];
}

/** What was found: logins that are thought to be an intruder's, and logins that cannot be told from an intruder's. */
export interface WaysIn {
  readonly suspects: readonly Suspect[];
  readonly doubtful: readonly Suspect[];
}

const NO_LOGIN_LINE = 'the line that let it in is missing';
const ERASED = 'its lines were taken out of the log';
const SAME_ADDRESS = 'the same address is an intruder’s in another login';
const ENTRY_SCORE = 3;
const DOUBT_SCORE = 2;
/** From each session found to those that it gives away: an intruder's chain is not longer. */
const MAX_ROUNDS = 8;

/**
 * The sessions that an intruder is thought to have opened, by what speaks for it and what against: guesses before it, a place
 * never seen, what was done in it, what is missing around it; and the same address, account or key as one found so.
 */
export function findWaysIn(sessions: readonly SessionDraft[], options: WaysInOptions): WaysIn {
  const judge = new Judge(sessions, options);
  let judged = joinDoubts(sessions.map((draft) => judge.of(draft)));
  for (let rounds = 0; rounds < MAX_ROUNDS; rounds += 1) {
    const found = judged.filter(isFound);
    if (found.length === 0) break;
    const marks = new Marks(found, options.loose, judge.habits);
    judged = judged.map((suspect) => (isFound(suspect) ? suspect : marks.chain(suspect)));
    if (judged.filter(isFound).length === found.length) break;
  }
  return { suspects: judged.filter(isFound), doubtful: judged.filter(({ score }) => score === DOUBT_SCORE) };
}

/** Two logins that are a question each are none where the one led to the other. */
function joinDoubts(judged: readonly Suspect[]): Suspect[] {
  const { led, came } = ledOn(judged.filter(({ score }) => score === DOUBT_SCORE).map(({ draft }) => draft));
  return judged.map((suspect) => {
    const { draft, reasons } = suspect;
    const said = led.has(draft) ? 'another such login was opened from it' : 'it was opened from another such login';
    return led.has(draft) || came.has(draft)
      ? { ...suspect, score: ENTRY_SCORE, reasons: [...reasons, said] }
      : suspect;
  });
}

function isFound({ score }: Suspect): boolean {
  return score >= ENTRY_SCORE;
}

export function confidenceOf(score: number): Confidence {
  return score >= 6 ? 'high' : score >= 4 ? 'medium' : 'low';
}

class Judge {
  readonly #options: WaysInOptions;
  readonly habits: Habits;
  readonly #accounts: GuessedAccounts;
  readonly #neighbours: Neighbourhoods;
  readonly #manners: Manners;
  /** `host account` of logins that lines tell of. */
  readonly #comers: ReadonlySet<string>;

  constructor(sessions: readonly SessionDraft[], options: WaysInOptions) {
    this.#options = options;
    this.habits = new Habits(sessions);
    this.#accounts = new GuessedAccounts(options.tallies, new Set(sessions.map(({ user }) => user)));
    this.#neighbours = new Neighbourhoods(options.tallies);
    this.#manners = new Manners(sessions);
    this.#comers = new Set(sessions.filter(({ seen }) => seen.login).map(({ host, user }) => `${host} ${user}`));
  }

  of(draft: SessionDraft): Suspect {
    const tally = this.#neighbours.of(draft.address);
    const guesses =
      tally && Number.isFinite(draft.start) && !isMistyped(tally) ? judgeGuesses(draft, tally, this.habits) : null;
    const reasons = [...(guesses?.reasons ?? [])];
    let score = guesses?.score ?? 0;
    const place = this.#judgePlace(draft, score, reasons);
    const isPlaceAll = score === 0;
    score += place;
    for (const odd of [strangeAccount(draft), this.#judgeWeb(draft, tally, score), evadedSudo(draft)]) {
      reasons.push(...odd.reasons);
      score += odd.score;
    }
    const isSoft = isPlaceAll && place === DOUBT_SCORE && score === place;
    score += this.#judgeLines(draft, reasons);
    score += this.#judgeSteps(draft, { score, isSoft }, reasons);
    if (place === 1 && score >= DOUBT_SCORE) reasons.push(`${draft.user} was never seen from there before`);
    const guessingMs = guesses && guesses.failures > 0 ? Math.max(0, draft.start - guesses.firstFailure) : 0;
    return { draft, score, reasons, failuresBefore: guesses?.failures ?? 0, guessingMs };
  }

  // What is left of it shows that somebody took lines out.
  #judgeLines(draft: SessionDraft, reasons: string[]): number {
    const { beginnings, unlogged, erased } = this.#options;
    if (lacksLogin(draft, beginnings) && !unlogged.has(draft)) {
      reasons.push(NO_LOGIN_LINE);
      return 2;
    }
    if (!erased.has(draft)) return 0;
    reasons.push(ERASED);
    return this.#comers.has(`${draft.host} ${draft.user}`) ? DOUBT_SCORE : ENTRY_SCORE; // a logger loses lines, too
  }

  // Who attacks the web server and logs in next has what the attack brought; whoever came from there before, or has always had
  // the key, tried their own site.
  #judgeWeb(draft: SessionDraft, tally: Tally | undefined, before: number): Strangeness {
    const attacked = tally !== undefined && tally.hostile > 0 && tally.categories.some((one) => !PROBING.has(one));
    const known = this.habits.knows(draft, draft.start) || this.habits.knowsKey(draft, draft.start);
    if (!attacked || known || !(tally.first < draft.start)) return { score: 0, reasons: [] };
    const isService = SERVICE_ACCOUNTS.has(draft.user);
    return {
      score: isService ? ENTRY_SCORE : Math.max(0, DOUBT_SCORE - before), // people behind one address are not one person
      reasons: [
        `the same address attacked a web server${isService ? `, and ${draft.user} is an account of a service` : ''}`,
      ],
    };
  }

  // Somebody else's guesses at this very account, then a password that fits, from a place never seen.
  #judgePlace(draft: SessionDraft, score: number, reasons: string[]): number {
    if (score > 0 || draft.address === '' || !Number.isFinite(draft.start)) return 0;
    const isNew = this.habits.isNewPlace(draft) || !this.habits.knows(draft, draft.start);
    const byPassword = isByPassword(draft);
    const aimed = byPassword && isNew ? this.#judgeAim(draft, reasons) : 0;
    if (aimed > 0) return aimed;
    const crowd = byPassword && isNew ? this.#neighbours.crowdOf(draft) : null;
    if (crowd) {
      const { guesses, addresses } = crowd;
      reasons.push(`${guesses.toLocaleString('en')} failed tries from ${addresses} addresses beside its own before it`);
      return 3;
    }
    const place = this.habits.isNewPlace(draft) ? 1 : 0;
    return byPassword && isBlockable(draft.address) ? this.#judgeManner(draft, place, reasons) : place;
  }

  // The first days of these logs know nobody's places: of somebody who comes and goes it is a question.
  #judgeAim(draft: SessionDraft, reasons: string[]): number {
    const aimed = this.#accounts.aimedAt(draft);
    if (!aimed) return 0;
    const { guesses, addresses } = aimed;
    reasons.push(
      `${guesses.toLocaleString('en')} guesses at this account from ${addresses === 1 ? 'another address' : `${addresses} other addresses`}, then its password from a new one`,
    );
    return this.habits.isSettling(draft) ? DOUBT_SCORE : ENTRY_SCORE;
  }

  // A password that opened what only keys did, or what many guessed at slowly: a question to the owner, and both an answer.
  #judgeManner(draft: SessionDraft, place: number, reasons: string[]): number {
    const leavesKey = place > 0 && this.#manners.leavesKey(draft);
    if (leavesKey) reasons.push(`${draft.user} came by key before, now by password from a new address`);
    const never = this.#manners.isNew(draft);
    const chosen = never || (place > 0 && !COMMON_NAMES.has(draft.user)); // everybody guesses at root all the time
    const spread = chosen && this.#accounts.spreadOver(draft);
    if (spread)
      reasons.push('guesses at this account from many addresses in the week before, then its password from a new one');
    return place + (leavesKey ? 1 : 0) + (spread ? (never ? DOUBT_SCORE : 1) : 0);
  }

  /**
   * What was done strengthens what else speaks against a login. By itself it makes an intruder only where it is plain twice, and
   * not at all by what administrators do all day: that strengthens a little what is odd, and more what is suspect.
   */
  #judgeSteps(draft: SessionDraft, before: Before, reasons: string[]): number {
    const tells = tellsIn(draft, before.score >= DOUBT_SCORE);
    const critical = titles(tells, 'critical');
    const all = titles(tells, 'high').filter((title) => !critical.includes(title));
    const odd = all.filter((title) => !isAdminWork(title));
    const furtive = odd.length > 0 && isFurtive(all, commandsOf(draft)) ? 1 : 0;
    const count = { critical: critical.length, odd: odd.length + furtive, all: all.length };
    const points = this.#weigh(draft, before.score, count);
    if (points > 0) reasons.push([...critical, ...all].map(lowerFirst).join(', '));
    return before.isSoft && points === 1 ? 0 : points; // somebody away from home with one thing to do
  }

  #weigh(draft: SessionDraft, score: number, count: { critical: number; odd: number; all: number }): number {
    const grave = Math.min(6, count.critical * 3);
    const { habits } = this;
    if (score >= DOUBT_SCORE) return grave + Math.min(2, count.all);
    if (score > 0) {
      const known = habits.knowsKey(draft, draft.start);
      return grave + Math.min(2, Math.max(count.odd, count.all > 0 && !known ? 1 : 0));
    }
    if (count.critical >= 2) return ENTRY_SCORE;
    const usual = habits.knows(draft, draft.start);
    return Math.min(grave + (usual ? 0 : Math.min(2, count.odd)), DOUBT_SCORE);
  }
}

/** What speaks against a login before its deeds; soft: only whence and how it came. */
interface Before {
  readonly score: number;
  readonly isSoft: boolean;
}

// What programs say of accounts tells of administrators at work as well, but beside something that these do not do, or of
// somebody who is no administrator as it seems.
function tellsIn({ steps }: SessionDraft, isSuspect: boolean): Tell[] {
  const isChange = ({ kind }: StepDraft) => kind === 'account' || kind === 'group';
  const done = steps.filter((step) => !isChange(step)).flatMap(tellsOfStep);
  const changed = steps.filter(isChange).flatMap(tellsOfStep);
  const odd = done.some(({ level, title }) => (level === 'critical' || level === 'high') && !isAdminWork(title));
  return [...done, ...changed.filter(({ level }) => odd || isSuspect || level === 'critical')];
}

const commandsOf = ({ steps }: SessionDraft) => steps.map(({ text }) => text.slice(0, 1000));

function titles(tells: readonly Tell[], level: Tell['level']): string[] {
  return [...new Set(tells.filter((tell) => tell.level === level).map(({ title }) => title))];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** What found sessions leave behind by which others are known: address, account made, key laid down. */
class Marks {
  readonly #accounts = new Set<string>();
  /** Address → from when on it is an intruder's. */
  readonly #since = new Map<string, number>();
  /** Fingerprints of keys that were written in a found session, or by an account that it acted as. */
  readonly #keys = new Set<string>();

  /** `host account` of which an intruder changed the password, shell or id → from when on. */
  readonly #taken = new Map<string, number>();
  /** `address account` of found sessions. */
  readonly #users = new Set<string>();
  readonly #habits: Habits;

  constructor(found: readonly Suspect[], loose: readonly StepDraft[], habits: Habits) {
    this.#habits = habits;
    for (const { draft } of found) {
      this.#users.add(`${draft.address} ${draft.user}`);
      for (const account of accountsMade(draft)) this.#accounts.add(`${draft.host} ${account}`);
      for (const account of accountsTaken(draft)) keepLeast(this.#taken, `${draft.host} ${account}`, draft.start);
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
    if (this.#isTaken(draft))
      return { ...suspect, score: 5, reasons: [...reasons, 'the intruder changed the account before'] };
    if (reasons.includes(NO_LOGIN_LINE)) return { ...suspect, score: score + 2 }; // others got in here: this is no loss of a line
    return this.#comesFrom(draft, score) ? this.#byAddress(suspect) : suspect;
  }

  /** Did the intruder open this account for later, and does nobody come to it who came before? */
  #isTaken(draft: SessionDraft): boolean {
    const since = this.#taken.get(`${draft.host} ${draft.user}`) ?? Number.POSITIVE_INFINITY;
    return draft.start > since && draft.address !== '' && !this.#habits.knows(draft, since);
  }

  /** Is its address an intruder's, and not one that this person has always come from? */
  #comesFrom(draft: SessionDraft, score: number): boolean {
    const since = this.#since.get(draft.address) ?? Number.POSITIVE_INFINITY;
    if (draft.address === '' || since === Number.POSITIVE_INFINITY) return false;
    const near = draft.start >= since || score >= DOUBT_SCORE; // before it as well, where something else was odd
    return near && !this.#habits.knows(draft, Math.min(since, draft.start));
  }

  // One's own hosts are a way for everybody: another account from there is worth a look, and its owner's key not even that.
  #byAddress(suspect: Suspect): Suspect {
    const { draft, score, reasons } = suspect;
    const told = [...reasons, SAME_ADDRESS];
    if (reasons.includes(SAME_ADDRESS)) return suspect;
    const shared = isInside(draft.address) && !this.#users.has(`${draft.address} ${draft.user}`);
    if (!shared || score >= DOUBT_SCORE) return { ...suspect, score: Math.max(score + 3, 4), reasons: told };
    const isOwner = this.#habits.knowsKey(draft, this.#since.get(draft.address) ?? draft.start);
    return isOwner ? suspect : { ...suspect, score: DOUBT_SCORE, reasons: told };
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
