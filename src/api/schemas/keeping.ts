import * as z from 'zod';

// Orders about the ledger. What they may be, the ledger says; here are only limits.

const index = z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

export const holdWish = z
  .strictObject({
    id: z.string().min(1).max(100),
    reason: z.string().min(1).max(1000),
    stream: z.string().min(1).max(500).optional(),
    first: index.optional(),
    last: index.optional(),
  })
  .refine(({ first, last }) => (first === undefined) === (last === undefined), 'first and last: both, or none');

export const releaseWish = z.strictObject({ id: z.string().min(1).max(100) });

export const kept = z.object({ index: z.int().describe('The record of the ledger that says so.') });

export const eraseWish = z.strictObject({
  first: index,
  last: index,
  by: z.string().min(1).max(200).optional().describe('Who gives the order, as the record states it; absent: who asks.'),
  reason: z.string().max(1000).optional().describe('Why. It stands in the log for ever: name nobody.'),
});

export const erased = z.object({
  erased: z.int().describe('Payloads that went.'),
  stays: z
    .array(z.object({ first: z.int(), last: z.int(), why: z.string() }))
    .describe('Records of the range that stay as they are, and why.'),
  index: z.string().nullable().describe('What is still to go from the index, and when; null: nothing.'),
});

export const anchorWish = z.strictObject({
  to: z
    .union([z.string().transform((one) => [one]), z.array(z.string())])
    .default([])
    .describe('Places; without any those of the configuration.'),
});

export const anchored = z.object({
  places: z.array(
    z.object({
      place: z.string(),
      size: z.int(),
      index: z.int().nullable(),
      failure: z.string().nullable(),
      at: z.string().nullable(),
    }),
  ),
});
