import type { Migration } from '../migrate.ts';
import { createTable, createView } from '../schema-tables.ts';

const COLUMNS = [
  'source_ip IPv6 CODEC(ZSTD(1))',
  "hour DateTime('UTC') CODEC(Delta(4), ZSTD(1))", // of ts
  'day UInt32 CODEC(ZSTD(1))', // of ingest, as 20260921
  'origin LowCardinality(String)',
  'asn SimpleAggregateFunction(max, UInt32) CODEC(ZSTD(1))',
  'as_org SimpleAggregateFunction(max, LowCardinality(String))',
  'country SimpleAggregateFunction(max, LowCardinality(String))',
  'failures SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1))', // logins that were refused
  'successes SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1))',
  'alerts SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1))', // web requests that are an attack by their own text
  "first_ts SimpleAggregateFunction(min, DateTime64(6, 'UTC')) CODEC(Delta(8), ZSTD(1))",
  "last_ts SimpleAggregateFunction(max, DateTime64(6, 'UTC')) CODEC(Delta(8), ZSTD(1))",
  'users AggregateFunction(uniqCombined(12), String)', // names that were tried
  'hosts AggregateFunction(uniqCombined(12), LowCardinality(String))',
];

const SELECT = `source_ip, toStartOfHour(ts) AS hour, toYYYYMMDD(ingest_ts) AS day, origin, max(events.asn) AS asn, max(events.as_org) AS as_org,
  max(events.country) AS country, sumIf(count, category != 'web' AND outcome = 'failure') AS failures,
  sumIf(count, category != 'web' AND outcome = 'success') AS successes, sumIf(count, category = 'web') AS alerts,
  min(ts) AS first_ts, max(ts) AS last_ts, uniqCombinedState(12)(user_name) AS users, uniqCombinedState(12)(host) AS hosts`;

const WHERE = `source_ip != toIPv6('::')
  AND ((category = 'authentication' AND type = 'start') OR (category = 'web' AND attrs['event.kind'] = 'alert'))`;

/** How rows are made of events. */
export const attackersHour = { select: SELECT, where: WHERE, groupBy: 'source_ip, hour, day, origin' };

/** What each address tried in each hour, so that the attackers of a month are told without reading its events. */
export default {
  name: '0004-attackers-hour',
  statements: (form) =>
    ['', '_shadow'].flatMap((suffix) => [
      ...createTable(form, {
        name: `attackers_hour${suffix}`,
        columns: [...COLUMNS, 'INDEX ix_hour hour TYPE minmax GRANULARITY 1'],
        engine: 'AggregatingMergeTree',
        partitionBy: '(day, origin)',
        orderBy: '(source_ip, hour, day, origin)', // an address' history lies together; hours of other days are in other partitions
        shardBy: 'cityHash64(origin, source_ip)',
      }),
      createView(form, {
        name: `attackers_hour${suffix}_view`,
        from: `events${suffix}`,
        to: `attackers_hour${suffix}`,
        ...attackersHour,
      }),
    ]),
} satisfies Migration;
