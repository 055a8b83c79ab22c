import type { Citation, Entry } from '../story.ts';
import type { Ref } from '../tally.ts';
import type { Motive } from '../tracks.ts';
import type { Crowd } from './crowd.ts';
import { hostsOf, linesOf, listed, many, motive, ofWorst, plusOne, ranked } from './telling.ts';

/** Which accounts they tried to get into. */
export function accountsTried({ guessers }: Crowd, citeRef: (ref: Ref) => Citation): Motive[] {
  const { total, sum, worst } = guessers;
  if (total === 0) return [];
  const names = new Map<string, number>();
  for (const { tally } of worst) for (const name of tally.names()) if (name !== '') plusOne(names, name);
  const often = ranked(names, 5).map(([name, count]) => `${name} (${many(count, 'address', 'addresses')})`);
  const under =
    names.size === 0 ? '' : ` under ${many(names.size, 'name')}${ofWorst(guessers)}; most often ${listed(often)}`;
  return [
    motive('sought', {
      title: 'Accounts to log in to',
      detail: `${many(sum, 'try', 'tries')} by ${many(total, 'address', 'addresses')}${under}`,
      hosts: hostsOf(worst),
      count: sum,
      confidence: 'high',
      evidence: linesOf(worst, citeRef, 'Failed', 'failure', 'Invalid user'),
    }),
  ];
}

/** Which accounts they got into. */
export function accountsReached(entries: readonly Entry[]): Motive[] {
  const reached = new Map<string, Set<string>>();
  for (const { user, host } of entries) reached.set(user, (reached.get(user) ?? new Set()).add(host));
  if (reached.size === 0) return [];
  const told = [...reached].map(([user, hosts]) => `${user === '' ? 'an account' : user} on ${listed([...hosts])}`);
  const sure = entries.some(({ confidence }) => confidence === 'high') ? 'high' : (entries[0]?.confidence ?? 'low');
  return [
    motive('sought', {
      title: 'Accounts that they got into',
      detail:
        told.length > 5
          ? `${told.slice(0, 5).join('; ')}; and ${(told.length - 5).toLocaleString('en-US')} more`
          : told.join('; '),
      hosts: entries.map(({ host }) => host),
      count: entries.length,
      confidence: sure,
      evidence: entries.flatMap(({ evidence }) => evidence.slice(-1)),
    }),
  ];
}
