import type { ClickHouseClient } from '@clickhouse/client';
import { localTable, onCluster, type SchemaForm } from './names.ts';

/** Tables with a row for each event, and which of their rows are of a range of records. */
const ROWS = [
  ['events', 'first <= {last:UInt64} AND first + span >= {first:UInt64}'],
  ['session_lines', 'first <= {last:UInt64} AND first >= {first:UInt64}'],
] as const;

/**
 * Takes the rows of events of a range of records out, from the parts on the disk too. What was summed up of them stays until their days are
 * made anew. May be called again.
 */
export async function eraseRows(
  client: ClickHouseClient,
  form: SchemaForm,
  { origin, first, last }: { readonly origin: string; readonly first: number; readonly last: number },
): Promise<void> {
  for (const [table, where] of ROWS)
    await client.command({
      query: `ALTER TABLE ${localTable(form, table)}${onCluster(form)} DELETE WHERE origin = {origin:String} AND ${where}`,
      query_params: { origin, first, last },
      clickhouse_settings: { mutations_sync: '2' },
    });
}
