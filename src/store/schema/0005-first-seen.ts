import type { Migration } from '../migrate.ts';
import { createTable, createView } from '../schema-tables.ts';

const COLUMNS = [
  'person String CODEC(ZSTD(1))',
  'network String CODEC(ZSTD(1))', // AS64500, or 192.0.2.0/24 where that is not known; '' for a login at the host itself
  'key_fingerprint String CODEC(ZSTD(1))', // '' without a key
  'host LowCardinality(String)',
  'day UInt32 CODEC(ZSTD(1))', // of ingest, as 20260921
  'origin LowCardinality(String)',
  "first_ts SimpleAggregateFunction(min, DateTime64(6, 'UTC')) CODEC(Delta(8), ZSTD(1))",
  "last_ts SimpleAggregateFunction(max, DateTime64(6, 'UTC')) CODEC(Delta(8), ZSTD(1))",
  'first SimpleAggregateFunction(min, UInt64) CODEC(ZSTD(1))', // ledger index
  'logins SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1))',
  'as_org SimpleAggregateFunction(max, LowCardinality(String))',
  'country SimpleAggregateFunction(max, LowCardinality(String))',
];

const SELECT = `user_name AS person,
  multiIf(asn != 0, concat('AS', toString(asn)), source_ip = toIPv6('::'), '',
    startsWith(IPv6NumToString(source_ip), '::ffff:'), concat(substring(cutIPv6(source_ip, 0, 1), 8), '/24'),
    concat(cutIPv6(source_ip, 10, 0), '/48')) AS network,
  key_fingerprint, host, toYYYYMMDD(ingest_ts) AS day, origin, min(ts) AS first_ts, max(ts) AS last_ts, min(events.first) AS first,
  sum(count) AS logins, max(events.as_org) AS as_org, max(events.country) AS country`;

const WHERE = `outcome = 'success' AND category = 'authentication' AND type = 'start' AND action NOT IN ('su', 'sudo', 'doas', 'pkexec', 'polkit')
  AND (session_id = '' OR match(auth_method, '^(?:interactive|remote interactive|unlock|cached)'))`;

/** How rows are made of events. */
export const firstSeen = {
  select: SELECT,
  where: WHERE,
  groupBy: 'person, network, key_fingerprint, host, day, origin',
};

/** Who came in from which network with which key to which host, and since when: what is new is told from it. */
export default {
  name: '0005-first-seen',
  statements: (form) =>
    ['', '_shadow'].flatMap((suffix) => [
      ...createTable(form, {
        name: `first_seen${suffix}`,
        columns: COLUMNS,
        engine: 'AggregatingMergeTree',
        partitionBy: '(day, origin)',
        orderBy: '(person, network, key_fingerprint, host, day, origin)',
        shardBy: 'cityHash64(origin, person)',
      }),
      createView(form, {
        name: `first_seen${suffix}_view`,
        from: `events${suffix}`,
        to: `first_seen${suffix}`,
        ...firstSeen,
      }),
    ]),
} satisfies Migration;
