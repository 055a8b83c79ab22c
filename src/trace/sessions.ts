import { has } from '../core/event.ts';
import { SessionDraft, type StepDraft } from './draft.ts';
import type { Noted } from './noted.ts';
import type { StepKind } from './story.ts';

/** Lines about one login come this close together: sshd's, pam's, logind's, wtmp's, audit's. */
const TOGETHER_MS = 10_000;
/** A session without an end that is silent this long takes no further steps by user name alone. */
const STALE_MS = 12 * 3_600_000;

/** What stitching gives: sessions in the order of their beginning, and what belongs to none. */
export interface Stitched {
  readonly sessions: readonly SessionDraft[];
  readonly loose: readonly StepDraft[];
}

/** Stitches login to logout, and what was done in between, for all hosts. `events` in the order of time. */
export function stitch(events: readonly Noted[]): Stitched {
  const hosts = new Map<string, HostStitcher>();
  for (const event of events) {
    let host = hosts.get(event.host);
    if (host === undefined) {
      host = new HostStitcher(event.host);
      hosts.set(event.host, host);
    }
    host.add(event);
  }
  const all = [...hosts.values()];
  const sessions = all.flatMap((host) => host.sessions).filter((draft) => draft.service !== '');
  const begin = (draft: SessionDraft) => (Number.isNaN(draft.start) ? (draft.evidence[0]?.time ?? 0) : draft.start);
  sessions.sort((a, b) => begin(a) - begin(b));
  return { sessions, loose: all.flatMap((host) => host.loose) };
}

class HostStitcher {
  readonly sessions: SessionDraft[] = [];
  readonly loose: StepDraft[] = [];
  readonly #host: string;
  readonly #byPid = new Map<number, SessionDraft>();
  readonly #byUser = new Map<string, SessionDraft[]>();
  readonly #byTerminal = new Map<string, SessionDraft>();
  readonly #byLogind = new Map<string, SessionDraft>();
  readonly #byAudit = new Map<string, SessionDraft>();

  constructor(host: string) {
    this.#host = host;
  }

  add(event: Noted): void {
    const { fields } = event;
    const child = fields['spoor.child.pid'];
    if (typeof child === 'number') this.#child(event, child);
    if (has(fields, 'event.category', 'authentication')) this.#authentication(event);
    else if (has(fields, 'event.category', 'session')) this.#session(event);
    else if (has(fields, 'event.category', 'network')) this.#disconnect(event);
    else if (has(fields, 'event.category', 'iam')) this.#act(event, iamKind(event));
    else if (has(fields, 'event.category', 'package')) this.#act(event, 'package');
    else if (has(fields, 'event.category', 'host')) this.#hostState(event);
    else if (fields['process.command_line'] !== undefined) this.#command(event);
    else if (has(fields, 'event.category', 'file')) this.#act(event, 'file');
  }

