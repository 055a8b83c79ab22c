import * as z from 'zod';
import { defineQuery, whole } from '../query.ts';

/** How many events made from records `first` to `last` of an origin's ledger, both included, are there more than once. */
export const repeatedEvents = defineQuery({
  params: z.strictObject({ origin: z.string().max(255), first: whole, last: whole }),
  sql: (table) => `
    SELECT count() - uniqExact(first, sub) AS repeated
    FROM ${table('events')}
    WHERE origin = {origin:String} AND first >= {first:UInt64} AND first <= {last:UInt64}`,
  row: z.object({ repeated: whole }),
});
