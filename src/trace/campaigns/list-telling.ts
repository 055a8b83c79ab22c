import type { Tally } from '../tally.ts';

/** An address and what it tried. */
export interface Listed {
  readonly tally: Tally;
  /** Its names and paths, as one text; and whatever their order. */
  readonly list: string;
  readonly set: string;
}

/** What their lists have in common; `total`: names of all of them. '' when there are none. */
export function listReason(members: readonly Listed[], total: number): string {
  const inOrder = usualOf(members, ({ list }) => list);
  const whatever = usualOf(members, ({ set }) => set);
  const size = members.length;
  if (total === 0) return pathReason(members, whatever.count);
  if (total === 1) return 'all tried the same name';
  const count = (one: Listed | undefined) => number(one?.tally.names().length ?? 0);
  if (inOrder.count * 2 >= size) return `same ${count(inOrder.member)} names in the same order`;
  if (whatever.count * 2 >= size) return `same ${count(whatever.member)} names, in whatever order`;
  return `${number(total)} names dealt out among ${number(size)} addresses`;
}

function pathReason(members: readonly Listed[], same: number): string {
  if (members.every(({ list }) => list === '')) return '';
  if (same * 2 >= members.length) return `${number(same)} addresses asked for the same paths`;
  const paths = new Set(members.flatMap(({ list }) => list.split(' ')));
  return `${number(paths.size)} paths dealt out among ${number(members.length)} addresses`;
}

/** The text that most have, how many that are, and the first of them. */
function usualOf(
  members: readonly Listed[],
  textOf: (member: Listed) => string,
): { readonly count: number; readonly member: Listed | undefined } {
  const known = new Map<string, { count: number; readonly member: Listed }>();
  for (const member of members) {
    const text = textOf(member);
    const one = known.get(text);
    if (one === undefined) known.set(text, { count: 1, member });
    else one.count += 1;
  }
  return [...known.values()].reduce<{ count: number; member: Listed | undefined }>(
    (best, one) => (one.count > best.count ? one : best),
    { count: 0, member: undefined },
  );
}

function number(count: number): string {
  return count.toLocaleString('en');
}
