import { adviseActions, blockList } from '../trace/actions.ts';
import { isAttack, judgeAddresses, tellAttacker } from '../trace/attackers.ts';
import type { SessionDraft } from '../trace/draft.ts';
import { findFindings, type NamedSession, orderFindings } from '../trace/findings.ts';
import { findMissing } from '../trace/missing.ts';
import { findMore } from '../trace/more-findings.ts';
import { cite, inOrder, instant } from '../trace/noted.ts';
import { serviceCommands } from '../trace/service-accounts.ts';
import { stitch } from '../trace/sessions.ts';
import type { Entry, Place, Story } from '../trace/story.ts';
import { techniquesOf } from '../trace/techniques.ts';
import { judge } from '../trace/verdict.ts';
import { confidenceOf, findWaysIn, type Suspect } from '../trace/ways-in.ts';
import { EvidenceIndex } from './evidence-index.ts';
import type { Gathered } from './gather-events.ts';

export interface TellOptions {
  readonly zone: string;
  /** What was handed in, for commands to paste. */
  readonly paths: readonly string[];
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
  const tallies = gathered.tallies.byAddress;
  const notables = inOrder(evidence.notables());
  const { sessions, loose } = stitch(notables);
  const beginnings = evidence.beginnings();
  const { suspects, doubtful } = findWaysIn(sessions, { tallies, beginnings, loose });
  const named = nameSessions(sessions, suspects);
  const entries = tellEntries(suspects, named, evidence, options);
  const judged = judgeAddresses(tallies);
  const attackers = judged
    .slice(0, options.top)
    .map((one) => tellAttacker(one, { ...options, citer, citeRef, hostsOf: (refs) => evidence.hostsOf(refs) }));
  const findings = orderFindings([...findFindings(named, loose, citer), ...findMore(notables, citer)]);
  const { parts, audit } = evidence;
  const inputs = evidence.facts();
  const missing = findMissing({ inputs, parts, notables, audit, sessions, beginnings, citer, citeRef });
  const block = blockList(judged, entries, options.keep);
  const { partial } = gathered;
  const facts = {
    entries,
    findings,
    missing,
    attackers: judged.filter(isAttack).length,
    worst: attackers.find(isAttack),
    services: serviceCommands(loose),
    doubtful,
    telling: evidence.telling(),
    partial,
  };
  const [from, to] = evidence.range();
  return {
    schema: 'spoor.investigation/1',
    ...judge(facts),
    partial,
    from,
    to,
    zone: options.zone,
    entries,
    sessions: named.map(({ id, draft }) => draft.tell(id, options.placeOf(draft.address), citer, techniquesOf)),
    attackers,
    ...NOT_YET,
    findings,
    missing,
    actions: adviseActions({ suspects, entries, loose, block, paths: options.paths }),
    hosts: evidence.hosts(),
    inputs: evidence.inputs(),
    totals: evidence.totals(judged.length, sessions, options.seconds),
    block,
    geo: options.geo,
  };
}

/** What the trace across hosts and addresses will fill. */
const NOT_YET = { campaigns: [], hops: [], controllers: [], motives: [] } as const;

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
