import { type OpenSession, OpenSessions, personKey, type SessionEnd, type SessionLine } from './sessions-now.ts';

/** A line about a session, with what was done by it. Texts are '' where it does not say. */
export interface PastLine extends SessionLine {
  readonly outcome: string;
  readonly command: string;
  readonly country: string;
  readonly as_org: string;
}

/** What was done with the rights of another account. Times in microseconds since 1970. */
export interface Deed {
  readonly atUs: number;
  /** Null: no line says when it ended. */
  untilUs: number | null;
  /** `sudo`, `su`, … */
  readonly by: string;
  as: string;
  command: string;
  readonly outcome: string;
  readonly first: number;
  /** Several sessions were open: it may be of another. */
  readonly unsure: boolean;
}

/** A session, from its beginning to its end. */
export interface PastSession {
  readonly session: OpenSession;
  /** Null: it is open, as far as lines tell. */
  endUs: number | null;
  how: SessionEnd | null;
  country: string;
  asOrg: string;
  readonly deeds: Deed[];
}

/** Lines about one act of sudo come within this time of each other. */
const NEAR_US = 10_000_000;
const BECOMING = new Set(['su', 'sudo', 'doas', 'pkexec']);

/**
 * Sessions that begin in these lines, which are in the order of time, each with what was done in it: oldest first. Rights that were taken
 * within no session that is known are a session of their own.
 */
export function pastSessions(lines: readonly PastLine[]): PastSession[] {
  const past = new Past();
  for (const line of lines) past.take(line);
  return past.all;
}

class Past {
  readonly all: PastSession[] = [];
  readonly #of = new Map<OpenSession, PastSession>();
  /** Open ones by host and person, the newest last. */
  readonly #open = new Map<string, PastSession[]>();
  readonly #deeds = new Map<OpenSession, Deed>();
  /** The last deed of a person on a host. */
  readonly #last = new Map<string, Deed>();
  readonly #sessions: OpenSessions;
  #line: PastLine | null = null;

  constructor() {
    this.#sessions = new OpenSessions({
      began: (session) => this.#began(session),
      ended: (session, line, how) => this.#ended(session, line, how),
    });
  }

  take(line: PastLine): void {
    this.#line = line;
    if (BECOMING.has(line.action)) this.#did(line);
    else this.#sessions.take(line);
  }

  #began(session: OpenSession): void {
    const line = this.#line as PastLine;
    if (session.as !== '' && this.#taken(session, line)) return;
    const past: PastSession = {
      session,
      endUs: null,
      how: null,
      country: line.country,
      asOrg: line.as_org,
      deeds: [],
    };
    this.all.push(past);
    this.#of.set(session, past);
    if (session.as !== '') return;
    const key = personKey(session);
    const open = this.#open.get(key);
    if (open === undefined) this.#open.set(key, [past]);
    else open.push(past);
  }

  /** Rights that a session of PAM tells of: a deed in the person's own session, which a line of sudo may have told before. */
  #taken(session: OpenSession, line: PastLine): boolean {
    const key = personKey(session);
    const last = this.#last.get(key);
    const isTold =
      last !== undefined && line.ts_us - last.atUs <= NEAR_US && last.as === session.as && last.untilUs === null;
    const deed = isTold ? last : this.#add(key, { ...line, service: session.service, effective: session.as });
    if (deed !== null) this.#deeds.set(session, deed);
    return deed !== null;
  }

  #did(line: PastLine): void {
    const { host, user, action } = line;
    const key = personKey({ host, user });
    this.#add(key, { ...line, service: action, effective: line.effective });
  }

  /** Null: no session of the person is known to be open there. */
  #add(key: string, line: PastLine): Deed | null {
    const open = this.#open.get(key) ?? [];
    const own = open.at(-1);
    if (own === undefined) return null;
    const deed: Deed = {
      atUs: line.ts_us,
      untilUs: null,
      by: line.service,
      as: line.effective,
      command: line.command,
      outcome: line.outcome,
      first: line.first,
      unsure: open.length > 1,
    };
    own.deeds.push(deed);
    this.#last.set(key, deed);
    return deed;
  }

  #ended(session: OpenSession, { ts_us: atUs }: SessionLine, how: SessionEnd): void {
    const deed = this.#deeds.get(session);
    if (deed !== undefined) {
      if (how === 'closed') deed.untilUs = atUs;
      this.#deeds.delete(session);
      return;
    }
    const past = this.#of.get(session);
    if (past === undefined) return;
    past.endUs = atUs;
    past.how = how;
    this.#of.delete(session);
    const key = personKey(session);
    const open = this.#open.get(key);
    if (open === undefined) return;
    open.splice(open.indexOf(past) >>> 0, 1);
    if (open.length === 0) this.#open.delete(key);
  }
}
