import { has } from '../core/event.ts';
import { actText } from './act-text.ts';
import { commandText } from './command-text.ts';
import type { SessionDraft, StepDraft } from './draft.ts';
import type { Noted } from './noted.ts';
import { fixedAccount, serviceAccountOf } from './service-accounts.ts';
import { isSoonAfter, SessionIndex, text } from './session-index.ts';
import type { StepKind } from './story.ts';
import { isWindows } from './windows.ts';

/** Programs by which one account acts as another within a session. */
const BECOMING = new Set(['sudo', 'sudo-i', 'su', 'su-l', 'doas', 'pkexec', 'polkit-1', 'runuser', 'runuser-l', 'ksu']);

/** What changes or runs scheduled work without telling a command line, in words that are no command. */
const SCHEDULES: ReadonlyMap<string, string> = new Map([
  ['crontab_replaced', 'schedule replaced: table'],
  ['crontab_deleted', 'schedule deleted: table'],
  ['at_command', 'scheduled once: job'],
]);

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
  const sessions = all.flatMap((host) => host.index.sessions).filter((draft) => draft.service !== '');
  const begin = (draft: SessionDraft) => (Number.isNaN(draft.start) ? (draft.evidence[0]?.time ?? 0) : draft.start);
  sessions.sort((a, b) => begin(a) - begin(b));
  return { sessions, loose: all.flatMap((host) => host.loose) };
}

class HostStitcher {
  readonly index: SessionIndex;
  readonly loose: StepDraft[] = [];
  /** By an event's first category. */
  readonly #takers: ReadonlyMap<string, (event: Noted) => void>;

  constructor(host: string) {
    this.index = new SessionIndex(host);
    this.#takers = new Map([
      ['authentication', (event: Noted) => this.#authentication(event)],
      ['session', (event: Noted) => this.#session(event)],
      ['network', (event: Noted) => this.#disconnect(event)],
      ['iam', (event: Noted) => this.#act(event, iamKind(event))],
      ['package', (event: Noted) => this.#act(event, 'package')],
      ['host', (event: Noted) => this.#hostState(event)],
      ['process', (event: Noted) => this.#process(event)],
      ['file', (event: Noted) => this.#act(event, 'file')],
      ['configuration', (event: Noted) => this.#schedule(event)],
    ]);
  }

  add(event: Noted): void {
    const child = event.fields['spoor.child.pid'];
    if (typeof child === 'number') this.#child(event, child);
    const categories = event.fields['event.category'];
    const first = Array.isArray(categories) ? String(categories[0]) : text(categories);
    this.#takers.get(first)?.(event);
  }

  #process(event: Noted): void {
    if (text(event.fields['process.command_line']).trim() !== '') this.#command(event);
    else this.#schedule(event);
  }

  // A crontab was written, or a job of at was run: told in the session of who did it, if there is one.
  #schedule(event: Noted): void {
    const told = SCHEDULES.get(text(event.fields['event.action']));
    if (told === undefined) return;
    const user = text(event.fields['user.name']);
    const owner = text(event.fields['user.target.name']) || user;
    const name = `${told} of ${owner || 'an account'}`;
    const step: StepDraft = { noted: event, kind: 'cron', text: name, user, asUser: owner, outcome: 'success' };
    const draft = this.index.ofUser(event, user);
    if (draft) draft.add(step);
    else this.loose.push(step);
  }

  #authentication(event: Noted): void {
    const { fields } = event;
    if (fields['process.command_line'] !== undefined) {
      this.#command(event); // sudo refused a command
      return;
    }
    if (fields['event.outcome'] !== 'success') return;
    const action = text(fields['event.action']);
    if (action === 'privileges_assigned') this.index.elevate(event);
    if (!has(fields, 'event.type', 'start')) return;
    if (BECOMING.has(action)) {
      this.#become(event, action === 'su' ? 'su' : 'sudo');
      return;
    }
    const user = text(fields['user.name']);
    const draft = this.index.matching(event, user) ?? this.index.open(event, user);
    draft.service ||= serviceOf(event);
    draft.seen.login = true;
    describe(draft, event);
    if (isWindows(event)) this.index.setNumber(draft, event);
    if (Number.isNaN(draft.start) || draft.state === 'no_start') draft.start = event.time;
    if (draft.state === 'no_start') draft.state = 'open';
    draft.touch(event);
  }

  #session(event: Noted): void {
    const { fields } = event;
    const service = serviceOf(event);
    if (has(fields, 'event.type', 'end')) this.#close(event, service);
    else if (has(fields, 'event.type', 'info')) this.#channel(event);
    else if (BECOMING.has(service)) this.#become(event, service.startsWith('su') && service !== 'sudo' ? 'su' : 'sudo');
    else this.#begin(event, service);
  }

  #begin(event: Noted, service: string): void {
    const user = text(event.fields['spoor.session.user']) || text(event.fields['user.name']);
    const told = this.index.matching(event, user);
    if (told === undefined && event.parser === 'logind') return; // scheduled work and user managers have logind sessions too
    const draft = told ?? this.#beginUntold(event, user);
    const record = event.parser === 'utmp';
    draft.service ||= service || (record ? 'login' : '');
    if (record) draft.seen.record = true;
    else if (event.parser === 'auditd') draft.seen.audit = true;
    else if (event.parser === 'pam') draft.seen.pam = true;
    this.index.setNumber(draft, event);
    describe(draft, event);
    this.index.setTerminal(draft, event);
    draft.touch(event);
  }

  #beginUntold(event: Noted, user: string): SessionDraft {
    const draft = this.index.open(event, user);
    draft.start = event.time;
    if (event.parser !== 'utmp' && event.parser !== 'auditd') draft.state = 'no_start';
    return draft;
  }

  // A shell or a command began on a connection that is let in already.
  #channel(event: Noted): void {
    const draft = this.index.ofProcess(event) ?? this.index.ofPeer(event);
    if (!draft || draft.closed) return;
    this.index.setTerminal(draft, event);
    draft.touch(event);
  }

