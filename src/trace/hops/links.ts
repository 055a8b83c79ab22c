import { grouped } from '../../core/grouped.ts';
import { actsAs, openAt } from './fits.ts';
import type { Outgoing } from './heard.ts';
import type { Claim, Identities } from './identities.ts';
import { isNobody } from './inside.ts';
import type { Outward } from './outward.ts';
import type { Login, World } from './world.ts';

/** How a session came about, as far as logs tell. */
export interface Link {
  /** The host it came from, whose logs are at hand. */
  readonly host: string;
  /** Why its address is that host's; null where the session's own line names none. */
  readonly claim: Claim | null;
  /** The session there that opened it; null where none fits. */
  readonly by: Login | null;
  readonly command: Outward | null;
  readonly outgoing: Outgoing | null;
  readonly score: number;
  /** Others that fit as well, or nearly. */
  readonly rivals: readonly Login[];
  /** Was any other session open there? */
  readonly alone: boolean;
  /** Did it lie within the session's time, by clocks as far as they are known? */
  readonly within: boolean;
}

const KNOWN_SLACK_MS = 30_000;
const UNKNOWN_SLACK_MS = 5 * 60_000;
const BEFORE_MS = 90_000;
const AFTER_MS = 5000;

interface Trace {
  readonly command: Outward | null;
  readonly outgoing: Outgoing | null;
  readonly score: number;
  /** The session it was done in; undefined: any that could have. */
  readonly login: Login | undefined;
}

/** Finds for sessions what opened them. */
export class Links {
  readonly #world: World;
  readonly #who: Identities;
  readonly #calls: CallIndex;
  readonly #outgoing: ReadonlyMap<string, readonly Outgoing[]>;

  constructor(world: World, who: Identities, outgoing: readonly Outgoing[]) {
    this.#world = world;
    this.#who = who;
    this.#calls = new CallIndex([...world.outward.values()].flat(), who);
    this.#outgoing = grouped(outgoing, ({ host, sourcePort }) => `${host} ${sourcePort}`);
  }

  /** Null for a session from elsewhere than a host whose logs are at hand. */
  of(login: Login): Link | null {
    const { address } = login.draft;
    const links = isNobody(address)
      ? this.#withoutAddress(login)
      : this.#who
          .claims(address)
          .filter(({ host }) => host !== login.host)
          .map((claim) => this.#from(claim.host, claim, login));
    return links.reduce<Link | null>((best, link) => (best && best.score >= link.score ? best : link), null);
  }

  // Its line is gone: only a command that leads here can tell.
  #withoutAddress(login: Login): Link[] {
    if (login.draft.service !== 'sshd' || Number.isNaN(login.from)) return [];
    const hosts = this.#calls.callers(login.draft.user, login.host).filter((host) => host !== login.host);
    return hosts.map((host) => this.#from(host, null, login)).filter(({ command }) => command !== null);
  }

  #from(host: string, claim: Claim | null, login: Login): Link {
    const skew = this.#who.clocks.between(host, login.host);
    const at = login.from - (skew ?? 0);
    const slack = skew === null ? UNKNOWN_SLACK_MS : KNOWN_SLACK_MS;
    const open = openAt(this.#world, host, at, slack).filter(
      (other) => other !== login && this.#precedes(other, login),
    );
    const traces = this.#traces(host, login, at);
    const judged = open.map((by) => judge(by, login, at, traces)).sort(byScore);
    const [best] = judged;
    const homeless = traces.filter(
      ({ login: in_, command }) => in_ === undefined && (command === null || isTimed(command)),
    )[0];
    if (best === undefined || (homeless !== undefined && homeless.score > best.score))
      return {
        host,
        claim,
        by: null,
        command: homeless?.command ?? null,
        outgoing: homeless?.outgoing ?? null,
        score: homeless?.score ?? 0,
        rivals: [],
        alone: false,
        within: false,
      };
    const { by, trace, score, within } = best;
    const rivals = judged.slice(1).filter((other) => other.score >= score - 1);
    return {
      host,
      claim,
      by,
      command: trace?.command ?? null,
      outgoing: trace?.outgoing ?? null,
      score,
      rivals: rivals.map((rival) => rival.by),
      alone: open.length === 1,
      within,
    };
  }

