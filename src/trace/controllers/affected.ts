import { isAttack, type Judged } from '../attackers.ts';
import type { Entry, Finding } from '../story.ts';
import type { Hop } from '../tracks.ts';
import type { HostNames } from './host-names.ts';

/** Hosts that an intruder holds, and since when (ms; NaN: unknown). */
export type Affected = ReadonlyMap<string, number>;

export interface AffectedFacts {
  readonly entries: readonly Entry[];
  readonly hops: readonly Hop[];
  readonly findings: readonly Finding[];
  readonly judged: readonly Judged[];
  /** Hosts whose owners handed in their logs because they are bots. */
  readonly labelled: readonly string[];
}

/** So many failures from a host inside are no forgotten password of a job. */
const ATTACKS = 20;

/**
 * Hosts where an intruder got in, went on to, or did what is grave; whose owners handed them in; and those that attack
 * others themselves. A hop of which we are unsure makes nobody affected.
 */
export function affectedHosts(facts: AffectedFacts, names: HostNames): Affected {
  const since = new Map<string, number>();
  for (const { host, at } of marksIn(facts, names)) {
    if (host === '') continue;
    const name = names.named(host);
    const known = since.get(name);
    if (known === undefined || Number.isNaN(known) || at < known) since.set(name, at);
  }
  return since;
}

interface Mark {
  readonly host: string;
  readonly at: number;
}

function marksIn({ entries, hops, findings, labelled, judged }: AffectedFacts, names: HostNames): Mark[] {
  const steps = hops.filter(
    ({ confidence, after, entry }) => confidence !== 'low' && (after !== null || entry !== null),
  );
  const grave = findings.filter(({ level }) => level === 'critical');
  const attacking = judged.filter((one) => names.isOurs(one.address) && isGrave(one));
  return [
    ...entries.map(({ host, at }) => ({ host, at: timeOf(at) })),
    ...steps.map(({ to, at }) => ({ host: to.host || names.at(to.address), at: timeOf(at) })),
    ...grave.map(({ host, at }) => ({ host, at: timeOf(at) })),
    ...labelled.map((host) => ({ host: names.isOurs(host) ? names.at(host) : host, at: Number.NaN })),
    ...attacking.map(({ address, tally }) => ({ host: names.at(address), at: tally.first })),
  ];
}

function isGrave(one: Judged): boolean {
  const { tally, kinds } = one;
  const grave = tally.guesses >= ATTACKS || kinds.includes('port_scan') || kinds.includes('web_exploit');
  return grave && isAttack(one);
}

function timeOf(at: string | null): number {
  return at === null ? Number.NaN : Date.parse(at);
}
