import * as z from 'zod';

const MIB = 1 << 20;

/** The longest entry of a request that has many. */
export const maxEntryBytes = z
  .int()
  .min(1024)
  .max(16 * MIB)
  .default(MIB)
  .describe(
    'The longest entry as it is kept, bytes; longer ones are refused, and the others of the request are taken.',
  );
