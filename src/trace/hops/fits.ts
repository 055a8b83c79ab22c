import { grouped } from '../../core/grouped.ts';
import { agree, MAX_SKEW_MS, type Skew } from './clocks.ts';
import type { Outward } from './outward.ts';
import type { Login, World } from './world.ts';

/** Commands on one host that name one target. */
export interface Calls {
  readonly host: string;
  readonly target: string;
  readonly calls: readonly Outward[];
}

/** Logins on one host from one address. */
export interface Arrivals {
  readonly host: string;
  readonly address: string;
  readonly logins: readonly Login[];
}

/** How well logins from an address fit commands on a host: then the address is that host's, and the target the other. */
export interface Fit {
  readonly calls: Calls;
  readonly arrivals: Arrivals;
  /** Commands that found their login. */
  readonly count: number;
  readonly weight: number;
  readonly skew: Skew | null;
  /** How long the quickest login took, in milliseconds: of fits that are as good the quicker one is right. */
  readonly lag: number;
  /** Differences in time of all pairs with the same account. */
  readonly deltas: readonly number[];
}

/** Of a long series, so many tell as much as all. */
const MAX_SERIES = 64;

export function callsOf(world: World): Calls[] {
  return [...world.outward].flatMap(([host, all]) =>
    [...grouped(all, ({ target }) => target)].map(([target, calls]) => ({ host, target, calls })),
  );
}

export function arrivalsOf(world: World): Arrivals[] {
  return [...world.byHost].flatMap(([host, all]) => {
    const groups = grouped(
      all.filter(({ draft }) => draft.address !== ''),
      ({ draft }) => draft.address,
    );
    return [...groups].map(([address, logins]) => ({ host, address, logins }));
  });
}

/** Null where nothing fits. `theirs`: the intruder's sessions, of which a single pair is believed however far apart the clocks are. */
export function fitOf(calls: Calls, arrivals: Arrivals, world: World, theirs: ReadonlySet<Login>): Fit | null {
  const accounts = new Set(calls.calls.map(({ account }) => account));
  const logins = arrivals.logins.filter(({ draft }) => accounts.has(draft.user)).slice(0, MAX_SERIES);
  if (logins.length === 0) return null;
  const timed = calls.calls.filter(({ time }) => Number.isFinite(time)).slice(0, MAX_SERIES);
  const deltas = deltasOf(timed, logins);
  const skew = agree(deltas, isTheirs(timed, logins, world, theirs));
  const byTime = skew ? Math.min(skew.support, timed.length, logins.length) : 0;
  const untimed = calls.calls.filter(({ time }) => Number.isNaN(time));
  const byOrder = countUntimed(untimed, logins.slice(byTime), world);
  const count = byTime + byOrder;
  if (count === 0) return null;
  const weight = weightOfTimes(byTime, skew) + weightOfOrder(byOrder, untimed, arrivals.logins.length - byTime);
  const lag = skew?.ms === 0 ? Math.min(...deltas.map(Math.abs)) : 0;
  return { calls, arrivals, count, weight, skew, lag, deltas };
}

function isTheirs(
  timed: readonly Outward[],
  logins: readonly Login[],
  world: World,
  theirs: ReadonlySet<Login>,
): boolean {
  return (
    logins.some((login) => theirs.has(login)) || timed.some(({ step }) => theirs.has(world.ranIn.get(step) as Login))
  );
}

function deltasOf(timed: readonly Outward[], logins: readonly Login[]): number[] {
  const deltas: number[] = [];
  for (const { time, account } of timed)
    for (const { draft, from } of logins)
      if (draft.user === account && Math.abs(from - time) <= MAX_SKEW_MS) deltas.push(from - time);
  return deltas;
}

function weightOfTimes(count: number, skew: Skew | null): number {
  if (skew === null || count === 0) return 0;
  return count === 1 && skew.ms !== 0 ? 1 : 3 * count;
}

// As many logins as commands is more than chance.
function weightOfOrder(count: number, untimed: readonly Outward[], logins: number): number {
  return count === untimed.length && count === logins ? 2 * count : count;
}

/** Commands without a time fit a login when whoever ran them had a session open then. */
function countUntimed(untimed: readonly Outward[], logins: readonly Login[], world: World): number {
  if (untimed.length === 0) return 0;
  let count = 0;
  for (const [account, calls] of grouped(untimed, (call) => call.account)) {
    const fitting = logins.filter(
      ({ draft, from }) => draft.user === account && calls.some((call) => couldRun(call, from, world)),
    );
    count += Math.min(calls.length, fitting.length);
  }
  return count;
}

/** Sessions looked back at: those that began long before are seldom open. */
const LOOK_BACK = 256;
const ANY_CLOCK_MS = 10 * 60_000;

function couldRun({ host, user }: Outward, at: number, world: World): boolean {
  return openAt(world, host, at, ANY_CLOCK_MS).some((login) => actsAs(login, user));
}

/** Sessions of a host that were open at an instant by its clock, give or take. */
export function openAt(world: World, host: string, at: number, slackMs: number): Login[] {
  const all = world.byHost.get(host) ?? [];
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle] as Login).from <= at + slackMs) low = middle + 1;
    else high = middle;
  }
  return all.slice(Math.max(0, low - LOOK_BACK), low).filter(({ to }) => to >= at - slackMs);
}

/** Could this session have typed what this account's history holds? A second account of root's writes root's history. */
export function actsAs({ draft }: Login, user: string): boolean {
  return draft.acts.has(user) || (user === 'root' && draft.acts.size > 1);
}
