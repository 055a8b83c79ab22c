import type * as z from 'zod';
import { type PastSession, pastSessions } from '../search/past-sessions.ts';
import type { endingLines, personLines, SessionLine } from '../store/queries/person-sessions.ts';

/** Lines of one look, at least. */
const FEWEST_LINES = 4000;
const LINES_A_SESSION = 12;
/** Of all looks together. */
export const MOST_LINES = 100_000;
const DAY_US = 86_400_000_000;
/**
 * The newest time is looked at first, as if a person came ten times a day; then as much of the time before it as what was found makes one
 * expect. Never less than a month: rights that are taken in a session that began before are told as a session of their own.
 */
const DAYS_A_SESSION = 0.1;
const FEWEST_DAYS = 30;
/** At least and at most as far again. */
const FURTHER = { least: 1.5, most: 12 } as const;

/** What a look gave. */
export interface Told {
  /** The newest first. */
  readonly sessions: readonly PastSession[];
  /** Sessions that began before are not told; null: all are. */
  readonly cutUs: number | null;
}

/** Which sessions are looked for. */
export interface Wish {
  /** '' for everybody, '' for all. */
  readonly person: string;
  readonly host: string;
  /** Of lines in [fromUs, toUs), microseconds since 1970. */
  readonly fromUs: number;
  readonly toUs: number;
  /** Only sessions behind this one, as they are told: the newest first. */
  readonly before?: { readonly sinceUs: number; readonly first: number } | undefined;
  /** So many are looked for. */
  readonly enough: number;
}

/** Where lines about sessions come from, the oldest first: `personLines` and `endingLines` of a store. */
export interface SessionLines {
  own(asked: z.input<typeof personLines.params>): Promise<SessionLine[]>;
  ending(asked: z.input<typeof endingLines.params>): Promise<SessionLine[]>;
}

/** Looks back, further and further, until enough sessions are known, all of the time was looked at, or too many lines. */
export async function toldOf(from: SessionLines, wish: Wish): Promise<Told> {
  const { toUs, enough, before } = wish;
  const own = new OwnLines(from, wish);
  const newestUs = Math.min(toUs, before?.sinceUs ?? toUs);
  let days = Math.max(FEWEST_DAYS, enough * DAYS_A_SESSION);
  for (;;) {
    await own.lookBack(newestUs - days * DAY_US);
    const found = wanted(own.lines, wish).length;
    if (own.isDone || found >= enough) {
      const sessions = wanted(inOrder(own.lines, await endsOf(from, own, wish)), wish);
      if (own.isDone || sessions.length >= enough) return { sessions, cutUs: own.isWhole ? null : own.sinceUs };
    }
    const further = Math.max(FURTHER.least, (1.3 * enough) / found);
    days = Math.max(days, ((newestUs - own.sinceUs) / DAY_US) * Math.min(FURTHER.most, further));
  }
}

/** Sessions of these lines that are asked for, the newest first. */
function wanted(lines: readonly SessionLine[], { before }: Wish): PastSession[] {
  const sessions = pastSessions(lines).reverse();
  return before === undefined ? sessions : sessions.filter((one) => isBefore(one, before));
}

/** The lines of a person, or of everybody, from an instant on. */
class OwnLines {
  readonly #from: SessionLines;
  readonly #wish: Wish;
  /** Oldest first. */
  lines: readonly SessionLine[] = [];
  /** Those since then are all there. */
  sinceUs: number;
  #isFull = false;
  /** Lines of the next look. */
  #most: number;

  constructor(from: SessionLines, wish: Wish) {
    this.#from = from;
    this.#wish = wish;
    this.sinceUs = wish.toUs;
    this.#most = Math.max(FEWEST_LINES, wish.enough * LINES_A_SESSION);
  }

  get isWhole(): boolean {
    return this.sinceUs <= this.#wish.fromUs;
  }

  /** There is nothing before, or there were too many lines. */
  get isDone(): boolean {
    return this.#isFull || this.isWhole;
  }

  /** Looks at what is before, back to an instant, or to as many lines as hold enough sessions. */
  async lookBack(wishUs: number): Promise<void> {
    const { person, host } = this.#wish;
    const fromUs = Math.max(this.#wish.fromUs, Math.floor(wishUs));
    const room = MOST_LINES - this.lines.length;
    const limit = Math.min(room, this.#most);
    const found = await this.#from.own({ person, host, fromUs, toUs: this.sinceUs, limit });
    const [oldest] = found;
    if (found.length < limit || oldest === undefined) {
      this.#take(found, fromUs);
      return;
    }
    this.#most *= 4;
    this.#isFull = limit === room;
    if (this.#isFull) this.#take(found, oldest.ts_us);
    // There may be more of the last instant: these come again with the next look.
    else
      this.#take(
        found.filter(({ ts_us: tsUs }) => tsUs > oldest.ts_us),
        oldest.ts_us + 1,
      );
  }

  #take(found: readonly SessionLine[], sinceUs: number): void {
    this.lines = [...found, ...this.lines];
    this.sinceUs = sinceUs;
  }
}

/** Lines that end what these began, and are another's. */
async function endsOf(
  from: SessionLines,
  { lines: own, sinceUs: fromUs }: OwnLines,
  { person, toUs }: Wish,
): Promise<SessionLine[]> {
  if (person === '' || own.length === 0) return [];
  const taken = own.filter(({ effective, action }) => effective !== '' && action === 'session_open');
  const asked = {
    accounts: distinct(['', ...taken.map(({ effective }) => effective)]).filter((name) => name !== person),
    pids: distinct(taken.map(({ pid }) => pid)),
    ids: distinct(own.map(({ session_id: id }) => id)),
    hosts: distinct(own.map((line) => line.host)),
    fromUs,
    toUs,
    limit: MOST_LINES,
  };
  return from.ending(asked);
}

const distinct = <T>(all: readonly T[]): T[] => [...new Set(all)];

function inOrder(own: readonly SessionLine[], ends: readonly SessionLine[]): SessionLine[] {
  return [...own, ...ends].sort((a, b) => a.ts_us - b.ts_us || a.first - b.first);
}

const isBefore = ({ session }: PastSession, { sinceUs, first }: NonNullable<Wish['before']>) =>
  session.sinceUs < sinceUs || (session.sinceUs === sinceUs && session.first < first);
