import * as z from 'zod';
import { canonicalIp } from '../../core/ip.ts';
import { defineQuery, whole } from '../query.ts';

/** What begins, ends or names a session of a person. */
const ACTIONS = ['session_open', 'session_close', 'session_logged_out', 'ssh_disconnect', 'boot', 'shutdown'];
/** And these, where they went well. */
const LOGINS = ['ssh_login', 'login', 'su', 'sudo', 'doas'];
/** Work of the machine itself. */
const SERVICES = ['cron', 'crond', 'atd', 'systemd-user', 'gdm-launch-environment', 'runuser', 'runuser-l', 'polkit-1'];
const PROGRAMS = ['CRON', 'cron', 'crond', 'anacron', 'systemd', 'atd'];
const list = (words: readonly string[]) => `(${words.map((word) => `'${word}'`).join(', ')})`; // of ours alone

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

/** Lines about sessions of persons since an instant: the newest so many, oldest first. `host`: '' for all. */
export const sessionEvents = defineQuery({
  params: z.strictObject({ fromUs: whole, host: z.string().max(255), limit: z.int().min(1).max(200_000) }),
  sql: (table, { host }) => `
    SELECT * FROM (
      SELECT first, sub, toUnixTimestamp64Micro(ts) AS ts_us, host, program, pid, action, user_name AS user, user_effective AS effective,
        attrs['spoor.session.user'] AS owner, attrs['spoor.session.service'] AS service, session_id, source_ip AS source,
        source_port AS port, attrs['source.address'] AS peer_name, attrs['user.terminal'] AS terminal,
        auth_method AS method, key_fingerprint AS key, toString(certainty) AS certainty
      FROM ${table('events')}
      WHERE ts >= fromUnixTimestamp64Micro({fromUs:Int64}, 'UTC')${host === '' ? '' : ' AND host = {host:String}'}
        AND (action IN ${list(ACTIONS)} OR (action IN ${list(LOGINS)} AND outcome = 'success'))
        AND program NOT IN ${list(PROGRAMS)} AND attrs['spoor.session.service'] NOT IN ${list(SERVICES)}
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
