import type {
  AddressAnswer,
  AttackersAnswer,
  HistogramAnswer,
  NewAccess,
  NewAccessAnswer,
  SummariesView,
  Tries,
} from '../api/summaries.ts';
import { allOf } from '../core/condition.ts';
import { AppError } from '../core/errors.ts';
import { canonicalIp } from '../core/ip.ts';
import { lengthUs } from '../search/times.ts';
import { addressHours, topAttackers } from '../store/queries/attackers.ts';
import { knownSince, newAccess } from '../store/queries/first-seen.ts';
import { eventHistogram } from '../store/queries/histogram.ts';
import { ask } from '../store/query.ts';
import { cursorOf, placeIn } from './cursor.ts';
import { Gate } from './gate.ts';
import { indexState } from './index-state.ts';
import { Missing } from './missing.ts';
import { nowUs, questionOf, storeOf } from './question.ts';
import type { Server } from './serve.ts';
import { sessionsOf } from './session-history.ts';
import { sharing } from './shared.ts';
import { bounded, gapsOf, type Window, windowOf } from './summary-window.ts';

/** Large questions that are in the engine at once, and that wait: beside the search's own. */
const AT_ONCE = 2;
const WAITING = 100;

type Asked<K extends keyof SummariesView> = Parameters<SummariesView[K]>[0];
type OfAddress = Parameters<SummariesView['address']>[1] & { readonly address: string };

/** What the API may ask of a server's summaries. */
export function summariesOf(server: Server): SummariesView {
  const gate = new Gate(AT_ONCE, WAITING);
  const missing = new Missing(server);
  const state = () => indexState(server);
  const ofAddress = sharing(gate, state, (asked: OfAddress, signal) => addressOf(server, missing, asked, signal));
  return {
    sessions: sharing(gate, state, (asked: Asked<'sessions'>, signal) => sessionsOf(server, missing, asked, signal)),
    attackers: sharing(gate, state, (asked: Asked<'attackers'>, signal) => attackersOf(server, missing, asked, signal)),
    address: (address, asked, signal) => ofAddress({ ...asked, address }, signal),
    newAccess: sharing(gate, state, (asked: Asked<'newAccess'>, signal) => newAccessOf(server, missing, asked, signal)),
    histogram: sharing(gate, state, (asked: Asked<'histogram'>, signal) => histogramOf(server, missing, asked, signal)),
  };
}

const isoOf = (us: number) => new Date(Math.floor(us / 1000)).toISOString();

const triesOf = (row: {
  failures: number;
  successes: number;
  alerts: number;
  users: number;
  hosts: number;
  first_us: number;
  last_us: number;
  country: string;
  as_org: string;
}): Tries => ({
  failures: row.failures,
  successes: row.successes,
  alerts: row.alerts,
  users: row.users,
  hosts: row.hosts,
  first: isoOf(row.first_us),
  last: isoOf(row.last_us),
  country: row.country,
  network: row.as_org,
});

async function attackersOf(
  server: Server,
  missing: Missing,
  { by, limit, cursor, ...times }: Asked<'attackers'>,
  signal: AbortSignal,
): Promise<AttackersAnswer> {
  const window = windowOf(times);
  const { fromUs, toUs } = window;
  const after = placeIn(cursor, topAttackers.params.shape.after);
  const rows = await ask(storeOf(server), topAttackers, { by, fromUs, toUs, after, limit: limit + 1 }, signal);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    since: isoOf(fromUs),
    until: isoOf(toUs),
    attackers: rows.slice(0, limit).map(({ key, addresses, ...row }) => ({ source: key, addresses, ...triesOf(row) })),
    next: last === undefined ? null : cursorOf({ tries: last.failures + last.alerts, key: last.sort_key }),
    missing: await gapsOf(server, missing, window, signal),
  };
}

