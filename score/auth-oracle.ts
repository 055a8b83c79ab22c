import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '../src/core/event.ts';
import type { ScoreRow } from './row.ts';
import { FieldTally, type OnMiss } from './suite.ts';
import { decodeLines } from './web-cases.ts';

const BURST_MS = 600_000;

interface Oracle {
  readonly file: string;
  readonly year_assumed: number;
  readonly totals: Readonly<Record<string, number>>;
  readonly ips: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly accepted: readonly Readonly<Record<'line' | 'time' | 'user' | 'ip' | 'method', unknown>>[];
  readonly accepted_after_failures: readonly unknown[];
}

/** What the events of one address add up to, under the oracle's names; names that count nothing are absent. */
class AddressCount {
  accepted = 0;
  failed = 0;
  failed_repeated = 0;
  invalid_user = 0;
  readonly names = new Set<string | undefined>();
  /** Instants of failures and of unknown names, a repeat's own line left out. */
  readonly tries: number[] = [];

  add({ fields, count, user, time }: Event): void {
    const action = fields['event.action'];
    if (action !== 'ssh_login' && action !== 'ssh_invalid_user') return;
    this.names.add(user);
    if (action === 'ssh_invalid_user') this.invalid_user += 1;
    else if (fields['event.outcome'] === 'success') this.accepted += 1;
    else if (count > 1) this.failed_repeated += count;
    else this.failed += 1;
    if (count === 1 && fields['event.outcome'] === 'failure') this.tries.push(time);
  }

  /** The most tries within ten minutes of each other. */
  burst(): number {
    const times = this.tries.sort((a, b) => a - b);
    let most = 0;
    let from = 0;
    for (const [to, time] of times.entries()) {
      while (time - (times[from] as number) > BURST_MS) from += 1;
      most = Math.max(most, to - from + 1);
    }
    return most;
  }

  told(): Record<string, number> {
    const { accepted, failed, failed_repeated, invalid_user } = this;
    const all = { accepted, failed, failed_repeated, invalid_user, users: this.names.size };
    return { ...all, max_failures_and_invalid_in_10min: this.burst() };
  }
}

/** Counts events as the oracle counts lines. */
function totalsOf(events: readonly Event[], byAddress: ReadonlyMap<string, AddressCount>): Record<string, number> {
  const totals: Record<string, number> = { too_many_failures: 0 };
  for (const { process, parser, fields } of events) {
    totals[`program ${process}`] = (totals[`program ${process}`] ?? 0) + 1;
    if (parser === 'sshd' && fields['event.action'] === 'ssh_max_attempts')
      totals['too_many_failures'] = (totals['too_many_failures'] ?? 0) + 1;
  }
  for (const name of ['accepted', 'failed', 'failed_repeated', 'invalid_user'] as const)
    totals[name] = [...byAddress.values()].reduce((sum, count) => sum + count[name], 0);
  return totals;
}

/** "2017-03-27T13:08:09" */
const stamp = (time: number) => new Date(time).toISOString().slice(0, 19);

/** Logins, each beside the failures of its address in the ten minutes before it. */
function loginsAfterFailures(events: readonly Event[]): unknown[] {
  const tries = new Map<string, number[]>();
  const found: unknown[] = [];
  for (const { fields, address, user, time } of events) {
    if (fields['event.action'] !== 'ssh_login') continue;
    const before = tries.get(address) ?? [];
    tries.set(address, before);
    if (fields['event.outcome'] === 'failure') before.push(time);
    else {
      const recent = before.filter((at) => time - at <= BURST_MS).length;
      if (recent > 0) found.push({ ip: address, user, time: stamp(time), failures_before_10min: recent });
    }
  }
  return found;
}

/** A real auth.log, counted a second time from events: the counts must be those that its lines add up to. */
export async function scoreAuthOracle(corpusDir: string, onMiss: OnMiss): Promise<ScoreRow[]> {
  const oracles = JSON.parse(readFileSync(join(corpusDir, 'auth_oracle.json'), 'utf8')) as Oracle[];
  const tally = new FieldTally(onMiss);
  for (const oracle of oracles) {
    const lines = readFileSync(join(corpusDir, oracle.file), 'utf8').trimEnd().split('\n');
    const events = await decodeLines(lines, 'UTC', `${oracle.year_assumed}-12-31T23:59:59Z`);
    compareOracle(oracle, events, tally);
  }
  return tally.rows('auth_oracle', 'exact');
}

function compareOracle(oracle: Oracle, events: readonly Event[], tally: FieldTally): void {
  const byAddress = new Map<string, AddressCount>();
  for (const event of events) {
    const count = byAddress.get(event.address) ?? new AddressCount();
    byAddress.set(event.address, count);
    count.add(event);
  }
  for (const [address, wanted] of Object.entries(oracle.ips)) {
    const told: Record<string, number> = byAddress.get(address)?.told() ?? {};
    for (const key of Object.keys(told))
      tally.compare('counts of each address', key, wanted[key] ?? 0, told[key], address);
  }
  const totals = totalsOf(events, byAddress);
  for (const [name, wanted] of Object.entries(oracle.totals))
    tally.compare('totals', name, wanted, totals[name] ?? 0, oracle.file);
  const logins = events.filter(
    ({ fields }) => fields['event.action'] === 'ssh_login' && fields['event.outcome'] === 'success',
  );
  for (const [at, wanted] of oracle.accepted.entries()) {
    const login = logins[at];
    const method = login?.fields['spoor.auth.method'];
    const told = login && { line: login.line, time: stamp(login.time), user: login.user, ip: login.address, method };
    tally.compare('logins', 'login', wanted, told, oracle.file);
  }
  const byText = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
  const [wanted, told] = [byText(oracle.accepted_after_failures), byText(loginsAfterFailures(events))];
  tally.compare('logins after failures', 'all', wanted, told, oracle.file);
}
