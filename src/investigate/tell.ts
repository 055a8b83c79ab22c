import { blockList } from '../trace/actions/block.ts';
import { adviseActions } from '../trace/actions.ts';
import { isAttack, type Judged, judgeAddresses, tellAttacker } from '../trace/attackers.ts';
import { findCampaigns, floodFindings } from '../trace/campaigns.ts';
import { findControllers } from '../trace/controllers.ts';
import type { SessionDraft, StepDraft } from '../trace/draft.ts';
import { findFindings, type NamedSession, orderFindings } from '../trace/findings.ts';
import { enteredByHops } from '../trace/hops/entered.ts';
import { isOutgoing } from '../trace/hops/heard.ts';
import { findHops } from '../trace/hops.ts';
import { findMissing } from '../trace/missing.ts';
import { findMore } from '../trace/more-findings.ts';
import { findMotives } from '../trace/motives.ts';
import { joinMoves } from '../trace/moves/chains.ts';
import { findMoves, moveFindings } from '../trace/moves.ts';
import { type Citer, cite, inOrder, instant, type Noted } from '../trace/noted.ts';
import { erasedOf, type RecordAlone, recordsAlone } from '../trace/records-alone.ts';
import { relaysAmong } from '../trace/relays.ts';
import { serviceCommands } from '../trace/service-accounts.ts';
import { stitch } from '../trace/sessions.ts';
import type { Entry, Finding, HostReport, InputReport, Missing, Place, Story } from '../trace/story.ts';
import type { Ref } from '../trace/tally.ts';
import { techniquesOf } from '../trace/techniques.ts';
import { toldOnce } from '../trace/told-twice.ts';
import type { Hop } from '../trace/tracks.ts';
import { unlogged } from '../trace/unlogged.ts';
import { hostsOfBreach, judge, type VerdictFacts } from '../trace/verdict.ts';
import { confidenceOf, findWaysIn, type Suspect, type WaysIn } from '../trace/ways-in.ts';
import { webDumps } from '../trace/web-dump.ts';
import { guessedLogins } from '../trace/web-guesses.ts';
import { isOfWebBreach, webIntruders } from '../trace/web-kinds.ts';
import { webCommands } from '../trace/web-led.ts';
import { handedOut } from '../trace/web-secrets.ts';
import { sentToRunners } from '../trace/web-sent.ts';
import { findOnWindows } from '../trace/windows-findings.ts';
import { EvidenceIndex } from './evidence-index.ts';
import type { Gathered } from './gather-events.ts';

export interface TellOptions {
  /** Name of the case; '' without one. */
  readonly case: string;
  readonly zone: string;
  /** What was handed in, for commands to paste. */
  readonly paths: readonly string[];
  /** Options for the same where it was no path. */
  readonly live?: string | undefined;
  /** Host of what neither lines nor folders name. */
  readonly host: string;
  readonly top: number;
  readonly keep: readonly string[];
  readonly seconds: number;
  readonly placeOf: (address: string) => Place;
  readonly geo: readonly string[];
}

/** Understands what was gathered, and makes the document of it. */
export function tellStory(gathered: Gathered, options: TellOptions): Story {
  const evidence = new EvidenceIndex(gathered, options.host);
  const { citer, citeRef } = evidence;
  const understood = understand(evidence, options);
  const { entries } = understood;
  const attackers = understood.judged
    .slice(0, options.top)
    .map((one) => tellAttacker(one, { ...options, citer, citeRef, hostsOf: (refs) => evidence.hostsOf(refs) }));
  const inputs = evidence.inputs();
  const { unseen, named, findings, relays, ...tracks } = followTracks(understood, evidence, inputs, options);
  const missing = [...unseen, ...findHoles(understood, evidence)];
  const { campaigns } = tracks;
  const tallies = gathered.tallies.byAddress;
  const through = webIntruders(findings);
  const spared = { sessions: understood.named, relays, keep: options.keep };
  const block = blockList({ ...understood, ...spared, through, campaigns, tallies });
  const handedIn = { paths: options.paths, live: options.live, keep: options.keep };
  const facts = factsOf(understood, evidence, { findings, missing, worst: attackers.find(isAttack) });
  const judgement = judge(facts);
  const [from, to] = evidence.range();
  return {
    schema: 'spoor.investigation/1',
    case: options.case,
    ...judgement,
    partial: gathered.partial,
    from,
    to,
    zone: options.zone,
    entries,
    sessions: named.map(({ id, draft }) => draft.tell(id, options.placeOf(draft.address), citer, techniquesOf)),
    attackers,
    ...tracks,
    findings: orderFindings([...findings, ...floodFindings(campaigns)]),
    missing,
    actions: adviseActions({
      ...understood,
      ...handedIn,
      sessions: named,
      hops: tracks.hops,
      throughWeb: findings.filter(isOfWebBreach),
      breached: entries.length === 0 && judgement.verdict === 'breached' ? hostsOfBreach(facts) : [],
      attackers,
      block,
    }),
    hosts: understood.hosts,
    inputs,
    totals: evidence.totals(understood.judged, named.length, options.seconds),
    block,
    geo: options.geo,
  };
}