  #child(event: Noted, child: number): void {
    const draft = this.index.ofProcess(event);
    if (draft && !draft.closed) this.index.addPid(draft, child);
  }

  #close(event: Noted, service: string): void {
    if (BECOMING.has(service)) {
      this.index.ofProcess(event)?.touch(event);
      return;
    }
    const draft = this.index.ending(event);
    if (draft) draft.close(event);
    else if (event.parser === 'pam' && service) this.#endUntold(event, service);
  }

  #endUntold(event: Noted, service: string): void {
    const draft = this.index.open(event, text(event.fields['user.name']));
    draft.service = service;
    draft.state = 'no_start';
    draft.seen.pam = true;
    draft.close(event);
  }

  #disconnect(event: Noted): void {
    if (!has(event.fields, 'event.type', 'end')) return;
    const draft = this.index.ofProcess(event) ?? this.index.ofPeer(event);
    if (!draft || !isSoonAfter(draft, event.time) || isAnothers(draft, event)) return;
    draft.address ||= text(event.fields['source.ip']);
    const port = event.fields['source.port'];
    if (typeof port === 'number') draft.port ??= port;
    draft.close(event);
  }

  #hostState(event: Noted): void {
    const action = event.fields['event.action'];
    if (action === 'boot' || action === 'shutdown') this.index.cut(event);
    else this.#act(event, 'service');
  }

  // su and sudo -i: what the other account does on this terminal from now on is this session's
  #become(event: Noted, kind: 'su' | 'sudo'): void {
    const { fields } = event;
    const target = text(fields['spoor.session.user'] ?? fields['user.effective.name'] ?? fields['user.target.name']);
    const opener = text(fields['spoor.opener.name']) || fixedAccount(text(fields['spoor.opener.id']));
    const named = text(fields['user.name']);
    const by = named === target ? opener || named : named || opener; // PAM may name only whose session it is
    const draft = this.index.ofUser(event, by);
    const name = `${kind} to ${target || 'root'}`;
    const step: StepDraft = { noted: event, kind, text: name, user: by, asUser: target, outcome: 'success' };
    if (draft === undefined) {
      if (kind === 'su' && by !== target && serviceAccountOf(step) !== '') this.loose.push(step); // no session of a service is open
      return;
    }
    if (target) draft.acts.add(target);
    if (!has(fields, 'event.category', 'session')) draft.add(step);
  }

  #command(event: Noted): void {
    const { fields } = event;
    const user = text(fields['user.name']);
    const asUser = text(fields['user.effective.name']) || user;
    const kind = commandKind(event);
    const step: StepDraft = {
      noted: event,
      kind,
      text: commandText(event),
      user,
      asUser,
      outcome: outcomeOf(event),
    };
    const draft = kind === 'cron' ? undefined : this.index.ofUser(event, text(fields['user.audit.name']) || user);
    if (draft === undefined) {
      this.loose.push(step);
      return;
    }
    if (kind === 'sudo' && step.outcome !== 'failure' && asUser) draft.acts.add(asUser);
    this.index.setTerminal(draft, event);
    draft.add(step);
  }

  #act(event: Noted, kind: StepKind): void {
    const user = text(event.fields['user.name']);
    const outcome = event.fields['event.outcome'] === 'failure' ? 'failure' : 'success';
    const step: StepDraft = { noted: event, kind, text: actText(event), user, asUser: '', outcome };
    const own = user ? this.index.ofUser(event, user) : this.index.ofTerminal(event);
    const draft = own ?? this.index.actingAsRoot(event);
    if (draft && kind !== 'service') draft.add(step);
    else this.loose.push(step);
  }
}

