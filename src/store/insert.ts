import { Readable } from 'node:stream';
import type { ClickHouseClient } from '@clickhouse/client';
import { AppError } from '../core/errors.ts';
import { COLUMN_NAMES } from './columns.ts';

/** What is inserted as one block; several blocks could be half there after a crash. */
export const MAX_BATCH_ROWS = 100_000;
const MAX_BATCH_BYTES = 64_000_000;

/** Rows that become visible together. */
export interface InsertBatch {
  /** Full name, as `tableName` gives it. */
  readonly table: string;
  /** Names what is in the batch, and nothing else ever: the same token is the same rows, and is taken once. */
  readonly token: string;
  /** From `RowWriter.take`. */
  readonly bytes: Buffer;
  readonly rows: number;
}

/**
 * Inserts a batch, once for each token: when it resolves, the rows are on the disk and can be read, and a replay with the same token
 * adds none, neither to the table nor to what its materialised views fill. When it rejects, or never answers, the batch may be
 * there, or half of its views: send it again with the same token. All rows must be of one ingest day (one partition), and with a
 * cluster of one ledger chunk (one shard).
 */
export async function insertEvents(
  client: ClickHouseClient,
  { table, token, bytes, rows }: InsertBatch,
): Promise<void> {
  if (rows === 0) return;
  if (rows > MAX_BATCH_ROWS || bytes.length > MAX_BATCH_BYTES)
    throw new AppError(
      'E_TOO_LARGE',
      `a batch of ${rows} rows and ${bytes.length} bytes is too large to be inserted whole`,
    );
  const { stream } = await client.exec({
    query: `INSERT INTO ${table} (${COLUMN_NAMES}) FORMAT RowBinary`,
    values: Readable.from([bytes], { objectMode: false }),
    clickhouse_settings: {
      insert_deduplication_token: token,
      insert_deduplicate: 1,
      deduplicate_blocks_in_dependent_materialized_views: 1,
      async_insert: 0,
      max_insert_threads: '1',
      max_insert_block_size: String(MAX_BATCH_ROWS + 1), // one block is one part, and a part is whole or not there
      insert_distributed_sync: 1,
    },
  });
  for await (const _ of stream); // an error that came late is thrown here
}