/** What the verdict is made from. */
function factsOf(
  understood: Understood,
  evidence: EvidenceIndex,
  found: Pick<VerdictFacts, 'findings' | 'missing' | 'worst'>,
): VerdictFacts {
  return {
    ...understood,
    ...found,
    attackers: understood.judged.filter(isAttack).length,
    services: serviceCommands(understood.loose),
    telling: evidence.telling(),
    partial: evidence.gathered.partial,
  };
}

/** What the evidence says, before anything is asked across it. */
interface Understood extends WaysIn {
  readonly named: readonly NamedSession[];
  readonly loose: readonly StepDraft[];
  readonly notables: readonly Noted[];
  /** Connections to where hosts are entered. */
  readonly connections: readonly Noted[];
  /** Every address that attacked, worst first. */
  readonly judged: readonly Judged[];
  readonly entries: readonly Entry[];
  /** Moves between hosts that need no way in to be seen. */
  readonly moves: readonly Hop[];
  readonly beginnings: ReadonlyMap<string, number>;
  /** Sessions of times in which their server did not log whom it lets in. */
  readonly unlogged: ReadonlySet<SessionDraft>;
  readonly alone: ReadonlyMap<SessionDraft, RecordAlone>;
  readonly hosts: readonly HostReport[];
}

function understand(evidence: EvidenceIndex, options: TellOptions): Understood {
  const { citer } = evidence;
  const tallies = evidence.gathered.tallies.byAddress;
  const noted = toldOnce(inOrder(evidence.notables()));
  const connections = noted.filter(isOutgoing);
  const notables = noted.filter((one) => !isOutgoing(one));
  const { sessions, loose } = stitch(notables);
  const beginnings = evidence.beginnings();
  const silent = unlogged(sessions, beginnings, tallies);
  const alone = recordsAlone(evidence.parts, sessions, citer);
  const ways = findWaysIn(sessions, { tallies, beginnings, unlogged: silent, erased: erasedOf(alone), loose });
  const named = nameSessions(sessions, ways.suspects);
  const entries = tellEntries(ways.suspects, named, evidence, options);
  const hosts = evidence.hosts();
  const moves = findMoves({ sessions: named, notables, hosts: hosts.map(({ host }) => host), citer });
  return {
    ...ways,
    named,
    loose,
    notables,
    connections,
    judged: judgeAddresses(tallies),
    entries,
    moves,
    beginnings,
    unlogged: silent,
    alone,
    hosts,
  };
}

function findHoles(understood: Understood, evidence: EvidenceIndex): Missing[] {
  const { parts, audit, citer, citeRef } = evidence;
  const { notables, beginnings, unlogged: silent, alone } = understood;
  const sessions = understood.named.map(({ draft }) => draft);
  const facts = { inputs: evidence.facts(), parts, notables, audit, sessions, beginnings, unlogged: silent, alone };
  return findMissing({ ...facts, citer, citeRef });
}

