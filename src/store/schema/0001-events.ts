import type { Migration } from '../migrate.ts';
import { createTable } from '../schema-tables.ts';

// As they were shipped, whatever `columns.ts` says today.
const COLUMNS = [
  'first UInt64 CODEC(Delta(8), ZSTD(1))',
  'span UInt32 CODEC(ZSTD(1))',
  'sub UInt32 CODEC(ZSTD(1))',
  'generation UInt32 CODEC(ZSTD(1))',
  "ts DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1))",
  "ingest_ts DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1))",
  'pid UInt32 CODEC(ZSTD(1))',
  'source_ip IPv6 CODEC(ZSTD(1))',
  'source_port UInt16 CODEC(ZSTD(1))',
  'destination_ip IPv6 CODEC(ZSTD(1))',
  'destination_port UInt16 CODEC(ZSTD(1))',
  'asn UInt32 CODEC(ZSTD(1))',
  'count UInt32 CODEC(ZSTD(1))',
  "certainty Enum8('exact' = 0, 'zone' = 1, 'year' = 2, 'none' = 3) CODEC(ZSTD(1))",
  "outcome Enum8('' = 0, 'success' = 1, 'failure' = 2, 'unknown' = 3)",
  'origin LowCardinality(String)',
  'stream LowCardinality(String)',
  'peer LowCardinality(String)',
  'parser LowCardinality(String)',
  'category LowCardinality(String)',
  'type LowCardinality(String)',
  'action LowCardinality(String)',
  'host LowCardinality(String)',
  'program LowCardinality(String)',
  'user_name String CODEC(ZSTD(1))',
  'user_effective String CODEC(ZSTD(1))',
  'user_target String CODEC(ZSTD(1))',
  'session_id String CODEC(ZSTD(1))',
  'auth_method LowCardinality(String)',
  'key_fingerprint String CODEC(ZSTD(1))',
  'command String CODEC(ZSTD(1))',
  'country LowCardinality(String)',
  'as_org LowCardinality(String)',
  'error_code LowCardinality(String)',
  'message String CODEC(ZSTD(1))',
  'attrs Map(LowCardinality(String), String) CODEC(ZSTD(1))',
];

const INDEXES = [
  'last UInt64 ALIAS first + span',
  // Of the expression, not with a preprocessor: that one answers differently with and without the index (ClickHouse 26.7).
  "INDEX ix_message lower(message) TYPE text(tokenizer = 'splitByNonAlpha')",
  // Asked as has([…], x): whoever looks for an address or an account wants it on either side.
  'INDEX ix_ip [source_ip, destination_ip] TYPE bloom_filter(0.01) GRANULARITY 1',
  'INDEX ix_user [user_name, user_effective, user_target] TYPE bloom_filter(0.01) GRANULARITY 1',
  'INDEX ix_first (first, first + span) TYPE minmax GRANULARITY 1',
  'INDEX ix_ts ts TYPE minmax GRANULARITY 1',
  'INDEX ix_ingest_ts ingest_ts TYPE minmax GRANULARITY 1',
];

/** One row for each event. `events_shadow` is filled by a reindex, and its days replace those of `events`. */
export default {
  name: '0001-events',
  statements: (form) =>
    ['events', 'events_shadow'].flatMap((name) =>
      createTable(form, {
        name,
        columns: [...COLUMNS, ...INDEXES],
        engine: 'MergeTree',
        // By our clock: a line's own time is its writer's, who could make a partition of every day there is. And by origin: what is
        // rebuilt from one ledger leaves the rows of another alone.
        partitionBy: '(toYYYYMMDD(ingest_ts), origin)',
        // Lines of one template side by side pack best, and the newest are found by their hour.
        orderBy: '(toStartOfHour(ts), program, action, host, ts)',
        shardBy: 'cityHash64(origin, intDiv(first, 65536))', // the ledger's chunk
      }),
    ),
} satisfies Migration;