  /** A session cannot have been opened by one that began after it. */
  #precedes(a: Login, b: Login): boolean {
    const [left, right] = [this.#who.clocks.common(a.host, a.from), this.#who.clocks.common(b.host, b.from)];
    return left < right || (this.#who.clocks.between(a.host, b.host) === null && left < right + UNKNOWN_SLACK_MS);
  }

  /** What on that host leads to this login, the strongest first. */
  #traces(host: string, login: Login, at: number): Trace[] {
    const found = [...this.#outgoingOf(host, login, at), ...this.#commandsOf(host, login, at)];
    return found.sort((a, b) => b.score - a.score || nearness(a, at) - nearness(b, at));
  }

  #outgoingOf(host: string, { draft, host: to }: Login, at: number): Trace[] {
    if (draft.port === null) return [];
    const same = this.#outgoing.get(`${host} ${draft.port}`) ?? [];
    return same
      .filter(({ address, time }) => isNear(time, at) && this.#leadsTo(address, to))
      .map((outgoing) => ({ command: null, outgoing, score: 6, login: undefined }));
  }

  // Where nobody knows where a command led, its time alone must tell.
  #commandsOf(host: string, login: Login, at: number): Trace[] {
    const { user } = login.draft;
    const settled = this.#calls
      .near(user, login.host, host, at)
      .map((command) => this.#trace(command, isTimed(command) ? 6 : 4));
    const unsettled = this.#calls.near(user, '', host, at).filter(isTimed);
    return [...settled, ...unsettled.map((command) => this.#trace(command, 4))];
  }

  #trace(command: Outward, score: number): Trace {
    return { command, outgoing: null, score, login: this.#world.ranIn.get(command.step) };
  }

  #leadsTo(target: string, host: string): boolean {
    const known = this.#who.hostOf(target);
    return known === '' || known === host;
  }
}

/** Without a time, the first ones are as good as all. */
const MAX_UNTIMED = 64;

/** Commands by the account asked for, the host they lead to ('' where that is unknown) and the host they were run on. */
class CallIndex {
  readonly #timed: ReadonlyMap<string, readonly Outward[]>;
  readonly #untimed: ReadonlyMap<string, readonly Outward[]>;
  readonly #hosts = new Map<string, Set<string>>();

  constructor(calls: readonly Outward[], who: Identities) {
    const key = ({ account, target, host }: Outward) => `${account}\n${who.hostOf(target)}\n${host}`;
    const timed = calls.filter(({ time }) => Number.isFinite(time)).sort((a, b) => a.time - b.time);
    this.#timed = grouped(timed, key);
    this.#untimed = grouped(
      calls.filter(({ time }) => Number.isNaN(time)),
      key,
    );
    for (const { account, target, host } of calls) {
      const to = `${account}\n${who.hostOf(target)}`;
      this.#hosts.set(to, (this.#hosts.get(to) ?? new Set()).add(host));
    }
  }

  callers(account: string, to: string): string[] {
    return [...(this.#hosts.get(`${account}\n${to}`) ?? [])];
  }

  /** Those around an instant by the clock of the host they were run on, and those without a time. */
  near(account: string, to: string, host: string, at: number): Outward[] {
    const key = `${account}\n${to}\n${host}`;
    const timed = this.#timed.get(key) ?? [];
    const found: Outward[] = [];
    for (let next = firstFrom(timed, at - BEFORE_MS); next < timed.length; next += 1) {
      const call = timed[next] as Outward;
      if (!isNear(call.time, at) || found.length >= MAX_UNTIMED) break;
      found.push(call);
    }
    return [...found, ...(this.#untimed.get(key) ?? []).slice(0, MAX_UNTIMED)];
  }
}

function firstFrom(calls: readonly Outward[], time: number): number {
  let [low, high] = [0, calls.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((calls[middle] as Outward).time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

const isTimed = ({ time }: Outward) => Number.isFinite(time);

function isNear(time: number, at: number): boolean {
  return time >= at - BEFORE_MS && time <= at + AFTER_MS;
}

function nearness({ command, outgoing }: Trace, at: number): number {
  const time = command?.time ?? outgoing?.time ?? Number.NaN;
  return Number.isNaN(time) ? Number.MAX_VALUE : Math.abs(at - time);
}

interface Judged {
  readonly by: Login;
  readonly trace: Trace | undefined;
  readonly score: number;
  readonly within: boolean;
}

function judge(by: Login, { draft }: Login, at: number, traces: readonly Trace[]): Judged {
  const trace = traces.find(({ login, command, outgoing }) =>
    login === undefined
      ? command === null || (!command.scheduled && actsAs(by, command.user)) || outgoing !== null
      : login === by,
  );
  const within = by.from <= at && at <= by.to;
  const score =
    (trace?.score ?? 0) +
    (within ? 1 : 0) +
    (by.draft.acts.has(draft.user) ? 1 : 0) +
    (by.entry !== null ? 1 : 0) +
    (draft.fingerprint !== '' && by.draft.fingerprint === draft.fingerprint ? 1 : 0);
  return { by, trace, score, within };
}

// Of equals the one that began last.
function byScore(a: Judged, b: Judged): number {
  return b.score - a.score || b.by.from - a.by.from || (a.by.id < b.by.id ? -1 : 1);
}
