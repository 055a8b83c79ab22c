import * as z from 'zod';
import { time } from './events.ts';
import { reason } from './unmask.ts';

const record = z.int().nonnegative();

export const exportWish = z
  .strictObject({
    q: z.string().max(4000).optional().describe('What the events must be, in the search language.'),
    since: time.optional(),
    until: time.optional(),
    range: z
      .strictObject({ first: record, last: record })
      .refine(({ first, last }) => last >= first, 'range: the last comes after the first')
      .optional()
      .describe('Records of the ledger, both ends with them; instead of a query.'),
    reason,
    uncosigned: z
      .boolean()
      .default(false)
      .describe('Also where too few witnesses have cosigned: the evidence says so.'),
  })
  .refine(({ q, range }) => (q === undefined) !== (range === undefined), 'give either q or range')
  .refine(
    ({ range, since, until }) => range === undefined || (since ?? until) === undefined,
    'since and until are for q',
  );
