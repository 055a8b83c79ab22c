import type { ClickHouseClient } from '@clickhouse/client';
import { COLUMN_NAMES } from '../src/store/columns.ts';
import { KINDS, type Kind, LOGIN } from './index-kinds.ts';

// A year of events as `generate-auth.ts` writes their lines, made by the engine itself: what happens, how often, by whom.

/** What is looked for, and was put there on purpose. */
export const RARE = {
  word: 'kestrelquartz',
  times: 10,
  address: '203.0.113.99',
  attempts: 20,
  person: 'mina',
} as const;

export interface Year {
  readonly events: number;
  readonly days: number;
  /** The first day, milliseconds since 1970, UTC. */
  readonly startMs: number;
}

const PEOPLE = ['mina', 'joon', 'hanna', 'anna', 'emre', 'lucia', 'deploy', 'backup', 'jun', 'olga'];
const texts = (words: readonly string[]) => `[${words.map((word) => `'${word}'`).join(', ')}]`;

const LOGIN_EVERY = 2000;

/** A value for each kind: of lines of a login by their number, else by the share. */
function byKind(value: (kind: Kind, step: number | null) => string, none: string): string {
  const steps = LOGIN.map(([, kind], step) => `step = ${step}, ${value(kind, step)}`);
  let from = 0;
  const shares = KINDS.map(([share, kind]) => {
    from += share;
    return `share < ${from}, ${value(kind, null)}`;
  });
  return `multiIf(${[...steps, ...shares].join(', ')}, ${none})`;
}

const quoted = (text: string) => `'${text}'`;

/** Columns in the order of the table's names; what is not here is empty. */
function values({ events }: Year): Readonly<Record<string, string>> {
  const many = Math.max(1000, Math.floor(events / 20)); // addresses
  return {
    first: 'number',
    span: '0',
    sub: '0',
    generation: '1',
    ts: 'ts',
    ingest_ts: "least(ts, fromUnixTimestamp64Micro({dayUs:Int64} + 86399999999, 'UTC'))",
    pid: `if(step < ${LOGIN.length}, toUInt32(1000 + login % 60000 + if(step IN (3, 4, 5), 100000, 0)), toUInt32(1000 + h % 4000000))`,
    source_ip: byKind((kind) => (kind.peer ? 'toIPv6(peer)' : "toIPv6('::')"), "toIPv6('::')"),
    source_port: byKind((kind) => (kind.peer ? 'port' : 'toUInt16(0)'), 'toUInt16(0)'),
    destination_ip: "toIPv6('::')",
    destination_port: '0',
    asn: `if(step < ${LOGIN.length}, toUInt32(0), toUInt32(1000 + rank % 9000))`,
    count: '1',
    certainty: "'exact'",
    outcome: byKind((kind) => quoted(kind.outcome ?? ''), "''"),
    origin: "'bench.example/search'",
    stream: "concat('syslog-tls/', computer)",
    peer: 'computer',
    parser: byKind((kind) => quoted(kind.action.startsWith('ssh') ? 'sshd' : 'pam'), "''"),
    category: byKind((kind) => quoted(kind.category ?? 'authentication'), "''"),
    type: byKind((kind) => quoted(kind.type), "''"),
    action: byKind((kind) => quoted(kind.action), "''"),
    host: 'computer',
    program: byKind((kind) => quoted(kind.program ?? 'sshd'), "'kernel'"),
    user_name: byKind((kind) => (kind.named ? 'who' : quoted(kind.user ?? '')), "''"),
    user_effective: byKind((kind) => quoted(kind.program === 'sudo' && kind.named ? 'root' : ''), "''"),
    session_id: byKind((kind) => (kind.program === 'systemd-logind' ? 'toString(login)' : "''"), "''"),
    auth_method: byKind(
      (kind, step) => quoted(kind.action === 'ssh_login' ? (step === 0 ? 'publickey' : 'password') : ''),
      "''",
    ),
    key_fingerprint: "if(step = 0, key, '')",
    command: "if(step = 3, '/usr/bin/systemctl status web', '')",
    country: "substring('USCNDEKRNLFRBRINRUVN', 1 + 2 * (rank % 10), 2)",
    as_org: "concat('Network ', toString(rank % 9000))",
    message: `multiIf(number % ${Math.floor(events / RARE.times)} = 777, 'usb 1-1: Product: ${RARE.word} rev 2', ${byKind((kind) => kind.message, "concat('[', toString(h % 100000000), '.', toString(h % 1000000), '] eth0: link becomes ready')").slice('multiIf('.length)}`,
    attrs: `CAST(${byKind((kind) => `CAST(${kind.attrs}, 'Map(LowCardinality(String), String)')`, "CAST(map(), 'Map(LowCardinality(String), String)')")}, 'Map(LowCardinality(String), String)')`,
    many: String(many),
  };
}

/** The statement that makes a day of events; `{dayUs:Int64}`, `{from:UInt64}`. */
export function dayInsert(year: Year, table: string): string {
  const { many = '', ...columns } = values(year);
  const perDay = Math.floor(year.events / year.days);
  const names = COLUMN_NAMES.split(', ');
  const rare = Math.floor(year.events / RARE.attempts);
  return `INSERT INTO ${table} (${COLUMN_NAMES})
WITH intDiv(number, ${LOGIN_EVERY}) AS login, number % ${LOGIN_EVERY} AS step, cityHash64(number) AS h, h % 10000 AS share,
  step < ${LOGIN.length} AS isLogin, cityHash64(login, 'login') AS lh,
  toUInt64(exp((cityHash64(number, 'rank') % 1000000007) / 1000000007 * log(${many}))) AS rank,
  arrayElement(${texts(PEOPLE)}, 1 + lh % ${PEOPLE.length}) AS person,
  cityHash64(number, 'name') AS name,
  multiIf(isLogin, person, name % 3 = 0, 'root', concat('user', toString(toUInt64(exp((name % 100003) / 100003 * log(30000)))))) AS who,
  multiIf(isLogin, concat('198.51.100.', toString(lh % 40)), number % ${rare} = 555, '${RARE.address}', IPv4NumToString(toUInt32(cityHash64(rank, 'ip') % 3000000000 + 200000000))) AS peer,
  toUInt16(1024 + if(isLogin, lh, h) % 60000) AS port,
  concat('web-', toString(if(isLogin, lh, cityHash64(number, 'host')) % 50)) AS computer,
  concat('SHA256:', base64Encode(substring(hex(MD5(person)), 1, 30))) AS key,
  fromUnixTimestamp64Micro({dayUs:Int64} + toInt64(((if(isLogin, number - step, number)) - {from:UInt64}) / ${perDay} * 86400000000)
    + if(isLogin, arrayElement([${LOGIN.map(([seconds]) => seconds).join(', ')}], toUInt8(least(step, ${LOGIN.length - 1}) + 1)), 0) * 1000000, 'UTC') AS ts
SELECT ${names.map((name) => columns[name] ?? "''").join(',\n  ')}
FROM numbers({from:UInt64}, ${perDay})`;
}

/** Makes a year of events, a day after the other. */
export async function makeYear(
  client: ClickHouseClient,
  table: string,
  year: Year,
  onDay: (day: number) => void,
): Promise<void> {
  const perDay = Math.floor(year.events / year.days);
  const query = dayInsert(year, table);
  for (let day = 0; day < year.days; day += 1) {
    await client.command({
      query,
      query_params: { dayUs: (year.startMs + day * 86_400_000) * 1000, from: day * perDay },
      clickhouse_settings: { max_threads: 1, max_insert_threads: '1', use_query_cache: 0 },
    });
    onDay(day);
  }
}
