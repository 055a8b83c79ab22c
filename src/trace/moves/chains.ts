import type { Hop } from '../tracks.ts';

/** Links moves, in the order of time, into chains by what was entered before, and numbers them from 1. */
export function chained(moves: readonly Hop[]): Hop[] {
  const entered = new Map<string, Hop>();
  const chains = new Map<string, number>();
  let count = 0;
  return moves.map((move, at) => {
    const before = entered.get(move.from.host);
    const root = move.from.host || move.from.address;
    const chain = before?.chain ?? chains.get(root) ?? ++count;
    chains.set(root, chain);
    const hop = placed(move, before, `h${at + 1}`, chain);
    if (hop.to.host !== root && !entered.has(hop.to.host)) entered.set(hop.to.host, hop);
    return hop;
  });
}

/**
 * Moves behind hops that were found from a way in: a move that is one of those hops is left out, and one from a host that
 * they entered goes on in their chain. Ids and chains are numbered on.
 */
export function joinMoves(hops: readonly Hop[], moves: readonly Hop[]): Hop[] {
  if (moves.length === 0) return [...hops];
  const told = new Map(hops.map((hop) => [hop.to.session, hop]));
  const all: Hop[] = [...hops];
  const renamed = new Map<string, Hop>();
  const chains = new Map<number, number>();
  let lastChain = hops.reduce((most, { chain }) => Math.max(most, chain), 0);
  for (const move of moves) {
    const known = move.to.session === null ? undefined : told.get(move.to.session);
    if (known) {
      renamed.set(move.id, known);
      continue;
    }
    const before = (move.after === null ? undefined : renamed.get(move.after)) ?? entered(hops, move);
    const chain = before?.chain ?? chains.get(move.chain) ?? ++lastChain;
    chains.set(move.chain, chain);
    const hop = placed(move, before, `h${all.length + 1}`, chain);
    renamed.set(move.id, hop);
    all.push(hop);
  }
  return all;
}

// The hop that brought somebody to where a move begins.
function entered(hops: readonly Hop[], move: Hop): Hop | undefined {
  return hops.findLast(
    ({ to, at }) => to.host !== '' && to.host === move.from.host && at !== null && move.at !== null && at <= move.at,
  );
}

// Behind the hop that led to its source: that hop's session is where it was made. Without one it is the second of its way, for
// how the source was entered is not known.
function placed(move: Hop, before: Hop | undefined, id: string, chain: number): Hop {
  if (before === undefined) return { ...move, id, chain, depth: 2, after: null };
  const from = { ...move.from, session: before.to.session };
  return { ...move, from, id, chain, depth: before.depth + 1, after: before.id };
}
