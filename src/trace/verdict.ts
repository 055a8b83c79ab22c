import { GUESSED_RIGHT } from './more-findings.ts';
import { MOVED } from './moves/score.ts';
import { instant } from './noted.ts';
import type { ServiceCommand } from './service-accounts.ts';
import type { Attacker, Confidence, Entry, Finding, Missing, Verdict } from './story.ts';
import type { Suspect } from './ways-in.ts';
import { ANSWERED, isOfWebBreach, LEAKED } from './web-kinds.ts';

/** What a verdict is made from. */
export interface VerdictFacts {
  readonly entries: readonly Entry[];
  readonly findings: readonly Finding[];
  readonly missing: readonly Missing[];
  /** Commands that a service account ran and no service would. */
  readonly services: readonly ServiceCommand[];
  /** Logins that cannot be told from an intruder's. */
  readonly doubtful: readonly Suspect[];
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

/** Is it a breach by itself, with no login that shows? */
const isBreach = (finding: Finding) => isOfWebBreach(finding) || finding.title === GUESSED_RIGHT.title;
/** Of findings that no login explains: no administrator and no program does these. Two of them on one host are a breach. */
const OUTRIGHT = new Set([
  'Reverse shell',
  'Coin miner',
  'Second account with uid 0',
  'Escalation by a known hole',
  'Files encrypted and removed',
]);
/** Beside one of those above, the second thing: jobs of cron that bring a program in from outside each time, and tracks swept away. */
const SECOND = new Set([
  'Program fetched and run by cron',
  'Encoded command run by cron',
  'Logs wiped',
  'Command history wiped',
  'File time forged',
]);
const LOGIN_LOG = /(?:auth\.log|secure)(?:\.\d+)?$/;

/** Breached, attacked, quiet, or not to be told; with the reasons, the strongest first. */
export function judge(facts: VerdictFacts): Judgement {
  const { entries, findings, missing } = facts;
  const traces = tracesIn(missing);
  const doubts = doubtsOf(facts.doubtful);
  if (entries.length > 0) return breachedBy(entries, findings, traces);
  if (facts.services.length > 0) return breachedByService(facts, doubts);
  const plain = findings.filter(isBreach);
  if (plain.length > 0)
    return { verdict: 'breached', confidence: 'medium', reasons: [...plain.slice(0, 3).map(saidOf), ...doubts] };
  const outright = outrightIn(facts);
  if (outright.length > 0)
    return { verdict: 'breached', confidence: 'low', reasons: [...outright.slice(0, 3).map(saidOf), ...doubts] };
  const wiped = findings.filter(
    ({ level, title, session }) =>
      (level === 'critical' || level === 'high') &&
      (/wiped|stopped|removed| by cron$/.test(title) || (session === null && OUTRIGHT.has(title))),
  );
  if (traces.length > 0) {
    const left = doubts.length > 0 ? doubts : ['no way in is seen in what is left'];
    const reasons = [...traces.slice(0, 3).map(placed), ...left];
    return { verdict: 'breached', confidence: traces.length + wiped.length > 1 ? 'medium' : 'low', reasons };
  }
  return notBreached(facts, wiped);
}

/** By whomever it was done: cron's are told apart in their titles. */
const kindOf = (title: string) => title.replace(/ by cron$/, '');

function tracesIn(missing: readonly Missing[]): Missing[] {
  return missing.filter(({ kind, suspicion }) => suspicion === 'high' && COVERING.has(kind));
}

/** What is an intruder's doing in no session, on hosts where different such things were done or a login is doubtful. */
function outrightIn({ findings, doubtful }: VerdictFacts): Finding[] {
  const found = findings.filter(({ title, session }) => session === null && OUTRIGHT.has(kindOf(title)));
  const second = findings.filter(({ title, session }) => session === null && SECOND.has(title));
  const kinds = (host: string) =>
    new Set([...found, ...second].filter((one) => one.host === host).map(({ title }) => kindOf(title))).size;
  return found.filter(({ host }) => kinds(host) > 1 || doubtful.some(({ draft }) => draft.host === host));
}

/** Hosts that a breach without a login speaks of: their disks tell what the logs do not. */
export function hostsOfBreach(facts: VerdictFacts): string[] {
  const { services, findings, missing } = facts;
  const ran = services.map(({ step }) => step.noted.host);
  const plain = findings.filter(isBreach);
  const told = [...plain, ...outrightIn(facts), ...tracesIn(missing)];
  return [...new Set([...ran, ...told.map(({ host }) => host)])].filter((host) => host !== '');
}

function saidOf({ title, detail, host }: Finding): string {
  return `${host ? `${host}: ` : ''}${title.toLowerCase()}: ${detail.slice(0, 160)}`;
}

function notBreached(facts: VerdictFacts, wiped: readonly Finding[]): Judgement {
  const { findings, missing, doubtful } = facts;
  if (facts.telling === 0) {
    const reason = 'no login, session, command or web request in what was read';
    return { verdict: 'cannot_tell', confidence: 'low', reasons: [reason] };
  }
  const holes = missing.filter(({ suspicion }) => suspicion !== 'low').length;
  const answered = findings.filter(({ title }) => title === ANSWERED.title);
  const leaked = findings.filter(({ title }) => title === LEAKED.title);
  const guessed = findings.filter(({ title }) => title.startsWith('Password guessed from inside'));
  const moved = findings.filter(({ title, level }) => title === MOVED && level === 'high');
  const unproven = missing.filter(({ kind, suspicion }) => kind === 'record_without_login' && suspicion === 'medium');
  const open = [
    ...doubtsOf(doubtful),
    ...unproven.slice(0, 2).map((one) => `${DOUBT}${placed(one)}`),
    ...answered
      .slice(0, 1)
      .map(({ detail }) => `attacks were answered with success, look at them: ${detail.slice(0, 120)}`),
    ...leaked.slice(0, 2).map(({ detail }) => `${detail}: change what it holds`),
    ...guessed.slice(0, 1).map(({ detail }) => `a password was guessed from inside: ${detail}`),
    ...moved.slice(0, 2).map(({ host, detail }) => `${host} was used from another host: ${detail.slice(0, 160)}`),
    ...wiped.slice(0, 2).map(({ title, detail }) => `${title}: ${detail}`),
  ];
  const reasons = [...open, ...gapsReason(holes, facts.partial)];
  const unsure: Confidence = open.length > 0 ? 'low' : holes > 0 || facts.partial ? 'medium' : 'high';
  if (facts.attackers > 0 || wiped.length > 0 || guessed.length > 0)
    return {
      verdict: 'attacked',
      confidence: unsure,
      reasons: [...attackReasons(facts, open.length === 0), ...reasons],
    };
  const cut = missing.find(({ kind, file }) => (kind === 'truncated' || kind === 'ends_early') && LOGIN_LOG.test(file));
  if (cut) return { verdict: 'cannot_tell', confidence: 'low', reasons: [placed(cut), ...reasons] };
  if (moved.length > 0)
    return {
      verdict: 'cannot_tell',
      confidence: 'low',
      reasons: ['an administrator or an intruder went from host to host', ...reasons],
    };
  const calm = open.length > 0 ? 'nobody guessed' : 'nobody guessed, and no login stands out';
  return { verdict: 'quiet', confidence: unsure === 'high' ? 'medium' : 'low', reasons: [calm, ...reasons] };
}

/** How a reason begins that asks about a login. */
export const DOUBT = "a login that may be an intruder's: ";

/** The first of each account and address: one who comes every day is one question. */
function doubtsOf(doubtful: readonly Suspect[]): string[] {
  const named = ({ draft: { host, user, address } }: Suspect) => `${host} ${user} ${address}`;
  const firsts = [...new Map(doubtful.toReversed().map((one) => [named(one), one])).values()];
  return firsts.toReversed().slice(0, 2).map(doubt);
}

function doubt({ draft, reasons }: Suspect): string {
  const at = instant(draft.start);
  const from = draft.address ? ` from ${draft.address}` : '';
  return `${DOUBT}${draft.user} on ${draft.host}${from}${at ? ` at ${at}` : ''} (${reasons.join('; ')})`;
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
function breachedByService({ services, worst }: VerdictFacts, doubts: readonly string[]): Judgement {
  const reasons = services
    .slice(0, 3)
    .map(
      ({ step, tell }) =>
        `${step.user} ran "${step.text.slice(0, 120)}" on ${step.noted.host}: ${tell.title.toLowerCase()}`,
    );
  const attacked = worst !== undefined && worst.hostileRequests > 0;
  const confidence = attacked || services.length > 1 ? 'medium' : 'low';
  return { verdict: 'breached', confidence, reasons: [...reasons, ...doubts] };
}

// "gate auth.log: …": the host and the file's name are enough in a sentence; the citation has the path.
function placed({ host, file, detail }: Missing): string {
  return `${host ? `${host} ` : ''}${file.slice(file.lastIndexOf('/') + 1)}: ${detail}`;
}

function attackReasons({ attackers, worst }: VerdictFacts, allTold: boolean): string[] {
  if (!worst) return [];
  const many = attackers === 1 ? 'one address attacked' : `${attackers.toLocaleString('en')} addresses attacked`;
  const tries = Math.max(worst.failures, worst.invalidNames) + worst.hostileRequests + worst.webFailures;
  const tried =
    tries > 0
      ? `; the worst, ${worst.address}, tried ${tries === 1 ? 'once' : `${tries.toLocaleString('en')} times`}`
      : '';
  return [`${many}${tried}`, ...(allTold ? ['none of them is seen to have got in'] : [])];
}

function gapsReason(holes: number, partial: boolean): string[] {
  const reasons = holes > 0 ? [`${holes} ${holes === 1 ? 'hole' : 'holes'} in the logs could hide more`] : [];
  return partial ? [...reasons, 'the reading was ended early'] : reasons;
}
