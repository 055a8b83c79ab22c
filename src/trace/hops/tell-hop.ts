import { type Citer, cite, instant, type Noted } from '../noted.ts';
import { span } from '../span.ts';
import type { Citation, Confidence } from '../story.ts';
import type { Hop, HopEnd } from '../tracks.ts';
import type { Claim, Identities } from './identities.ts';
import type { Link } from './links.ts';
import type { Move } from './tree.ts';
import type { Login } from './world.ts';

const MAX_EVIDENCE = 8;

/** Tells moves as hops, with their reasons and lines. `moves` in their order. */
export function tellHops(moves: readonly Move[], who: Identities, citer: Citer): Hop[] {
  const ids = new Map(moves.map((move, at) => [move, `h${at + 1}`]));
  return moves.map((move) => {
    const common = {
      id: ids.get(move) ?? '',
      chain: move.chain,
      depth: move.depth,
      after: move.before ? (ids.get(move.before) ?? null) : null,
    };
    const told = move.login ? tellArrival(move, move.login, who) : tellLost(move);
    const { noted, ...rest } = told;
    return { ...common, ...rest, evidence: citations(noted, citer) };
  });
}

type Told = Omit<Hop, 'id' | 'chain' | 'depth' | 'after' | 'evidence'> & { readonly noted: readonly Noted[] };

function citations(noted: readonly Noted[], citer: Citer): Citation[] {
  return [...new Set(noted)].slice(0, MAX_EVIDENCE).map((one) => cite(citer, one));
}

function tellArrival(move: Move, login: Login, who: Identities): Told {
  const { draft, entry } = login;
  const { link } = move;
  const skew = link ? who.clocks.between(link.host, login.host) : null;
  const to = { host: login.host, address: who.addressOf(login.host), user: draft.user, session: login.id, logs: true };
  const lines = [...(link?.command ? [link.command.step.noted] : []), ...(link?.outgoing ? [link.outgoing.noted] : [])];
  const claimed = link?.claim?.noted ? [link.claim.noted] : [];
  return {
    entry: entry?.id ?? null,
    from: sourceOf(move, login),
    to,
    at: instant(login.from),
    method: draft.method,
    key: draft.fingerprint,
    port: draft.port,
    skewSeconds: skew === null ? null : Math.round(skew / 1000),
    confidence: link ? linkConfidence(link, login, skew) : rootConfidence(move, login),
    reasons: link ? linkReasons(link, login, skew) : rootReasons(move, login),
    noted: [...draft.evidence.slice(0, 3), ...lines, ...claimed],
  };
}

function sourceOf({ link, through, before }: Move, { draft }: Login): HopEnd {
  const { address } = draft;
  if (link === null) {
    const host = through === address ? '' : through;
    const user = before?.lost?.account ?? '';
    return { host, address, user, session: null, logs: false };
  }
  const user = link.command?.user ?? link.by?.draft.user ?? '';
  return { host: link.host, address, user, session: link.by?.id ?? null, logs: true };
}

/** One command and one login so far apart are a pair by nothing but the clocks that they make. */
const UNLIKELY_SKEW_MS = 15 * 60_000;

function linkConfidence(link: Link, login: Login, skew: number | null): Confidence {
  const { by } = link;
  const told = traceWeight(link);
  if (by === null) return told > 0 ? 'medium' : 'low';
  const shared = by.draft.acts.has(login.draft.user) ? 1 : 0;
  const entries = (login.entry ? 1 : 0) + (by.entry ? 1 : 0);
  const points = (told || (link.alone ? 2 : 1) + shared) + entries - doubtsOf(link, skew);
  return points >= 6 ? 'high' : points >= 3 ? 'medium' : 'low';
}

function doubtsOf({ rivals, within, claim }: Link, skew: number | null): number {
  const lone = claim?.how === 'fits' && claim.count === 1 && Math.abs(skew ?? 0) > UNLIKELY_SKEW_MS;
  return (rivals.length > 0 ? 1 : 0) + (within ? 0 : 1) + (claim?.how === 'guess' ? 2 : 0) + (lone ? 3 : 0);
}

function traceWeight({ outgoing, command }: Link): number {
  if (outgoing) return 6;
  if (command === null) return 0;
  return Number.isFinite(command.time) ? 5 : 4;
}

