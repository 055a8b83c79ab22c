import type { NamedSession } from './findings.ts';
import { HostAddresses } from './moves/addresses.ts';
import { chained } from './moves/chains.ts';
import { Connections } from './moves/connections.ts';
import { linesOf, reasonsOf } from './moves/reasons.ts';
import { confidenceIn, MOVED, pointsOf, type Signs, TECHNIQUES, wayOf } from './moves/score.ts';
import { isSpread, movesAmong, type Stay } from './moves/stays.ts';
import type { Visit } from './moves/visit.ts';
import { gatherVisits } from './moves/visits.ts';
import { type Citer, cite, instant, type Noted } from './noted.ts';
import type { Finding, Level } from './story.ts';
import type { Hop } from './tracks.ts';
import { isWindows } from './windows.ts';

/** What moves are found from. */
export interface MoveFacts {
  readonly sessions: readonly NamedSession[];
  readonly notables: readonly Noted[];
  /** Hosts whose logs are at hand. */
  readonly hosts: readonly string[];
  readonly citer: Citer;
}

const MAX_EVIDENCE = 8;

/**
 * Moves from one Windows host to another that need no way in from outside to be seen: a logon over the network, and beside it
 * a sign that it was used to run or lay down something there. Logons of machines and Windows' own, and what an account does
 * from the same place on three days or more, are no moves. Numbered from 1, in the order of time; a move from a host that was
 * moved to goes on in its chain, else its place is 2, for how the source was entered is not known.
 */
export function findMoves(facts: MoveFacts): Hop[] {
  const events = facts.notables.filter(isWindows);
  if (events.length === 0) return [];
  const addresses = new HostAddresses(events, facts.hosts);
  const connections = new Connections(events, addresses);
  const visits = gatherVisits(facts.sessions, events);
  for (const visit of visits) connections.complete(visit);
  const moves = movesAmong(visits, addresses).map((stay) => tell(stay, addresses, facts));
  const order = (hop: Hop) => `${hop.at} ${hop.from.host} ${hop.to.host} ${hop.to.user}`;
  return chained(moves.sort((a, b) => (order(a) < order(b) ? -1 : 1)));
}

function tell(stay: Stay, addresses: HostAddresses, { hosts, citer }: MoveFacts): Hop {
  const { visits, signs, from } = stay;
  // It begins with the first visit that something was done in.
  const first = (visits.find((visit) => pointsOf(visit.signs) > 0) ?? visits[0]) as Visit;
  const address = from.address || ([...addresses.addressesOf(from.host)][0] ?? '');
  const [own = ''] = addresses.addressesOf(first.host);
  const logons = visits.flatMap(({ session }) => session?.draft.evidence.slice(0, 1) ?? []).slice(0, 2);
  const lines = new Set([...logons, ...linesOf(signs, MAX_EVIDENCE)]);
  const spread = `the same account came to ${stay.hosts} hosts alike: a server that looks after them, or somebody spreading`;
  return {
    id: '',
    chain: 0,
    depth: 2,
    after: null,
    entry: null,
    from: {
      host: from.host,
      address,
      user: sourceUser(signs, first.user),
      session: null,
      logs: hosts.includes(from.host),
    },
    to: { host: first.host, address: own, user: first.user, session: first.session?.id ?? null, logs: true },
    at: instant(first.start),
    method: wayOf(signs),
    key: '',
    port: first.session?.draft.port ?? null,
    skewSeconds: null,
    confidence: confidenceIn(isSpread(stay) ? stay.points - 2 : stay.points),
    reasons: [...reasonsOf(signs), ...(isSpread(stay) ? [spread] : [])],
    evidence: [...lines].slice(0, MAX_EVIDENCE).map((noted) => cite(citer, noted)),
  };
}

// Who sat at the source: told where credentials of another were given.
function sourceUser(signs: Signs, user: string): string {
  const giver = signs.get('credentials')?.[0]?.fields['user.name'];
  return typeof giver === 'string' ? giver : user;
}

/** What a person should know of moves: one finding for each that is more than a guess. */
export function moveFindings(moves: readonly Hop[]): Finding[] {
  return moves
    .filter(({ confidence }) => confidence !== 'low')
    .map(({ from, to, at, method, confidence, reasons, evidence }) => {
      const level: Level = confidence === 'high' ? 'high' : 'medium';
      return {
        id: '',
        title: MOVED,
        level,
        techniques: TECHNIQUES.get(method) ?? ['T1021'],
        at,
        host: to.host,
        session: to.session,
        detail: `${to.user} from ${from.host || from.address} by ${method}: ${reasons[0] ?? ''}`.slice(0, 300),
        count: 1,
        evidence: evidence.slice(0, 5),
      };
    });
}