async function addressOf(
  server: Server,
  missing: Missing,
  { address: given, limit, ...times }: OfAddress,
  signal: AbortSignal,
): Promise<AddressAnswer> {
  const address = canonicalIp(given);
  if (address === null) throw new AppError('E_USAGE', `"${given.slice(0, 80)}" is no address: 203.0.113.7, say`);
  const window = windowOf(times);
  const { fromUs, toUs } = window;
  const rows = await ask(storeOf(server), addressHours, { address, fromUs, toUs, limit: limit + 1 }, signal);
  return {
    address,
    since: isoOf(fromUs),
    until: isoOf(toUs),
    hours: rows.slice(0, limit).map(({ at, ...row }) => ({ at: isoOf(at * 1_000_000), ...triesOf(row) })),
    more: rows.length > limit,
    missing: await gapsOf(server, missing, window, signal),
  };
}

async function newAccessOf(
  server: Server,
  missing: Missing,
  { since = '7d', limit }: Asked<'newAccess'>,
  signal: AbortSignal,
): Promise<NewAccessAnswer> {
  const window = windowOf({ since });
  const { fromUs: sinceUs } = window;
  const store = storeOf(server);
  const rows = await ask(store, newAccess, { sinceUs, limit: limit + 1 }, signal);
  const [known] = await ask(store, knownSince, {}, signal);
  const isNew = (us: number) => us >= sinceUs;
  return {
    since: isoOf(sinceUs),
    knownSince: known === undefined || known.since_us === 0 ? null : isoOf(known.since_us),
    access: rows.slice(0, limit).map((row) => ({
      person: row.person,
      network: row.network,
      key: row.key,
      host: row.host,
      country: row.country,
      networkName: row.as_org,
      at: isoOf(row.at_us),
      last: isoOf(row.last_us),
      logins: row.logins,
      position: String(row.record),
      new: [
        ...(isNew(row.person_us) ? ['person' as const] : []),
        ...(isNew(row.network_us) && row.network !== '' ? ['network' as const] : []),
        ...(isNew(row.key_us) && row.key !== '' ? ['key' as const] : []),
        ...(isNew(row.host_us) ? ['host' as const] : []),
      ] satisfies NewAccess['new'][number][],
    })),
    more: rows.length > limit,
    missing: await gapsOf(server, missing, window, signal),
  };
}

const MOST_STEPS = 2000;
const WISHED_STEPS = 150;
const STEPS = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 86_400, 604_800];

function stepOf(step: string | undefined, { fromUs, toUs }: Window): number {
  const seconds = (toUs - fromUs) / 1e6;
  if (step === undefined) return STEPS.find((one) => seconds / one <= WISHED_STEPS) ?? Math.ceil(seconds / MOST_STEPS);
  const given = (lengthUs(step) ?? 0) / 1e6;
  if (given < 1) throw new AppError('E_USAGE', `step "${step}" is no length of time: 10m, 1h, 1d`);
  if (seconds / given > MOST_STEPS - 2)
    throw new AppError('E_USAGE', `step ${step} makes more than ${MOST_STEPS} steps of this time: take a longer one`);
  return given;
}

async function histogramOf(
  server: Server,
  missing: Missing,
  { step, ...asked }: Asked<'histogram'>,
  signal: AbortSignal,
): Promise<HistogramAnswer> {
  const { asked: whole, condition, remarks } = await questionOf(asked);
  const window = bounded(condition, nowUs());
  const { fromUs, toUs } = window;
  const stepSeconds = stepOf(step, window);
  const rows = await ask(storeOf(server), eventHistogram, { condition, fromUs, toUs, stepSeconds }, signal);
  const counted = new Map(rows.map((row) => [row.step, row]));
  const [begin, end] = [Math.floor(fromUs / 1e6 / stepSeconds), Math.ceil(toUs / 1e6 / stepSeconds)];
  const steps = Array.from({ length: end - begin }, (_, nth) => {
    const { events = 0, failures = 0, successes = 0 } = counted.get(begin + nth) ?? {};
    return { at: isoOf((begin + nth) * stepSeconds * 1e6), events, failures, successes };
  });
  return {
    since: isoOf(fromUs),
    until: isoOf(toUs),
    stepSeconds,
    steps,
    remarks,
    missing: await missing.from(allOf([whole, window.condition]), signal),
  };
}
