/** A column of `events`, as the last step of `schema/` leaves it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  /** ECS field that it holds; absent for what is of Spoor or made of several. */
  readonly field?: string | undefined;
}

const TIME = "DateTime64(6, 'UTC')";
const WORD = 'LowCardinality(String)';

/** Numbers of fixed width, in the order in which a row has them. */
const NUMBERS: readonly Column[] = [
  { name: 'first', type: 'UInt64' },
  { name: 'span', type: 'UInt32' }, // last - first: nearly always 0, where a second index would cost as much as the first
  { name: 'sub', type: 'UInt32' },
  { name: 'generation', type: 'UInt32' },
  { name: 'ts', type: TIME, field: '@timestamp' },
  { name: 'ingest_ts', type: TIME, field: 'event.ingested' },
  { name: 'pid', type: 'UInt32', field: 'process.pid' },
  { name: 'source_ip', type: 'IPv6', field: 'source.ip' },
  { name: 'source_port', type: 'UInt16', field: 'source.port' },
  { name: 'destination_ip', type: 'IPv6', field: 'destination.ip' },
  { name: 'destination_port', type: 'UInt16', field: 'destination.port' },
  { name: 'asn', type: 'UInt32', field: 'source.as.number' },
  { name: 'count', type: 'UInt32' },
  { name: 'certainty', type: "Enum8('exact' = 0, 'zone' = 1, 'year' = 2, 'none' = 3)" },
  { name: 'outcome', type: "Enum8('' = 0, 'success' = 1, 'failure' = 2, 'unknown' = 3)", field: 'event.outcome' },
];

/** A text of few values, which is kept once. */
const word = <N extends string>(name: N, field?: string) => ({ name, type: WORD, field });
const text = <N extends string>(name: N, field?: string) => ({ name, type: 'String', field });

/** Texts after the numbers, in the order in which a row has them. */
export const TEXTS = [
  word('origin'),
  word('stream'),
  word('peer'),
  word('parser'), // '' = unparsed
  word('category', 'event.category'), // a list, joined by commas
  word('type', 'event.type'), // likewise
  word('action', 'event.action'),
  word('host', 'host.name'),
  word('program', 'process.name'),
  text('user_name', 'user.name'),
  text('user_effective', 'user.effective.name'),
  text('user_target', 'user.target.name'),
  text('session_id', 'spoor.session.id'),
  word('auth_method', 'spoor.auth.method'),
  text('key_fingerprint', 'spoor.key.fingerprint'),
  text('command', 'process.command_line'),
  word('country', 'source.geo.country_iso_code'),
  word('as_org', 'source.as.organization.name'),
  word('error_code', 'error.code'),
  text('message', 'message'),
] as const;

const ATTRS: Column = { name: 'attrs', type: 'Map(LowCardinality(String), String)' };

/** All columns, in the order of RowBinary: numbers, texts, and the map of every other field. */
export const COLUMNS: readonly Column[] = [...NUMBERS, ...TEXTS, ATTRS];

/** Their names, for INSERT and SELECT. */
export const COLUMN_NAMES: string = COLUMNS.map(({ name }) => name).join(', ');

/** Certainties as the column counts them. */
export const CERTAINTIES = { exact: 0, zone: 1, year: 2, none: 3 } as const;

/** Outcomes as the column counts them. */
export const OUTCOMES: Readonly<Record<string, number>> = Object.assign(Object.create(null), {
  success: 1,
  failure: 2,
  unknown: 3,
});
