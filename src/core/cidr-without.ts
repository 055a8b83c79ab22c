import { merged, networks, type Range } from './cidr.ts';

/**
 * The fewest networks that cover these addresses and networks and nothing of `holes`: a network with a hole in it is split
 * around the hole. Order and form as `aggregate` gives them. Throws E_USAGE naming an entry that is neither.
 */
export function without(entries: Iterable<string>, holes: Iterable<string>): string[] {
  const cut = merged(holes);
  let next = 0;
  return merged(entries).flatMap((range) => {
    while (next < cut.length && isBefore(cut[next] as Range, range)) next += 1;
    return pieces(range, cut, next).flatMap((piece) => [...networks(piece)]);
  });
}

function isBefore(hole: Range, { version, first }: Range): boolean {
  return hole.version < version || (hole.version === version && hole.last < first);
}

/** What is left of a range, given that no hole before `from` reaches it. Ranges and holes are sorted and apart. */
function pieces({ version, first, last }: Range, holes: readonly Range[], from: number): Range[] {
  const left: Range[] = [];
  let at = first;
  for (let next = from; next < holes.length; next += 1) {
    const hole = holes[next] as Range;
    if (hole.version !== version || hole.first > last) break;
    if (hole.first > at) left.push({ version, first: at, last: hole.first - 1n });
    at = hole.last + 1n;
  }
  if (at <= last) left.push({ version, first: at, last });
  return left;
}
