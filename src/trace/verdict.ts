import type { ServiceCommand } from './service-accounts.ts';
import type { Attacker, Confidence, Entry, Finding, Missing, Verdict } from './story.ts';

/** What a verdict is made from. */
export interface VerdictFacts {
  readonly entries: readonly Entry[];
  readonly findings: readonly Finding[];
  readonly missing: readonly Missing[];
  /** Commands that a service account ran and no service would. */
  readonly services: readonly ServiceCommand[];
  /** How many addresses attacked, and the worst of them. */
  readonly attackers: number;
  readonly worst: Attacker | undefined;
  /** Events of logins, sessions, commands or requests: without any, nothing can be told. */
  readonly telling: number;
  readonly partial: boolean;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly confidence: Confidence;
  readonly reasons: readonly string[];
}

const COVERING = new Set<Missing['kind']>([
  'wtmp_zeroed',
  'session_without_login',
  'record_without_login',
  'truncated',
]);

/** Breached, attacked, quiet, or not to be told; with the reasons, the strongest first. */
export function judge(facts: VerdictFacts): Judgement {
  const { entries, findings, missing } = facts;
  const traces = missing.filter(({ kind, suspicion }) => suspicion === 'high' && COVERING.has(kind));
  const holes = missing.filter(({ suspicion }) => suspicion !== 'low').length;
  if (entries.length > 0) return breachedBy(entries, findings, traces);
  const wiped = findings
    .filter(({ level }) => level === 'critical' || level === 'high')
    .filter(({ title }) => /wiped|stopped/.test(title));
  if (facts.services.length > 0) return breachedByService(facts);
  if (traces.length > 0) {
    const reasons = [...traces.slice(0, 3).map(placed), 'no way in is seen in what is left'];
    return { verdict: 'breached', confidence: traces.length + wiped.length > 1 ? 'medium' : 'low', reasons };
  }
  if (facts.telling === 0) {
    const reason = 'no login, session, command or web request in what was read';
    return { verdict: 'cannot_tell', confidence: 'low', reasons: [reason] };
  }
  const unsure = holes > 0 || facts.partial || wiped.length > 0;
  const reasons = [
    ...wiped.slice(0, 2).map(({ title, detail }) => `${title}: ${detail}`),
    ...gapsReason(holes, facts.partial),
  ];
  if (facts.attackers > 0 || wiped.length > 0)
    return {
      verdict: 'attacked',
      confidence: unsure ? 'medium' : 'high',
      reasons: [...attackReasons(facts), ...reasons],
    };
  return {
    verdict: 'quiet',
    confidence: unsure ? 'low' : 'medium',
    reasons: ['nobody guessed, and no login stands out', ...reasons],
  };
}

function breachedBy(entries: readonly Entry[], findings: readonly Finding[], traces: readonly Missing[]): Judgement {
  const first = entries[0] as Entry;
  const order: readonly Confidence[] = ['high', 'medium', 'low'];
  const strongest = entries.map(({ confidence }) => order.indexOf(confidence)).reduce((a, b) => Math.min(a, b));
  const grave = findings.filter(({ level, session }) => level === 'critical' && session !== null).length;
  const confidence = order[traces.length > 0 || grave > 0 ? Math.max(0, strongest - 1) : strongest] ?? 'low';
  return {
    verdict: 'breached',
    confidence,
    reasons: [...first.reasons, ...traces.slice(0, 2).map(placed)],
  };
}

// No login: a service was made to run commands. With attacks on a web server before it, the way in is plain.
function breachedByService({ services, worst }: VerdictFacts): Judgement {
  const reasons = services
    .slice(0, 3)
    .map(
      ({ step, tell }) =>
        `${step.user} ran "${step.text.slice(0, 120)}" on ${step.noted.host}: ${tell.title.toLowerCase()}`,
    );
  const attacked = worst !== undefined && worst.hostileRequests > 0;
  return { verdict: 'breached', confidence: attacked || services.length > 1 ? 'medium' : 'low', reasons };
}

// "gate auth.log: …": the host and the file's name are enough in a sentence; the citation has the path.
function placed({ host, file, detail }: Missing): string {
  return `${host ? `${host} ` : ''}${file.slice(file.lastIndexOf('/') + 1)}: ${detail}`;
}

function attackReasons({ attackers, worst }: VerdictFacts): string[] {
  if (!worst) return [];
  const many = attackers === 1 ? 'one address attacked' : `${attackers.toLocaleString('en')} addresses attacked`;
  const tries = worst.failures + worst.hostileRequests;
  return [
    `${many}; the worst, ${worst.address}, tried ${tries.toLocaleString('en')} times`,
    'none of them is seen to have got in',
  ];
}

function gapsReason(holes: number, partial: boolean): string[] {
  const reasons = holes > 0 ? [`${holes} ${holes === 1 ? 'hole' : 'holes'} in the logs could hide more`] : [];
  return partial ? [...reasons, 'the reading was ended early'] : reasons;
}
