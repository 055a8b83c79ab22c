import * as z from 'zod';
import { defineQuery, whole } from '../query.ts';

/**
 * Parts of a ledger, of `size` records each, in which there are events of a time, but for those of its own life: microseconds since 1970, both ends with it. `host`, `sender`: of
 * these alone; '' for all. A sender is a stream, what its name begins or ends with at a slash, or a peer.
 */
export const storyParts = defineQuery({
  params: z.strictObject({
    origin: z.string().max(255),
    size: z.int().positive(),
    fromUs: whole,
    toUs: whole,
    host: z.string().max(255),
    sender: z.string().max(500),
  }),
  sql: (table, { host, sender }) => `
    SELECT DISTINCT intDiv(first, {size:UInt32}) AS part
    FROM ${table('events')}
    WHERE origin = {origin:String} AND parser != 'ledger'
      AND ts >= fromUnixTimestamp64Micro({fromUs:Int64}, 'UTC') AND ts <= fromUnixTimestamp64Micro({toUs:Int64}, 'UTC')
      ${host === '' ? '' : 'AND host = {host:String}'}
      ${
        sender === ''
          ? ''
          : "AND (stream = {sender:String} OR peer = {sender:String} OR startsWith(stream, concat({sender:String}, '/')) OR endsWith(stream, concat('/', {sender:String})))"
      }
    ORDER BY part`,
  row: z.object({ part: whole }),
});
