import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { replaceFileSync } from '../core/durable-file.ts';
import { AppError } from '../core/errors.ts';

const dayPlan = z.strictObject({
  /** As 20260921. */
  day: z.int(),
  /** `swapping`: all its rows are in the shadow; it is old or new, and is to be swapped before anything is inserted. */
  state: z.enum(['due', 'swapping', 'done']),
  /** Rows in the shadow, when it is swapped. */
  rows: z.int().nonnegative(),
});

const planSchema = z.strictObject({
  origin: z.string(),
  /** Generation of the rows that it makes. */
  generation: z.int().positive(),
  /** What parsers were like. */
  code: z.string(),
  since: z.string().nullable(),
  parser: z.string().nullable(),
  /** It is of some days only, for something was erased in them, or went in twice. */
  erased: z.boolean().default(false),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  /** Why it ended before all was done; null: it did not. */
  ended: z.string().nullable(),
  /** Newest first. */
  days: z.array(dayPlan),
});

export type DayPlan = z.output<typeof dayPlan>;
export type ReindexPlan = z.output<typeof planSchema>;

const FILE = 'reindex.json';

/** The reindex that is under way, or the last one. Null when there was none. Throws E_MALFORMED, E_TAMPERED for another ledger's. */
export function readPlan(folder: string, origin: string): ReindexPlan | null {
  const path = join(folder, FILE);
  if (!existsSync(path)) return null;
  let plan: ReindexPlan;
  try {
    plan = planSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new AppError(
      'E_MALFORMED',
      `${path} is not Spoor's: remove it and run spoor reindex, for a day may be half replaced`,
      { cause },
    );
  }
  if (plan.origin !== origin) throw new AppError('E_TAMPERED', `${path} is of another ledger than ${origin}`);
  return plan;
}

/** Keeps the plan, durably. */
export function writePlan(folder: string, plan: ReindexPlan): void {
  replaceFileSync(join(folder, FILE), `${JSON.stringify(plan)}\n`);
}

/** The plan with some days to be made, which were made already or were none of its; and those that were being swapped, once more. */
export function withDue(plan: ReindexPlan, days: readonly number[]): ReindexPlan {
  const done = plan.days.filter(({ day, state }) => state === 'done' && !days.includes(day));
  const undone = plan.days.filter(({ state }) => state !== 'done').map(({ day }) => day);
  const due = [...new Set([...undone, ...days])].map((day): DayPlan => ({ day, state: 'due', rows: 0 }));
  return { ...plan, days: [...done, ...due].sort((a, b) => b.day - a.day) };
}

/** The plan with some days in another state. */
export function withDays(
  plan: ReindexPlan,
  days: ReadonlySet<number>,
  state: DayPlan['state'],
  rowsOf: (day: number) => number = () => 0,
): ReindexPlan {
  return {
    ...plan,
    days: plan.days.map((one) => (days.has(one.day) ? { day: one.day, state, rows: rowsOf(one.day) } : one)),
  };
}
