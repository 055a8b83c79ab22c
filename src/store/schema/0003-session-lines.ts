import type { Migration } from '../migrate.ts';
import { createTable, createView } from '../schema-tables.ts';

const COLUMNS = [
  'person String CODEC(ZSTD(1))', // who sits at the keyboard; '' where the line is of the whole host
  "ts DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1))",
  'day UInt32 CODEC(ZSTD(1))', // of ingest, as 20260921
  'origin LowCardinality(String)',
  'first UInt64 CODEC(Delta(8), ZSTD(1))',
  'sub UInt32 CODEC(ZSTD(1))',
  'host LowCardinality(String)',
  'program LowCardinality(String)',
  'pid UInt32 CODEC(ZSTD(1))',
  'action LowCardinality(String)',
  "outcome Enum8('' = 0, 'success' = 1, 'failure' = 2, 'unknown' = 3)",
  'user_name String CODEC(ZSTD(1))',
  'user_effective String CODEC(ZSTD(1))',
  'owner String CODEC(ZSTD(1))', // whose session it is
  'service LowCardinality(String)',
  'session_id String CODEC(ZSTD(1))',
  'source_ip IPv6 CODEC(ZSTD(1))',
  'source_port UInt16 CODEC(ZSTD(1))',
  'peer_name String CODEC(ZSTD(1))',
  'terminal LowCardinality(String)',
  'auth_method LowCardinality(String)',
  'key_fingerprint String CODEC(ZSTD(1))',
  "certainty Enum8('exact' = 0, 'zone' = 1, 'year' = 2, 'none' = 3) CODEC(ZSTD(1))",
  'country LowCardinality(String)',
  'as_org LowCardinality(String)',
  'command String CODEC(ZSTD(1))', // its beginning; the event has all of it
];

const SELECT = `if(service IN ('su', 'su-l', 'sudo', 'sudo-i', 'doas', 'pkexec') OR action IN ('su', 'sudo', 'doas', 'pkexec') OR owner = '',
    user_name, owner) AS person,
  ts, toYYYYMMDD(ingest_ts) AS day, origin, events.first AS first, sub, host, program, pid, action, outcome, user_name, user_effective,
  attrs['spoor.session.user'] AS owner, attrs['spoor.session.service'] AS service, session_id, source_ip, source_port,
  attrs['source.address'] AS peer_name, attrs['user.terminal'] AS terminal, auth_method, key_fingerprint, certainty, country, as_org,
  substringUTF8(command, 1, 1000) AS command`;

// What begins or ends a session of a person, and what was done in it with another's rights. Of Windows only logons by which somebody sits
// there: over the network there is one for each file that is opened.
const WHERE = `(
    action IN ('session_open', 'session_close', 'session_logged_out', 'boot', 'shutdown', 'su', 'sudo', 'doas', 'pkexec')
    OR (action = 'ssh_disconnect' AND user_name != '')
    OR (action IN ('ssh_login', 'login') AND outcome = 'success'
      AND (session_id = '' OR match(auth_method, '^(?:interactive|remote interactive|unlock|cached)')))
  ) AND program NOT IN ('CRON', 'cron', 'crond', 'anacron', 'systemd', 'atd')
  AND attrs['spoor.session.service'] NOT IN ('cron', 'crond', 'atd', 'systemd-user', 'gdm-launch-environment', 'runuser', 'runuser-l', 'polkit-1')`;

/** How rows are made of events. */
export const sessionLines = { select: SELECT, where: WHERE };

/** Lines about sessions of persons by person and time, so that a year of one person is read without all others' events. */
export default {
  name: '0003-session-lines',
  statements: (form) =>
    ['', '_shadow'].flatMap((suffix) => [
      ...createTable(form, {
        name: `session_lines${suffix}`,
        columns: [...COLUMNS, 'INDEX ix_ts ts TYPE minmax GRANULARITY 1'],
        engine: 'MergeTree',
        partitionBy: '(day, origin)',
        orderBy: '(person, ts)',
        settings: ['index_granularity = 1024'],
        shardBy: 'cityHash64(origin, person)',
      }),
      createView(form, {
        name: `session_lines${suffix}_view`,
        from: `events${suffix}`,
        to: `session_lines${suffix}`,
        ...sessionLines,
      }),
    ]),
} satisfies Migration;
