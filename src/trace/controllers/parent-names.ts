import { grouped } from '../../core/grouped.ts';
import type { Talk } from '../outbound-sum.ts';
import { median } from './rhythm.ts';

// Names under which countries let their own register: "co.uk", "com.br".
const SECOND_LEVELS = new Set(['ac', 'co', 'com', 'edu', 'gen', 'go', 'gob', 'gov', 'mil', 'ne', 'net', 'or', 'org']);
/** From so many names on, … */
const FEWEST_NAMES = 8;
/** … each asked for so often at most (the median), the names themselves are what is said, to whoever owns them all. */
const MOST_EACH = 2;
/** Labels before the domain that are looked at: tunnels put what they say into several. */
const DEEPEST = 4;

/** The name without so many of its first labels; '' where nobody could have registered what is left, or for an address. */
export function parentOf(name: string, levels: number): string {
  const labels = name.split('.');
  const [last = '', second = ''] = [labels.at(-1), labels.at(-2)];
  const kept = last.length === 2 && SECOND_LEVELS.has(second) ? 3 : 2;
  return /^[a-z]/.test(last) && labels.length - levels >= kept ? labels.slice(levels).join('.') : '';
}

/**
 * What is asked under ever new names, as tunnels through a resolver and some bots do, by the longest name that they have
 * in common (who owns that may let others have names under it: dynamic names do): with what was said to each.
 */
export function underNewNames(talks: readonly Talk[]): Map<string, readonly Talk[]> {
  const found = new Map<string, readonly Talk[]>();
  let left: readonly Talk[] = talks;
  for (let levels = 1; levels <= DEEPEST && left.length > 0; levels += 1) {
    const rest: Talk[] = [];
    for (const [parent, all] of byParent(left, levels))
      if (isEverNew(all)) found.set(parent, [...(found.get(parent) ?? []), ...all]);
      else for (const talk of all) rest.push(talk);
    left = rest;
  }
  return found;
}

function byParent(talks: readonly Talk[], levels: number): Map<string, Talk[]> {
  return grouped(talks, ({ to }) => parentOf(to, levels) || null);
}

function isEverNew(talks: readonly Talk[]): boolean {
  const counts = new Map<string, number>();
  for (const { to, count } of talks) counts.set(to, (counts.get(to) ?? 0) + count);
  return counts.size >= FEWEST_NAMES && median([...counts.values()]) <= MOST_EACH;
}
