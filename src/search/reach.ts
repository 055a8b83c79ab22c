import type { Condition } from '../core/condition.ts';

/** Event times that a condition can hold for, microseconds since 1970: [fromUs, toUs); null: open. */
export interface Reach {
  readonly fromUs: number | null;
  readonly toUs: number | null;
}

const OPEN: Reach = { fromUs: null, toUs: null };

/** How far in time a condition reaches. Never less than it does. */
export function reachOf(condition: Condition): Reach {
  switch (condition.is) {
    case 'time':
      return condition.field === '@timestamp' ? { fromUs: condition.fromUs, toUs: condition.toUs } : OPEN;
    case 'all':
      return condition.of.map(reachOf).reduce(both, OPEN);
    case 'any':
      return condition.of.length === 0 ? OPEN : condition.of.map(reachOf).reduce(either);
    default:
      return OPEN;
  }
}

const both = (a: Reach, b: Reach): Reach => ({
  fromUs: a.fromUs === null ? b.fromUs : Math.max(a.fromUs, b.fromUs ?? 0),
  toUs: a.toUs === null ? b.toUs : Math.min(a.toUs, b.toUs ?? Number.POSITIVE_INFINITY),
});

const either = (a: Reach, b: Reach): Reach => ({
  fromUs: a.fromUs === null || b.fromUs === null ? null : Math.min(a.fromUs, b.fromUs),
  toUs: a.toUs === null || b.toUs === null ? null : Math.max(a.toUs, b.toUs),
});

/** Known of every line, also of one that no parser understood. */
const ALWAYS = new Set([
  'message',
  'host.name',
  'spoor.stream',
  'spoor.peer',
  'spoor.origin',
  'spoor.parser',
  'spoor.record',
]);

/** Does it ask for what only a parser tells? Then a line that none understood is not found by it. */
export function needsParser(condition: Condition): boolean {
  if ('fields' in condition) return condition.fields.some((field) => !ALWAYS.has(field));
  if (condition.is === 'not') return needsParser(condition.of);
  return 'of' in condition && condition.of.some(needsParser);
}
