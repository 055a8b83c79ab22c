import { addTo } from '../core/grouped.ts';
import { SessionDraft } from './draft.ts';
import type { Noted } from './noted.ts';
import { isWindows } from './windows.ts';

/** Lines about one login come this close together: sshd's, pam's, logind's, wtmp's, audit's. */
const TOGETHER_MS = 10_000;
/** A session without an end that is silent this long takes no further steps by user name alone. */
const STALE_MS = 12 * 3_600_000;

/** The sessions of one host, found by whatever a line names: process, terminal, session number, peer or account. */
export class SessionIndex {
  readonly sessions: SessionDraft[] = [];
  readonly #host: string;
  readonly #byPid = new Map<number, SessionDraft>();
  readonly #byUser = new Map<string, SessionDraft[]>();
  readonly #byTerminal = new Map<string, SessionDraft>();
  readonly #byLogind = new Map<string, SessionDraft>();
  readonly #byAudit = new Map<string, SessionDraft>();
  readonly #byLogon = new Map<string, SessionDraft>();
  /** Windows logons that were given an administrator's rights, which is told before the logon itself. */
  readonly #elevated = new Set<string>();

  constructor(host: string) {
    this.#host = host;
  }

  open(event: Noted, user: string): SessionDraft {
    const draft = new SessionDraft(this.#host, user);
    this.sessions.push(draft);
    addTo(this.#byUser, user, draft);
    if (event.pid && event.parser !== 'logind') this.addPid(draft, event.pid);
    return draft;
  }

  addPid(draft: SessionDraft, pid: number): void {
    draft.pids.add(pid);
    this.#byPid.set(pid, draft);
  }

  /** Notes the terminal that the line names. */
  setTerminal(draft: SessionDraft, event: Noted): void {
    const terminal = terminalOf(event);
    if (!terminal || terminal === 'ssh') return;
    draft.terminal ||= terminal;
    this.#byTerminal.set(terminal, draft);
  }

  /** Notes the number that logind or audit gave the session. */
  setNumber(draft: SessionDraft, event: Noted): void {
    const number = text(event.fields['spoor.session.id']);
    if (!number) return;
    if (event.parser === 'logind') {
      draft.logind = number;
      this.#byLogind.set(number, draft);
    } else if (event.parser === 'auditd') {
      draft.audit = number;
      this.#byAudit.set(number, draft);
    } else if (isWindows(event)) {
      draft.logons.add(number);
      draft.elevated ||= event.fields['spoor.auth.elevated'] === true || this.#elevated.has(number);
      this.#byLogon.set(number, draft);
    }
  }

  /** Notes that a Windows logon has an administrator's rights. */
  elevate(event: Noted): void {
    const number = text(event.fields['spoor.session.id']);
    const draft = this.#byLogon.get(number);
    if (draft && !draft.closed) draft.elevated = true;
    else this.#elevated.add(number);
  }

  /** The session that a line about its beginning belongs to, when another line told of it already. */
  matching(event: Noted, user: string): SessionDraft | undefined {
    const byAudit = event.parser === 'auditd' ? this.#byAudit.get(text(event.fields['spoor.session.id'])) : undefined;
    if (byAudit && !byAudit.closed) return byAudit;
    const byPid = event.pid && event.parser !== 'logind' ? this.#byPid.get(event.pid) : undefined;
    if (byPid && isSameLogin(byPid, event, user)) return byPid;
    return recent(this.#byUser.get(user) ?? []).findLast((draft) => isTogether(draft, event));
  }

  ofProcess({ pid }: Noted): SessionDraft | undefined {
    return this.#byPid.get(pid);
  }

  /** The child that says goodbye has another pid than the monitor that let in: address and port tell. */
  ofPeer(event: Noted): SessionDraft | undefined {
    const port = event.fields['source.port'];
    const mine = recent(this.#byUser.get(text(event.fields['user.name'])) ?? []);
    return mine.findLast((draft) => draft.port === port && draft.address === event.fields['source.ip']);
  }

  /** The session that a line about an end names. */
  ending(event: Noted): SessionDraft | undefined {
    const number = text(event.fields['spoor.session.id']);
    if (event.parser === 'logind') return this.#byLogind.get(number);
    if (event.parser === 'auditd') return this.#byAudit.get(number);
    if (isWindows(event)) return this.#byLogon.get(number);
    return event.parser === 'utmp' ? this.#byTerminal.get(terminalOf(event)) : this.#byPid.get(event.pid);
  }

  /** The session in which this account acts now: by audit session, terminal, account, or as whom it acts. */
  ofUser(event: Noted, user: string): SessionDraft | undefined {
    const audit = event.parser === 'auditd' ? this.#byAudit.get(text(event.fields['spoor.session.id'])) : undefined;
    if (audit) return audit;
    const logon = isWindows(event) ? this.#byLogon.get(text(event.fields['spoor.session.id'])) : undefined;
    if (logon) return logon;
    const terminal = this.#byTerminal.get(terminalOf(event));
    if (terminal && !hasEnded(terminal, event.time) && (terminal.acts.has(user) || terminal.user === user))
      return terminal;
    const own = recent(this.#byUser.get(user) ?? []).findLast((draft) => isActive(draft, event.time));
    return own ?? recent(this.sessions).findLast((draft) => draft.acts.has(user) && isActive(draft, event.time));
  }

  /** The session on the terminal that a line names, whoever acts there. */
  ofTerminal(event: Noted): SessionDraft | undefined {
    const draft = this.#byTerminal.get(terminalOf(event));
    return draft && isActive(draft, event.time) ? draft : undefined;
  }

  /** useradd and passwd do not say who called them: whoever was root last. */
  actingAsRoot(event: Noted): SessionDraft | undefined {
    const rooted = recent(this.sessions).filter((draft) => draft.root && isActive(draft, event.time));
    return rooted.reduce<SessionDraft | undefined>(
      (best, draft) => (best && best.lastActive > draft.lastActive ? best : draft),
      undefined,
    );
  }

  /** A boot or a shutdown: nothing that was open goes on, and numbers begin again. */
  cut(event: Noted): void {
    for (const draft of this.sessions) if (!draft.closed && draft.start <= event.time) draft.close(event, 'cut');
    for (const table of [this.#byPid, this.#byTerminal, this.#byLogind, this.#byAudit, this.#byLogon]) table.clear();
  }
}

/** Said so soon after the session's end that it is still about it? */
export function isSoonAfter(draft: SessionDraft, time: number): boolean {
  return !(draft.end < time - TOGETHER_MS);
}

/** The last sessions only: a machine that logs in all day has many, and what is asked for is near. */
function recent(drafts: readonly SessionDraft[]): SessionDraft[] {
  return drafts.slice(-64);
}

// Another source's line about a login that is known: near in time, from the same peer, and not of a kind it has already.
function isTogether(draft: SessionDraft, event: Noted): boolean {
  if (!(Math.abs(event.time - draft.start) <= TOGETHER_MS)) return false;
  const address = text(event.fields['source.ip']);
  if (address && draft.address && address !== draft.address) return false;
  if (isWindows(event)) return draft.method === text(event.fields['spoor.auth.method']); // one visit opens a logon for each connection
  switch (event.parser) {
    case 'logind':
      return draft.logind === '';
    case 'utmp':
      return !draft.seen.record;
    case 'pam':
      return !draft.seen.pam;
    case 'sshd':
      return !(draft.seen.login && event.pid && draft.pids.size > 0);
    default:
      return true;
  }
}

function hasEnded(draft: SessionDraft, time: number): boolean {
  return draft.closed && draft.end < time - 1000;
}

function isActive(draft: SessionDraft, time: number): boolean {
  if (Number.isNaN(time)) return false;
  if (draft.start > time + 1000 || hasEnded(draft, time)) return false;
  return draft.closed || time - draft.lastActive < STALE_MS;
}

// A pid that is used again is another login.
function isSameLogin(draft: SessionDraft, event: Noted, user: string): boolean {
  if (draft.user && user && draft.user !== user) return false;
  return !draft.closed && event.time - draft.lastActive < STALE_MS && !(event.parser === 'sshd' && draft.seen.login);
}

/** A terminal as it is named without its folder: "pts/0". */
function terminalOf({ fields }: Noted): string {
  return text(fields['user.terminal']).replace(/^\/dev\//, '');
}

/** A field as text; '' when it is absent. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
