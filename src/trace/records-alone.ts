import { grouped } from '../core/grouped.ts';
import type { SessionDraft } from './draft.ts';
import { joinSeries, type LogPart, type LogSeries, rotationOf } from './log-series.ts';
import type { Citer } from './noted.ts';
import type { Confidence } from './story.ts';
import { zoneDoubt } from './zone-doubt.ts';

/** Logs that a logger writes, and of them those that are always written to, and those made for logins. */
export const LOGGED = /(?:auth\.log|secure|messages|syslog|journal)[^/]*$/;
const STEADY = /(?:auth\.log|secure|messages|syslog)$/;
const FOR_LOGINS = /(?:auth\.log|secure)$/;
const SAME_LOGIN_MS = 10_000;
/** So many records, and no line of any login: the server may not write them (sshd's LogLevel QUIET). */
const NEVER = 3;
/** Logins of a host that an intruder may have taken out. */
const MOST_ERASED = 100;
/** A silence so many times as long as the log's other long ones. */
const UNUSUAL = 2;
/** Silences shorter than this are not told apart. */
const SHORTEST_MS = 60_000;

/** Why no line tells of a login record. */
export interface RecordAlone {
  /** Where the line should stand. */
  readonly log: LogSeries;
  /** How likely it is that somebody took it out; high: the logs went on speaking around it. */
  readonly suspicion: Confidence;
  /** What speaks for another reason; '' when nothing does. */
  readonly but: string;
}

/** Logins that left a record and no line, though lines of that time are there. */
export function recordsAlone(
  parts: readonly LogPart[],
  sessions: readonly SessionDraft[],
  citer: Citer,
): ReadonlyMap<SessionDraft, RecordAlone> {
  const found = new Map<SessionDraft, RecordAlone>();
  const recorded = sessions.filter(isRecordOnly);
  if (recorded.length === 0) return found;
  const logs = joinSeries(parts).filter(({ base }) => LOGGED.test(base));
  const told = new Told(logs, sessions, citer);
  const hosts = grouped(sessions, ({ host }) => host);
  for (const [host, drafts] of grouped(recorded, (draft) => draft.host)) {
    if (zoneDoubt(hosts.get(host) ?? []) !== null) continue;
    const missed = drafts.filter((draft) => !told.isElsewhere(draft));
    for (const draft of missed) {
      const alone = told.lineOf(draft, missed.length);
      if (alone !== null) found.set(draft, alone);
    }
  }
  return found;
}

/** Logins whose lines were taken out, as it seems: of each host the first ones. Whoever forges records forges thousands. */
export function erasedOf(alone: ReadonlyMap<SessionDraft, RecordAlone>): ReadonlySet<SessionDraft> {
  const likely = [...alone].filter(([, { suspicion }]) => suspicion === 'high').map(([draft]) => draft);
  const hosts = grouped(likely, ({ host }) => host);
  return new Set([...hosts.values()].flatMap((drafts) => drafts.slice(0, MOST_ERASED)));
}

// Only a login with a terminal leaves a record of this kind; mosh writes one of its own.
function isRecordOnly({ seen, service, address, terminal }: SessionDraft): boolean {
  return seen.record && !seen.login && !seen.pam && service !== 'mosh' && address !== '' && terminal.startsWith('pts');
}

/** What lines tell of logins. */
class Told {
  readonly #logs: ReadonlyMap<string, readonly LogSeries[]>;
  /** Those in which a line is to be expected, by host. */
  readonly #expected = new Map<string, readonly LogSeries[]>();
  /** `host log` in which logins are told. */
  readonly #logsOfLogins = new Set<string>();
  /** Addresses of told logins, by host and account. */
  readonly #known = new Map<string, Set<string>>();
  /** Account, address and ten seconds of each told login, whatever its host is called there. */
  readonly #moments = new Set<string>();

