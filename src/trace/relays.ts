import { addTo } from '../core/grouped.ts';
import { isBlockable } from '../core/ip.ts';
import type { Tally } from './tally.ts';

/** Requests of a network by which it can be told. */
const LEAST_REQUESTS = 50;
const LEAST_ADDRESSES = 3;
/** Requests of one address by which its clients can be told apart, and so many clients. */
const ENOUGH = 4;
const CLIENTS = 3;
/** Parts of all requests: as browsers make them; that attack or were refused; that came through relays, where a site has them. */
const VISITS = 0.3;
const ODD = 0.5;
const THROUGH = 0.5;
/** A relay is there as long as the site is, a flood only for a while. */
const SPAN = 0.5;

interface Network {
  readonly requests: number;
  readonly addresses: readonly string[];
  readonly isLike: boolean;
}

/**
 * Addresses that pass on what many people ask: of a content network (Cloudflare, Fastly, …) or of balancers, where a server logs
 * them and not whom they speak for. Each speaks for many clients, most of which ask as browsers do, and most of what the
 * site was asked came through them. Attacks come from there as well, but who blocks them shuts out everybody.
 */
export function relaysAmong(tallies: ReadonlyMap<string, Tally>): ReadonlySet<string> {
  const byNetwork = new Map<string, [address: string, tally: Tally][]>();
  let all = 0;
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [address, tally] of tallies) {
    const { requests } = tally;
    if (requests === 0) continue;
    all += requests;
    first = Math.min(first, tally.first);
    last = Math.max(last, tally.last);
    addTo(byNetwork, networkOf(address), [address, tally]);
  }
  if (all < LEAST_REQUESTS) return new Set();
  const like = [...byNetwork.values()]
    .map((members) => networkFrom(members, last - first))
    .filter(({ isLike }) => isLike);
  const through = like.reduce((sum, { requests }) => sum + requests, 0);
  return new Set(through >= all * THROUGH ? like.flatMap(({ addresses }) => addresses) : []);
}

/** The first two numbers of an IPv4 address, or groups of an IPv6 one. */
const networkOf = (address: string): string => address.split(/[.:]/, 2).join('.');

function networkFrom(members: readonly [address: string, tally: Tally][], span: number): Network {
  const sum = (of: (tally: Tally) => number) => members.reduce((total, [, tally]) => total + of(tally), 0);
  const requests = sum((tally) => tally.requests);
  const busy = members.filter(([, tally]) => tally.requests >= ENOUGH);
  const shared = busy.filter(([, { signs }]) => signs.length >= CLIENTS);
  const [first, last] = [
    Math.min(...members.map(([, tally]) => tally.first)),
    Math.max(...members.map(([, tally]) => tally.last)),
  ];
  return {
    requests,
    addresses: members.map(([address]) => address),
    isLike:
      requests >= LEAST_REQUESTS &&
      (members.length >= LEAST_ADDRESSES || members.every(([address]) => !isBlockable(address))) &&
      shared.length * 2 > busy.length &&
      sum((tally) => tally.visits) >= requests * VISITS &&
      sum((tally) => tally.hostile + tally.refused) <= requests * ODD &&
      last - first >= span * SPAN,
  };
}
