import { type Citer, cite, instant, type Noted } from './noted.ts';
import type { Citation, Place, Session, Step, StepKind } from './story.ts';
import { isWindows } from './windows.ts';

const MAX_STEPS = 500;
const MAX_EVIDENCE = 8;

/** A step before it is told. */
export interface StepDraft {
  readonly noted: Noted;
  readonly kind: StepKind;
  readonly text: string;
  readonly user: string;
  readonly asUser: string;
  readonly outcome: 'success' | 'failure' | 'unknown';
}

/** A session that is being stitched. */
export class SessionDraft {
  readonly host: string;
  user: string;
  /** As PAM says it, where it does. */
  userId = '';
  service = '';
  method = '';
  keyType = '';
  fingerprint = '';
  certificate: string | null = null;
  address = '';
  port: number | null = null;
  terminal = '';
  start = Number.NaN;
  end = Number.NaN;
  state: Session['state'] = 'open';
  count = 1;
  /** Ids that later lines find it by. */
  readonly pids = new Set<number>();
  logind = '';
  audit = '';
  /** Numbers of Windows logons: one visit has several. */
  readonly logons = new Set<string>();
  /** With an administrator's rights from its beginning (Windows). */
  elevated = false;
  /** Seen in: syslog login line, pam session line, wtmp record, audit. Holes between them are told. */
  readonly seen = { login: false, pam: false, record: false, audit: false };
  /** Accounts it acts as: its own, and those it became by su or sudo. */
  readonly acts = new Set<string>();
  lastActive = Number.NaN;
  readonly evidence: Noted[] = [];
  readonly steps: StepDraft[] = [];
  stepsTotal = 0;

  constructor(host: string, user: string) {
    this.host = host;
    this.user = user;
    if (user) this.acts.add(user);
  }

  get root(): boolean {
    return this.elevated || this.acts.has('root') || this.user === 'root';
  }

  get closed(): boolean {
    return this.state === 'closed' || this.state === 'cut';
  }

  /** Takes a line as belonging to it. */
  touch(noted: Noted): void {
    if (!Number.isNaN(noted.time) && !(this.lastActive > noted.time)) this.lastActive = noted.time;
    if (this.evidence.length < MAX_EVIDENCE) this.evidence.push(noted);
  }

  add(step: StepDraft): void {
    if (this.#isToldTwice(step)) return;
    this.stepsTotal += 1;
    if (!Number.isNaN(step.noted.time) && !(this.lastActive > step.noted.time)) this.lastActive = step.noted.time;
    if (this.steps.length < MAX_STEPS) this.steps.push(step);
  }

  // Windows' own log and Sysmon's tell of the same process.
  #isToldTwice({ noted, text, user }: StepDraft): boolean {
    if (!isWindows(noted)) return false;
    const code = noted.fields['event.code'];
    return this.steps
      .slice(-16)
      .some(
        (step) =>
          step.text === text &&
          step.user === user &&
          step.noted.fields['event.code'] !== code &&
          Math.abs(step.noted.time - noted.time) <= 3000,
      );
  }

  close(noted: Noted, state: 'closed' | 'cut' = 'closed'): void {
    this.touch(noted);
    if (Number.isNaN(this.end) || noted.time > this.end) this.end = noted.time;
    if (this.state === 'open') this.state = state;
  }

  tell(id: string, place: Place, citer: Citer, techniquesOf: (step: StepDraft) => readonly string[]): Session {
    const seconds = this.end - this.start;
    const steps = this.steps.map((step) => tellStep(step, cite(citer, step.noted), techniquesOf(step)));
    return {
      id,
      host: this.host,
      user: this.user,
      service: this.service,
      method: this.method,
      key: this.fingerprint ? { type: this.keyType, fingerprint: this.fingerprint } : null,
      certificate: this.certificate,
      address: this.address,
      port: this.port,
      place,
      terminal: this.terminal,
      start: instant(this.start),
      end: instant(this.end),
      seconds: Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds / 1000) : null,
      state: this.state,
      root: this.root,
      count: this.count,
      steps,
      stepsTotal: this.stepsTotal,
      evidence: this.evidence.map((noted) => cite(citer, noted)),
    };
  }
}

function tellStep(
  { noted, kind, text, user, asUser, outcome }: StepDraft,
  evidence: Citation,
  techniques: readonly string[],
): Step {
  return {
    at: instant(noted.time),
    kind,
    text,
    user,
    asUser: asUser === user ? '' : asUser,
    outcome,
    techniques,
    evidence,
  };
}