  constructor(logs: readonly LogSeries[], sessions: readonly SessionDraft[], { paths }: Citer) {
    this.#logs = grouped(logs, ({ host }) => host);
    for (const { host, user, address, service, seen, evidence, start } of sessions) {
      if (service !== 'sshd' || !(seen.login || seen.pam)) continue;
      const key = `${host}\n${user}`;
      this.#known.set(key, (this.#known.get(key) ?? new Set()).add(address));
      if (seen.login) this.#moments.add(`${user} ${address} ${Math.floor(start / SAME_LOGIN_MS)}`);
      for (const { parser, input } of evidence)
        if (parser !== 'utmp') this.#logsOfLogins.add(`${host}\n${rotationOf(paths[input] ?? '').base}`);
    }
  }

  // Records name no host, and a host that was given its name on the first day has lines under the old one: the same account
  // from the same address at the same moment is the same login.
  isElsewhere({ user, address, start }: SessionDraft): boolean {
    const slot = Math.floor(start / SAME_LOGIN_MS);
    return [slot - 1, slot, slot + 1].some((near) => this.#moments.has(`${user} ${address} ${near}`));
  }

  /** Null when no line is to be expected, or when its absence says nothing. `missed`: records of its host without a line. */
  lineOf(draft: SessionDraft, missed: number): RecordAlone | null {
    const { host, start } = draft;
    const covering = (this.#logs.get(host) ?? []).filter((one) => covers(one, start));
    const expected = this.#expected.get(host) ?? this.#logsFor(host);
    this.#expected.set(host, expected);
    const log = covering.find((one) => expected.includes(one));
    if (log === undefined) return covering.length > 0 ? this.#notHandedIn(draft, expected) : null;
    if (missed >= NEVER && !expected.some(({ base }) => this.#logsOfLogins.has(`${host}\n${base}`)))
      return { log, suspicion: 'medium', but: ', as none has on this host' };
    const steady = covering.filter((one) => one === log || STEADY.test(one.base));
    if (!steady.every((one) => isSilent(one, start)))
      // A line can be lost; of somebody who comes from there all the time there is nothing to hide.
      return { log, suspicion: this.#comesFromThere(draft) ? 'medium' : 'high', but: '' };
    const suspicion = this.#inSilence(draft, steady.length > 1);
    return { log, suspicion, but: suspicion === 'high' ? '' : ', and the logs were silent then' };
  }

  /** Logs in which a line is to be expected: those that told of logins; where none did, those that are made for them. */
  #logsFor(host: string): readonly LogSeries[] {
    const logs = this.#logs.get(host) ?? [];
    const telling = logs.filter(({ base }) => this.#logsOfLogins.has(`${host}\n${base}`));
    if (telling.length > 0) return telling;
    const named = logs.filter(({ base }) => FOR_LOGINS.test(base));
    return named.length > 0 ? named : logs;
  }

  #comesFromThere({ host, user, address }: Pick<SessionDraft, 'host' | 'user' | 'address'>): boolean {
    return this.#known.get(`${host}\n${user}`)?.has(address) === true;
  }

  // A logger that stood still, as on a full disk, writes of nobody. The silence of one log alone may be made.
  #inSilence({ host, user, address }: SessionDraft, areMany: boolean): Confidence {
    const known = this.#known.get(`${host}\n${user}`);
    if (this.#comesFromThere({ host, user, address })) return 'low';
    return known !== undefined || areMany ? 'medium' : 'high';
  }

  // The log was not handed in so far, or was cut; or one of its rotated files is not here. Of an account that no line tells of, that is
  // a question.
  #notHandedIn({ host, user, start }: SessionDraft, expected: readonly LogSeries[]): RecordAlone | null {
    const log = expected.find(({ first }) => first <= start);
    if (log === undefined || this.#known.has(`${host}\n${user}`)) return null;
    return { log, suspicion: 'medium', but: ': the log of that time is not here' };
  }
}

// Between two of its files it tells nothing.
function covers({ parts }: LogSeries, time: number): boolean {
  return parts.some(({ coverage: { first, latest } }) => first <= time && time <= latest);
}

// Longer than its other long silences are: the rhythm by itself may be told from this very one, where a log is short.
function isSilent({ gaps }: LogSeries, time: number): boolean {
  const around = gaps.find(({ from, to }) => from <= time && time <= to);
  if (around === undefined) return false;
  const others = gaps.filter((one) => one !== around).map(({ from, to }) => to - from); // the longest first
  return around.to - around.from > UNUSUAL * (others[others.length >> 1] ?? SHORTEST_MS);
}