function linkReasons(link: Link, login: Login, skew: number | null): string[] {
  const { host, by, command, outgoing, rivals, alone, within } = link;
  const reasons: string[] = [];
  if (outgoing)
    reasons.push(
      `a connection from source port ${outgoing.sourcePort} is in the logs of both ${host} and ${login.host}`,
    );
  if (command) {
    const shown = `"${command.step.text.slice(0, 120)}"`;
    reasons.push(
      Number.isFinite(command.time)
        ? `${command.user} on ${host} ran ${shown} ${apart(login.from - (skew ?? 0) - command.time)}`
        : `${command.user} on ${host} ran ${shown}; the history has no time`,
    );
  }
  if (link.claim) reasons.push(claimReason(link.claim, login.draft.address));
  if (by === null) reasons.push(`no session that could have opened it was open on ${host} then`);
  else if (!within) reasons.push(`the session of ${by.draft.user} on ${host} was open near that time only`);
  else if (alone) reasons.push(`the session of ${by.draft.user} was the only one open on ${host} then`);
  else reasons.push(`the session of ${by.draft.user} was open on ${host} then`);
  if (rivals.length > 0) reasons.push(`it could also have been ${rivals.slice(0, 3).map(named).join(', ')}`);
  if (skew !== null && skew !== 0)
    reasons.push(
      `the clock of ${login.host} is ${span(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} that of ${host}`,
    );
  return reasons;
}

const named = ({ id, draft }: Login) => `${id} (${draft.user})`;

function apart(ms: number): string {
  return Math.abs(ms) < 1000 ? 'at that moment' : `${span(Math.abs(ms))} ${ms > 0 ? 'before' : 'after'}`;
}

function claimReason({ how, host, count }: Claim, address: string): string {
  switch (how) {
    case 'said':
      return `${address} is an address of ${host}, its own log says`;
    case 'label':
      return `${address} is the address that the evidence of ${host} was handed in for`;
    case 'name':
      return `the line names ${address}`;
    case 'fits':
      return `${address} is taken for ${host}: ${count} ${count === 1 ? 'login fits a command' : 'logins fit commands'} run there`;
    default:
      return `${address} is thought to be ${host}: of the hosts at hand only there an intruder was in at that time`;
  }
}

function rootConfidence({ before, lost, through }: Move, { entry }: Login): Confidence {
  if (before?.lost) return before.lost.commands.length > 0 ? 'medium' : 'low';
  if (through !== '' && lost === null) return entry?.confidence === 'high' ? 'medium' : 'low';
  return entry?.confidence ?? 'low';
}

function rootReasons({ before, through }: Move, { entry, draft }: Login): string[] {
  const reasons = [...(entry?.reasons ?? [])];
  if (entry === null && before === null) reasons.push('the next hop started from this session');
  if (through !== '' && through !== draft.address)
    reasons.push(`${draft.address} is taken for ${through}: no other host is without logs`);
  if (through !== '') reasons.push(`no logs of ${through} are at hand`);
  if (before?.lost) reasons.push(`the intruder went to ${through} before`);
  return reasons;
}

function tellLost({ lost }: Move): Told {
  const { by, commands, node, account, rivals } = lost as NonNullable<Move['lost']>;
  const [first] = commands;
  const isAddress = first ? first.isAddress : /^[\d.]+$|:/.test(node);
  const reasons = first
    ? [
        `${first.user} on ${by.host} ran "${first.step.text.slice(0, 120)}"${Number.isFinite(first.time) ? '' : '; the history has no time'}`,
      ]
    : [`the same account or key was used on ${by.host} before, and its session was still open`];
  if (commands.length > 1) reasons.push(`${commands.length} such commands`);
  reasons.push(`no logs of ${node} are at hand`);
  if (rivals.length > 0) reasons.push(`it could also have been ${rivals.slice(0, 3).map(named).join(', ')}`);
  return {
    entry: null,
    from: { host: by.host, address: '', user: first?.user ?? by.draft.user, session: by.id, logs: true },
    to: { host: isAddress ? '' : node, address: isAddress ? node : '', user: account, session: null, logs: false },
    at: instant(first?.time ?? Number.NaN),
    method: '',
    key: '',
    port: null,
    skewSeconds: null,
    confidence: 'low',
    reasons,
    noted: commands.map(({ step }) => step.noted),
  };
}