/** What goes across addresses and hosts: campaigns, hops, controllers, and why you. */
function followTracks(
  understood: Understood,
  evidence: EvidenceIndex,
  inputs: readonly InputReport[],
  { placeOf }: TellOptions,
) {
  const { loose, notables, connections, judged, entries, moves, hosts: reports } = understood;
  const { citer, citeRef } = evidence;
  const { outbound } = evidence.gathered;
  const hosts = reports.map(({ host }) => host);
  const tallies = evidence.gathered.tallies.byAddress;
  const campaigns = findCampaigns({ tallies, judged, entries, placeOf, citeRef });
  const { hops: found, unseen } = findHops({
    sessions: understood.named,
    loose,
    entries,
    hosts,
    labels: evidence.labels(),
    own: outbound.own,
    connections,
    citer,
  });
  const hops = joinMoves(found, moves);
  const theirs = new Set(enteredByHops(understood.named, found));
  const sessions = understood.named.map((one) => (theirs.has(one.draft) ? { ...one, suspect: true } : one));
  const relays = relaysAmong(tallies);
  const findings = findAll(sessions, understood, relays, citer);
  const labelled = labelledHosts(inputs);
  const hostOf = (ref: Ref) => evidence.hostsOf([ref])[0] ?? '';
  const talk = { outbound, sessions, loose, judged, labelled, hostOf, citer };
  const controllers = findControllers({ entries, hops, findings, hosts, placeOf, citeRef, ...talk });
  const hostsOf = (refs: readonly Ref[]) => evidence.hostsOf(refs);
  const seen = { sessions, loose, notables, judged, entries, findings, campaigns, hops, relays };
  const facts = { ...seen, citer, citeRef, hostsOf };
  return {
    relays,
    campaigns,
    hops,
    unseen,
    named: sessions,
    findings,
    controllers,
    motives: findMotives(facts),
  };
}

function findAll(
  sessions: readonly NamedSession[],
  { loose, notables, moves }: Understood,
  relays: ReadonlySet<string>,
  citer: Citer,
): Finding[] {
  const seenRun = webCommands(notables, loose, citer);
  const isTold = ({ title, request }: Finding) =>
    seenRun.some((one) => one.title === title && one.request?.address === request?.address);
  return orderFindings([
    ...findFindings(sessions, loose, citer),
    ...findMore(notables, citer).filter((one) => one.request === undefined || !isTold(one)),
    ...seenRun,
    ...webDumps(notables, citer),
    ...guessedLogins(notables, relays, citer),
    ...sentToRunners(notables, citer),
    ...handedOut(notables, citer),
    ...findOnWindows(notables, citer),
    ...moveFindings(moves),
  ]);
}

/** Hosts of evidence that others handed in; where its lines name none, what it is labelled with. */
function labelledHosts(inputs: readonly InputReport[]): string[] {
  const labelled = inputs.filter(({ source }) => source !== '');
  return [...new Set(labelled.flatMap(({ source, hosts }) => (hosts.length === 0 ? [source] : hosts)))];
}

function nameSessions(sessions: readonly SessionDraft[], suspects: readonly Suspect[]): NamedSession[] {
  const suspected = new Set(suspects.map(({ draft }) => draft));
  return sessions.map((draft, at) => ({ id: `s${at + 1}`, draft, suspect: suspected.has(draft) }));
}

function tellEntries(
  suspects: readonly Suspect[],
  named: readonly NamedSession[],
  evidence: EvidenceIndex,
  options: TellOptions,
): Entry[] {
  const ids = new Map(named.map(({ id, draft }) => [draft, id]));
  return suspects.map((suspect, at) => tellEntry(suspect, `e${at + 1}`, ids, evidence, options));
}

function tellEntry(
  { draft, score, reasons, failuresBefore, guessingMs }: Suspect,
  id: string,
  ids: ReadonlyMap<SessionDraft, string>,
  { citer, gathered, citeRef }: EvidenceIndex,
  { placeOf }: TellOptions,
): Entry {
  const guesses =
    failuresBefore > 0 ? (gathered.tallies.byAddress.get(draft.address)?.refs.slice(0, 1).map(citeRef) ?? []) : [];
  return {
    id,
    at: instant(draft.start),
    host: draft.host,
    user: draft.user,
    method: draft.method,
    address: draft.address,
    place: placeOf(draft.address),
    session: ids.get(draft) ?? null,
    failuresBefore,
    guessingSeconds: failuresBefore > 0 ? Math.round(guessingMs / 1000) : null,
    confidence: confidenceOf(score),
    reasons,
    evidence: [...guesses, ...draft.evidence.slice(0, 4).map((noted) => cite(citer, noted))],
  };
}
