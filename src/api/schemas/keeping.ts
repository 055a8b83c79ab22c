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
