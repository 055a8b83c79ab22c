import * as z from 'zod';

// SQL over the index.

export const sqlBody = z.strictObject({
  query: z.string().min(1).max(16_384).describe('One SELECT over the views.'),
  limit: z.int().min(1).max(10_000).default(1000).describe('Rows at most.'),
  format: z.enum(['json', 'csv']).default('json'),
  reason: z
    .string()
    .trim()
    .min(3)
    .max(400)
    .optional()
    .describe('Why personal columns are to be seen: goes into the ledger.'),
});

export const sqlAnswer = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(z.unknown())).describe('Times are UTC; 64-bit numbers that JSON cannot hold are texts.'),
  more: z.boolean().describe('There are more rows than were asked for.'),
  cut: z.int().describe('How many cells were too long, and were cut.'),
  masked: z.boolean().describe('Personal columns show `***`.'),
});

export const sqlTables = z.object({
  tables: z.array(
    z.object({
      name: z.string(),
      about: z.string(),
      columns: z.array(z.object({ name: z.string(), about: z.string(), personal: z.boolean() })),
    }),
  ),
});
