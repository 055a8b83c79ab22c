import * as z from 'zod';
import { canonicalIp } from '../../core/ip.ts';
import { defineQuery, whole } from '../query.ts';

/** What begins or ends a session of a person. Of logins those that went well are kept. */
const ACTIONS = `('session_open', 'session_close', 'session_logged_out', 'ssh_disconnect', 'ssh_login', 'login', 'boot', 'shutdown')`;

const address = z.string().transform((text) => (text === '::' ? '' : (canonicalIp(text) ?? text)));

/** A line about a session. Times in microseconds since 1970. */
export const sessionEvent = z.object({
  first: whole,
  ts_us: whole,
  host: z.string(),
  program: z.string(),
  pid: whole,
  action: z.string(),
  user: z.string(),
  effective: z.string(),
  owner: z.string(),
  service: z.string(),
  session_id: z.string(),
  source: address,
  port: whole,
  peer_name: z.string(),
  terminal: z.string(),
  method: z.string(),
  key: z.string(),
  certainty: z.string(),
});

/** What a question about sessions selects of `session_lines`. */
export const SESSION_COLUMNS = `first, sub, toUnixTimestamp64Micro(ts) AS ts_us, host, program, pid, action, user_name AS user,
        user_effective AS effective, owner, service, session_id, source_ip AS source, source_port AS port, peer_name, terminal,
        auth_method AS method, key_fingerprint AS key, toString(certainty) AS certainty`;

/** Lines by which sessions of persons begin and end, since an instant: the newest so many, oldest first. `host`: '' for all. */
export const sessionEvents = defineQuery({
  params: z.strictObject({ fromUs: whole, host: z.string().max(255), limit: z.int().min(1).max(200_000) }),
  sql: (table, { host }) => `
    SELECT * FROM (
      SELECT ${SESSION_COLUMNS}
      FROM ${table('session_lines')}
      WHERE ts >= fromUnixTimestamp64Micro({fromUs:Int64}, 'UTC') AND action IN ${ACTIONS}${host === '' ? '' : ' AND host = {host:String}'}
      ORDER BY ts DESC, first DESC, sub DESC
      LIMIT {limit:UInt32}
    ) ORDER BY ts_us, first, sub`,
  row: sessionEvent,
});

/** Hosts whose lines were received since an instant, by name. */
export const heardHosts = defineQuery({
  params: z.strictObject({ fromUs: whole }),
  sql: (table) => `
    SELECT host, sum(sources.rows) AS events
    FROM ${table('sources_minute')} AS sources
    WHERE minute >= toDateTime(intDiv({fromUs:UInt64}, 1000000), 'UTC') AND host != ''
    GROUP BY host
    ORDER BY host
    LIMIT 10000`,
  row: z.object({ host: z.string(), events: whole }),
});
