import * as z from 'zod';
import { defineQuery, whole } from '../query.ts';

/**
 * Ways in that are new since an instant: the person, his network, his key, or the host for him was never seen before, as far back as the
 * index reaches. Newest first. `*_us` of the parts: when each was first seen, microseconds since 1970.
 */
export const newAccess = defineQuery({
  params: z.strictObject({ sinceUs: whole, limit: z.int().min(1).max(10_000) }),
  sql: (table) => `
    SELECT person, network, key_fingerprint AS key, host, at_us, person_us, network_us, key_us, host_us, last_us, record, logins, as_org, country
    FROM (
      SELECT person, network, key_fingerprint, host, toUnixTimestamp64Micro(min(first_ts)) AS at_us,
        toUnixTimestamp64Micro(max(last_ts)) AS last_us, argMin(seen.first, first_ts) AS record, sum(seen.logins) AS logins,
        max(seen.as_org) AS as_org, max(seen.country) AS country,
        min(at_us) OVER (PARTITION BY person) AS person_us,
        min(at_us) OVER (PARTITION BY person, network) AS network_us,
        min(at_us) OVER (PARTITION BY person, key_fingerprint) AS key_us,
        min(at_us) OVER (PARTITION BY person, host) AS host_us
      FROM ${table('first_seen')} AS seen
      GROUP BY person, network, key_fingerprint, host
    )
    WHERE at_us >= {sinceUs:Int64}
      AND (person_us >= {sinceUs:Int64} OR network_us >= {sinceUs:Int64} OR (key_us >= {sinceUs:Int64} AND key != '') OR host_us >= {sinceUs:Int64})
    ORDER BY at_us DESC, person, network, key, host
    LIMIT {limit:UInt32}`,
  row: z.object({
    person: z.string(),
    network: z.string(),
    key: z.string(),
    host: z.string(),
    at_us: whole,
    person_us: whole,
    network_us: whole,
    key_us: whole,
    host_us: whole,
    last_us: whole,
    record: whole,
    logins: whole,
    as_org: z.string(),
    country: z.string(),
  }),
  limits: { max_execution_time: 15 },
});

/** The oldest login that is known, microseconds since 1970; 0 when none is. */
export const knownSince = defineQuery({
  params: z.strictObject({}),
  sql: (table) =>
    `SELECT if(count() = 0, 0, toUnixTimestamp64Micro(min(first_ts))) AS since_us FROM ${table('first_seen')}`,
  row: z.object({ since_us: whole }),
});
