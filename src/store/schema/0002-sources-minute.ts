import type { Migration } from '../migrate.ts';
import { createTable, createView } from '../schema-tables.ts';

const COLUMNS = [
  "minute DateTime('UTC') CODEC(Delta(4), ZSTD(1))", // of ingest_ts
  'origin LowCardinality(String)',
  'stream LowCardinality(String)',
  'host LowCardinality(String)',
  'rows SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1))',
  'unparsed SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1))',
  'first SimpleAggregateFunction(min, UInt64) CODEC(Delta(8), ZSTD(1))', // ledger indexes
  'last SimpleAggregateFunction(max, UInt64) CODEC(Delta(8), ZSTD(1))',
  "newest SimpleAggregateFunction(max, DateTime64(6, 'UTC')) CODEC(Delta(8), ZSTD(1))", // event time
];

const SELECT = `toStartOfMinute(ingest_ts) AS minute, origin, stream, host, count() AS rows, countIf(parser = '') AS unparsed,
  min(events.first) AS first, max(events.first + events.span) AS last, max(ts) AS newest`;

/** How much came from whom in each minute, so that a source's rhythm, gaps and parse rate are told without reading its events. */
export default {
  name: '0002-sources-minute',
  statements: (form) =>
    ['', '_shadow'].flatMap((suffix) => [
      ...createTable(form, {
        name: `sources_minute${suffix}`,
        columns: COLUMNS,
        engine: 'AggregatingMergeTree',
        partitionBy: '(toYYYYMMDD(minute), origin)',
        orderBy: '(minute, stream, host, origin)',
        shardBy: 'cityHash64(origin, stream)',
      }),
      createView(form, {
        name: `sources_minute${suffix}_view`,
        from: `events${suffix}`,
        to: `sources_minute${suffix}`,
        select: SELECT,
        groupBy: 'minute, origin, stream, host',
      }),
    ]),
} satisfies Migration;