function commandKind({ fields }: Noted): StepKind {
  if (fields['event.action'] === 'sudo') return 'sudo';
  return fields['event.action'] === 'cron_command' ? 'cron' : 'command';
}

function outcomeOf({ fields }: Noted): StepDraft['outcome'] {
  const outcome = fields['event.outcome'];
  return outcome === 'success' || outcome === 'failure' ? outcome : 'unknown';
}

function iamKind({ fields }: Noted): StepKind {
  if (fields['event.action'] === 'password_changed') return 'password';
  return has(fields, 'event.type', 'group') ? 'group' : 'account';
}

function serviceOf({ fields, process, parser }: Noted): string {
  const said = text(fields['spoor.session.service']);
  if (said) return said.startsWith('sshd') ? 'sshd' : said;
  if (parser === 'sshd') return 'sshd';
  return parser === 'utmp' || parser === 'logind' ? '' : process.startsWith('sshd') ? 'sshd' : process;
}

// The number of a process that ended is given to another program's: sshd's farewell to a peer is not cron's.
function isAnothers(draft: SessionDraft, event: Noted): boolean {
  const service = serviceOf(event);
  return event.parser === 'sshd' && draft.service !== '' && draft.service !== service && draft.address === '';
}

function describe(draft: SessionDraft, { fields, pid, parser }: Noted): void {
  draft.user ||= text(fields['spoor.session.user']) || text(fields['user.name']);
  if (parser === 'pam') draft.userId ||= text(fields['user.id']);
  draft.method ||= text(fields['spoor.auth.method']);
  draft.keyType ||= text(fields['spoor.key.type']);
  draft.fingerprint ||= text(fields['spoor.key.fingerprint']);
  draft.certificate ??= text(fields['spoor.cert.id']) || null;
  draft.address ||= text(fields['source.ip']) || text(fields['source.address']);
  const port = fields['source.port'];
  if (draft.port === null && typeof port === 'number') draft.port = port;
  if (pid && parser !== 'logind') draft.pids.add(pid);
}
