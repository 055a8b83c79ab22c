import * as z from 'zod';

// Seeing personal fields, and taking evidence out: both for a reason.

/** What goes into the ledger: why somebody does it. */
export const reason = z
  .string()
  .trim()
  .min(10)
  .max(400)
  .describe('Why: at least ten letters. It goes into the ledger.');

export const unmaskWish = z.strictObject({ reason });
export const unmasking = z.object({
  clear: z.boolean().describe('Personal fields are shown.'),
  reason: z.string().nullable(),
  until: z.string().nullable().describe('RFC 3339; null where they are masked, or never are.'),
});
