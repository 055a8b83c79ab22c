import * as z from 'zod';
import { canonicalIp } from '../../core/ip.ts';
import { defineQuery, whole } from '../query.ts';

const LIMITS = { max_execution_time: 15, max_memory_usage: '600000000' } as const;
const address = z.string().transform((text) => canonicalIp(text) ?? text);
const counts = {
  failures: whole,
  successes: whole,
  alerts: whole,
  users: whole,
  hosts: whole,
  first_us: whole,
  last_us: whole,
  country: z.string(),
  as_org: z.string(),
};

// Without knowledge of networks, those of 256 addresses (2^80 of IPv6) stand for them.
const NETWORK = `multiIf(asn != 0, concat('AS', toString(asn)),
        startsWith(IPv6NumToString(source_ip), '::ffff:'), concat(substring(cutIPv6(source_ip, 0, 1), 8), '/24'),
        concat(cutIPv6(source_ip, 10, 0), '/48'))`;
const KEYS = { address: 'source_ip', network: NETWORK } as const;

const HOURS = `hour >= toStartOfHour(toDateTime(intDiv({fromUs:UInt64}, 1000000), 'UTC'))
          AND hour < toDateTime(intDiv({toUs:UInt64} + 999999, 1000000), 'UTC')`;

/**
 * Addresses or networks by how often they were refused, most first, in whole hours of event time. Who came in as often as it was refused, or
 * oftener, is no attacker. `users`, `hosts` are estimates (within 2 %) beyond a few. First who they are, by sums alone; then the rest of these.
 */
export const topAttackers = defineQuery({
  params: z.strictObject({
    by: z.enum(['address', 'network']),
    fromUs: whole,
    toUs: whole,
    /** Those behind this one. */
    after: z.strictObject({ tries: whole, key: z.string().max(100) }).optional(),
    limit: z.int().min(1).max(1001),
  }),
  sql: (table, { by, after }) => {
    const key = KEYS[by];
    const text = by === 'address' ? 'toString(key)' : 'key';
    return `
    WITH top AS (
      SELECT ${key} AS key, sum(failures) + sum(alerts) AS tries
      FROM ${table('attackers_hour')}
      WHERE ${HOURS}
      GROUP BY key
      HAVING tries > sum(successes)${after === undefined ? '' : ` AND (tries < {tries:UInt64} OR (tries = {tries:UInt64} AND ${text} > {key:String}))`}
      ORDER BY tries DESC, ${text}
      LIMIT {limit:UInt32})
    SELECT toString(${key}) AS key, key AS sort_key, sum(summed.failures) AS failures, sum(summed.successes) AS successes, sum(summed.alerts) AS alerts,
      uniqCombinedMerge(12)(summed.users) AS users, uniqCombinedMerge(12)(summed.hosts) AS hosts,
      toUnixTimestamp64Micro(min(first_ts)) AS first_us, toUnixTimestamp64Micro(max(last_ts)) AS last_us,
      max(summed.country) AS country, max(summed.as_org) AS as_org, uniq(source_ip) AS addresses
    FROM ${table('attackers_hour')} AS summed
    WHERE ${HOURS} AND ${key} GLOBAL IN (SELECT key FROM top)
    GROUP BY key
    ORDER BY failures + alerts DESC, key
    LIMIT {limit:UInt32}`;
  },
  bind: ({ by: _, after, ...rest }) => ({ ...rest, ...after }),
  /** `sort_key`: as the engine sorts it. */
  row: z.object({ key: address, sort_key: z.string(), addresses: whole, ...counts }),
  limits: LIMITS,
});

/** What an address tried, hour by hour of event time where it tried something, newest first. */
export const addressHours = defineQuery({
  params: z.strictObject({
    address: z.string().refine((text) => canonicalIp(text) !== null, 'not an address'),
    fromUs: whole,
    toUs: whole,
    limit: z.int().min(1).max(10_000),
  }),
  sql: (table) => `
    SELECT toUnixTimestamp(hour) AS at, sum(summed.failures) AS failures, sum(summed.successes) AS successes,
      sum(summed.alerts) AS alerts, uniqCombinedMerge(12)(summed.users) AS users, uniqCombinedMerge(12)(summed.hosts) AS hosts,
      toUnixTimestamp64Micro(min(first_ts)) AS first_us, toUnixTimestamp64Micro(max(last_ts)) AS last_us,
      max(summed.country) AS country, max(summed.as_org) AS as_org
    FROM ${table('attackers_hour')} AS summed
    WHERE source_ip = toIPv6({address:String}) AND ${HOURS}
    GROUP BY hour
    ORDER BY hour DESC
    LIMIT {limit:UInt32}`,
  bind: ({ address: given, ...rest }) => ({ ...rest, address: canonicalIp(given) }),
  row: z.object({ at: whole, ...counts }), // seconds since 1970
  limits: LIMITS,
});