  #authentication(event: Noted): void {
    const { fields } = event;
    const command = fields['process.command_line'];
    if (command !== undefined) return this.#command(event); // sudo refused a command
    if (fields['event.outcome'] !== 'success') return;
    const action = fields['event.action'];
    if (action === 'su' || action === 'sudo') return this.#become(event, action === 'su' ? 'su' : 'sudo');
    const user = text(fields['user.name']);
    const known = this.#matching(event, user);
    const draft = known ?? this.#open(event, user);
    draft.service ||= serviceOf(event);
    draft.seen.login = true;
    describe(draft, event);
    if (Number.isNaN(draft.start) || draft.state === 'no_start') draft.start = event.time;
    if (draft.state === 'no_start') draft.state = 'open';
    draft.touch(event);
  }

  #session(event: Noted): void {
    const { fields } = event;
    if (has(fields, 'event.type', 'end')) return this.#close(event);
    const user = text(fields['user.name']);
    const service = serviceOf(event);
    if (service === 'sudo' || service === 'su' || service === 'su-l' || service === 'runuser')
      return this.#become(event, service === 'sudo' ? 'sudo' : 'su');
    const logind = text(fields['spoor.session.id']);
    const record = event.parser === 'utmp';
    let draft = this.#matching(event, user);
    if (draft === undefined && event.parser === 'logind') return; // scheduled work and user managers have logind sessions too
    if (draft === undefined) {
      draft = this.#open(event, user);
      draft.start = event.time;
      if (!record && event.parser !== 'auditd') draft.state = 'no_start';
    }
    draft.service ||= service || (record ? 'login' : '');
    if (record) draft.seen.record = true;
    else if (event.parser === 'auditd') draft.seen.audit = true;
    else if (event.parser === 'pam') draft.seen.pam = true;
    if (event.parser === 'logind' && logind) {
      draft.logind = logind;
      this.#byLogind.set(logind, draft);
    } else if (event.parser === 'auditd' && logind) {
      draft.audit = logind;
      this.#byAudit.set(logind, draft);
    }
    describe(draft, event);
    this.#setTerminal(draft, event);
    draft.touch(event);
  }

  #setTerminal(draft: SessionDraft, event: Noted): void {
    const terminal = text(event.fields['user.terminal']).replace(/^\/dev\//, '');
    if (!terminal || terminal === 'ssh') return;
    draft.terminal ||= terminal;
    this.#byTerminal.set(terminal, draft);
  }

  #matching(event: Noted, user: string): SessionDraft | undefined {
    const logind = text(event.fields['spoor.session.id']);
    const byAudit = event.parser === 'auditd' && logind ? this.#byAudit.get(logind) : undefined;
    if (byAudit && !byAudit.closed) return byAudit;
    const byPid = event.pid && event.parser !== 'logind' ? this.#byPid.get(event.pid) : undefined;
    if (byPid && sameLogin(byPid, event, user)) return byPid;
    const address = text(event.fields['source.ip']);
    for (const draft of recent(this.#byUser.get(user) ?? []).reverse()) {
      if (Math.abs(event.time - draft.start) > TOGETHER_MS) continue;
      if (address && draft.address && address !== draft.address) continue;
      if (event.parser === 'logind' && draft.logind) continue;
      if (event.parser === 'utmp' && draft.seen.record) continue;
      if (event.parser === 'sshd' && draft.seen.login && event.pid && draft.pids.size > 0) continue;
      if (event.parser === 'pam' && draft.seen.pam) continue;
      return draft;
    }
    return undefined;
  }

  #open(event: Noted, user: string): SessionDraft {
    const draft = new SessionDraft(this.#host, user);
    this.sessions.push(draft);
    const mine = this.#byUser.get(user);
    if (mine) mine.push(draft);
    else this.#byUser.set(user, [draft]);
    if (event.pid && event.parser !== 'logind') {
      draft.pids.add(event.pid);
      this.#byPid.set(event.pid, draft);
    }
    return draft;
  }

  #child(event: Noted, child: number): void {
    const draft = this.#byPid.get(event.pid);
    if (!draft || draft.closed) return;
    draft.pids.add(child);
    this.#byPid.set(child, draft);
  }

  #close(event: Noted): void {
    const { fields } = event;
    const logind = text(fields['spoor.session.id']);
    const terminal = text(fields['user.terminal']).replace(/^\/dev\//, '');
    const service = serviceOf(event);
    if (service === 'sudo' || service.startsWith('su')) return this.#unbecome(event);
    const draft =
      (event.parser === 'logind' ? this.#byLogind.get(logind) : undefined) ??
      (event.parser === 'auditd' ? this.#byAudit.get(logind) : undefined) ??
      (event.parser === 'utmp' ? this.#byTerminal.get(terminal) : this.#byPid.get(event.pid));
    if (draft) draft.close(event);
    else if (event.parser === 'pam' && service) this.#endWithoutStart(event, service);
  }

  #endWithoutStart(event: Noted, service: string): void {
    const draft = this.#open(event, text(event.fields['user.name']));
    draft.service = service;
    draft.state = 'no_start';
    draft.seen.pam = true;
    draft.close(event);
  }

  #disconnect(event: Noted): void {
    const draft = this.#byPid.get(event.pid) ?? this.#byPeer(event);
    if (!draft || draft.end < event.time - TOGETHER_MS) return;
    draft.address ||= text(event.fields['source.ip']);
    draft.close(event);
  }

  // The child that says goodbye has another pid than the monitor that let in: address and port tell.
  #byPeer(event: Noted): SessionDraft | undefined {
    const port = event.fields['source.port'];
    const mine = this.#byUser.get(text(event.fields['user.name'])) ?? [];
    return recent(mine).findLast((draft) => draft.port === port && draft.address === event.fields['source.ip']);
  }

  #hostState(event: Noted): void {
    const action = event.fields['event.action'];
    if (action !== 'boot' && action !== 'shutdown') return this.#act(event, 'service');
    for (const draft of this.sessions) if (!draft.closed && draft.start <= event.time) draft.close(event, 'cut');
    for (const table of [this.#byPid, this.#byTerminal, this.#byLogind, this.#byAudit]) table.clear();
  }

  // su and sudo -i: what root does on this terminal from now on is this session's
  #become(event: Noted, kind: 'su' | 'sudo'): void {
    const { fields } = event;
    const session = has(fields, 'event.category', 'session');
    const target = text(session ? fields['user.name'] : (fields['user.effective.name'] ?? fields['user.target.name']));
    const by = text(session ? (fields['spoor.opener.name'] ?? fields['user.effective.name']) : fields['user.name']);
    const draft = this.#ofUser(event, by);
    if (draft === undefined) return;
    if (target) draft.acts.add(target);
    if (session) return;
    draft.add({
      noted: event,
      kind,
      text: `${kind} to ${target || 'root'}`,
      user: by,
      asUser: target,
      outcome: 'success',
    });
  }

  #unbecome(event: Noted): void {
    const draft = this.#byPid.get(event.pid);
    if (draft && !draft.closed && Number.isNaN(draft.end)) draft.touch(event);
  }

  #command(event: Noted): void {
    const { fields } = event;
    const user = text(fields['user.name']);
    const asUser = text(fields['user.effective.name']) || user;
    const sudo = fields['event.action'] === 'sudo';
    const kind: StepKind = sudo ? 'sudo' : fields['event.action'] === 'cron_command' ? 'cron' : 'command';
    const outcome = fields['event.outcome'];
    const told = outcome === 'success' || outcome === 'failure' ? outcome : 'unknown';
    const step: StepDraft = {
      noted: event,
      kind,
      text: text(fields['process.command_line']),
      user,
      asUser,
      outcome: told,
    };
    const draft = kind === 'cron' ? undefined : this.#ofUser(event, text(fields['user.audit.name']) || user);
    if (draft === undefined) {
      this.loose.push(step);
      return;
    }
    if (sudo && told !== 'failure' && asUser) draft.acts.add(asUser);
    this.#setTerminal(draft, event);
    draft.add(step);
  }

  #act(event: Noted, kind: StepKind): void {
    const { fields } = event;
    const user = text(fields['user.name']);
    const outcome = fields['event.outcome'] === 'failure' ? 'failure' : 'success';
    const step: StepDraft = {
      noted: event,
      kind,
      text: event.message || text(fields['event.action']),
      user,
      asUser: '',
      outcome,
    };
    const draft = (user ? this.#ofUser(event, user) : undefined) ?? this.#actingAsRoot(event);
    if (draft && kind !== 'service') draft.add(step);
    else this.loose.push(step);
  }

  #ofUser(event: Noted, user: string): SessionDraft | undefined {
    const { fields } = event;
    const audit = event.parser === 'auditd' ? this.#byAudit.get(text(fields['spoor.session.id'])) : undefined;
    if (audit) return audit;
    const terminal = this.#byTerminal.get(text(fields['user.terminal']).replace(/^\/dev\//, ''));
    if (terminal && !ended(terminal, event.time) && (terminal.acts.has(user) || terminal.user === user))
      return terminal;
    const own = recent(this.#byUser.get(user) ?? []).findLast((draft) => isActive(draft, event.time));
    if (own) return own;
    return recent(this.sessions).findLast((draft) => draft.acts.has(user) && isActive(draft, event.time));
  }

  // useradd and passwd do not say who called them: whoever was root last
  #actingAsRoot(event: Noted): SessionDraft | undefined {
    const rooted = recent(this.sessions).filter((draft) => draft.root && isActive(draft, event.time));
    return rooted.reduce<SessionDraft | undefined>(
      (best, draft) => (best && best.lastActive > draft.lastActive ? best : draft),
      undefined,
    );
  }
}

