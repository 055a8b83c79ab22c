import type { ClickHouseClient } from '@clickhouse/client';
import { dropDayOf, type IngestDay } from './days.ts';
import { DERIVED } from './derived.ts';
import { type SchemaForm, tableName } from './names.ts';
import { selectOf } from './schema-tables.ts';

/** Tables that can be made of events that were there before they were. */
export const FILLED: readonly string[] = DERIVED.filter(({ making }) => making !== null).map(({ name }) => name);

/**
 * Makes the summaries of a day anew from its events. While it runs nothing may be inserted into that day, nor the day dropped, and readers see
 * a part of it: a crash leaves it so until this is called again.
 */
export async function fillDay(client: ClickHouseClient, form: SchemaForm, day: IngestDay): Promise<void> {
  for (const { name, making } of DERIVED) {
    if (making === null) continue;
    await dropDayOf(client, form, day, name);
    await client.command({
      query: `INSERT INTO ${tableName(form, name)}
${selectOf(making, tableName(form, 'events'), 'toYYYYMMDD(ingest_ts) = {day:UInt32} AND events.origin = {origin:String}')}`,
      query_params: { ...day },
      clickhouse_settings: {
        insert_deduplicate: 0,
        insert_distributed_sync: 1,
        max_threads: 2,
        max_bytes_before_external_group_by: '200000000',
      },
    });
  }
}
