import * as z from 'zod';
import { defineQuery, whole } from '../query.ts';
import { SESSION_COLUMNS, sessionEvent } from './session-events.ts';

/** A line about a session, with what was done by it and what is known of its network. */
const sessionLine = sessionEvent.extend({
  outcome: z.string(),
  command: z.string(),
  country: z.string(),
  as_org: z.string(),
});
export type SessionLine = z.output<typeof sessionLine>;

const COLUMNS = `${SESSION_COLUMNS}, toString(outcome) AS outcome, command, country, as_org`;

/** Of a line that ends sessions only these are looked at: a year has a part for each day, and each column of each is read by itself. */
const ENDING = `first, toUnixTimestamp64Micro(ts) AS ts_us, host, pid, action, session_id, 'none' AS certainty, toUInt32(0) AS port,
        ${['program', 'user', 'effective', 'owner', 'service', 'source', 'peer_name', 'terminal', 'method', 'key', 'outcome', 'command', 'country', 'as_org'].map((name) => `'' AS ${name}`).join(', ')}`;

/**
 * The index of times says of each part whether it has to be read at all: asked before anything is opened, not beside the reading, parts of
 * other days cost a third.
 */
const LIMITS = { use_skip_indexes_on_data_read: 0 } as const;

const params = z.strictObject({
  /** '' for everybody. */
  person: z.string().max(1000),
  /** '' for all. */
  host: z.string().max(255),
  /** Event time in [fromUs, toUs), microseconds since 1970. */
  fromUs: whole,
  toUs: whole,
  limit: z.int().min(1).max(200_000),
});
type Params = z.output<typeof params>;

const TIME = `ts >= fromUnixTimestamp64Micro({fromUs:Int64}, 'UTC') AND ts < fromUnixTimestamp64Micro({toUs:Int64}, 'UTC')`;
const onHost = ({ host }: Params) => (host === '' ? '' : ' AND host = {host:String}');

/** Lines about sessions, of a person or of everybody: the newest so many, oldest first. */
export const personLines = defineQuery({
  params,
  sql: (table, given) => `
    SELECT * FROM (
      SELECT ${COLUMNS}
      FROM ${table('session_lines')}
      WHERE ${given.person === '' ? 'true' : 'person = {person:String}'} AND ${TIME}${onHost(given)}
      ORDER BY ts DESC, first DESC, sub DESC
      LIMIT {limit:UInt32}
    ) ORDER BY ts_us, first, sub`,
  row: sessionLine,
  limits: LIMITS,
});

const names = z.array(z.string().max(1000)).max(100_000);

/**
 * What ends sessions and does not name the person: a session of rights that he took is closed in the name of the account taken (`accounts`) by
 * its process, one of logind by its number, and all of a host when that stops. It may give more than asked for: of other hosts. The newest so many.
 */
export const endingLines = defineQuery({
  params: z.strictObject({
    accounts: names,
    pids: z.array(z.int().min(0)).max(100_000),
    ids: names,
    hosts: names,
    fromUs: whole,
    toUs: whole,
    limit: z.int().min(1).max(200_000),
  }),
  sql: (table) => `
    SELECT ${ENDING}
    FROM ${table('session_lines')}
    WHERE person IN {accounts:Array(String)} AND ${TIME}
      AND (action IN ('boot', 'shutdown') AND host IN {hosts:Array(String)}
        OR action IN ('session_close', 'session_logged_out')
          AND (pid IN {pids:Array(UInt32)} AND pid != 0 OR session_id IN {ids:Array(String)} AND session_id != ''))
    ORDER BY ts DESC, first DESC
    LIMIT {limit:UInt32}`,
  row: sessionLine,
  limits: LIMITS,
});