/** The last sessions only: a machine that logs in all day has many, and what is asked for is near. */
function recent(drafts: readonly SessionDraft[]): SessionDraft[] {
  return drafts.slice(-64);
}

function iamKind({ fields }: Noted): StepKind {
  if (fields['event.action'] === 'password_changed') return 'password';
  return has(fields, 'event.type', 'group') ? 'group' : 'account';
}

function ended(draft: SessionDraft, time: number): boolean {
  return draft.closed && draft.end < time - 1000;
}

function isActive(draft: SessionDraft, time: number): boolean {
  if (Number.isNaN(time)) return false;
  if (draft.start > time + 1000 || ended(draft, time)) return false;
  return draft.closed || time - draft.lastActive < STALE_MS;
}

// A pid that is used again is another login.
function sameLogin(draft: SessionDraft, event: Noted, user: string): boolean {
  if (draft.user && user && draft.user !== user) return false;
  return !draft.closed && event.time - draft.lastActive < STALE_MS && !(event.parser === 'sshd' && draft.seen.login);
}

function serviceOf({ fields, process, parser }: Noted): string {
  const said = text(fields['spoor.session.service']);
  if (said) return said.startsWith('sshd') ? 'sshd' : said;
  if (parser === 'sshd') return 'sshd';
  return parser === 'utmp' || parser === 'logind' ? '' : process.startsWith('sshd') ? 'sshd' : process;
}

function describe(draft: SessionDraft, { fields, pid, parser }: Noted): void {
  draft.user ||= text(fields['user.name']);
  draft.method ||= text(fields['spoor.auth.method']);
  draft.keyType ||= text(fields['spoor.key.type']);
  draft.fingerprint ||= text(fields['spoor.key.fingerprint']);
  draft.certificate ??= text(fields['spoor.cert.id']) || null;
  draft.address ||= text(fields['source.ip']) || text(fields['source.address']);
  const port = fields['source.port'];
  if (draft.port === null && typeof port === 'number') draft.port = port;
  if (pid && parser !== 'logind') draft.pids.add(pid);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
