import * as z from 'zod';
import { defineQuery, whole } from '../query.ts';

/** Ingest days of each origin: rows, parts and bytes on disk (`day` and `origin` as `dropDay` takes them). Of this server only: a cluster's other shards are not in it. */
export const partitions = defineQuery({
  params: z.strictObject({ database: z.string(), table: z.string().default('events') }),
  sql: () => `
    SELECT toUInt32OrZero(extract(partition, '^\\\\((\\\\d{8}),')) AS day, extract(partition, ',\\'(.*)\\'\\\\)$') AS origin,
      sum(rows) AS events, count() AS parts, sum(bytes_on_disk) AS bytes
    FROM system.parts
    WHERE active AND rows > 0 AND database = {database:String} AND table IN ({table:String}, concat({table:String}, '_local'))
    GROUP BY partition
    ORDER BY partition`,
  row: z.object({ day: whole, origin: z.string(), events: whole, parts: whole, bytes: whole }),
});
