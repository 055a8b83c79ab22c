import type { IncomingMessage } from 'node:http';
import { StatementError } from './sql-text.ts';

/** What a client asks for by URL and headers (https://clickhouse.com/docs/interfaces/http). */
export interface Asked {
  /** The statement of the URL; null when the body has it. */
  readonly query: string | null;
  readonly database: string | null;
  readonly queryId: string | null;
  readonly defaultFormat: string;
  /** Name and value, in the order given. */
  readonly settings: readonly (readonly [string, string])[];
  readonly parameters: readonly (readonly [string, string])[];
  /** The client takes gzip, and asked for it by `enable_http_compression`. */
  readonly gzip: boolean;
  /** The whole result is kept back until it is sure that no error follows. */
  readonly waitEnd: boolean;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_.]{0,127}$/;
const FORMAT = /^[A-Za-z0-9]{1,64}$/;
const QUERY_ID = /^[\x21-\x7e]{1,128}$/;

/** Of the protocol, not settings of a query. Who asks is told by who can open the socket, not by a password. */
const IGNORED = new Set(['user', 'password', 'quota_key', 'role', 'compress', 'stacktrace', 'buffer_size']);
const OWN = new Set(['query', 'database', 'query_id', 'default_format', 'wait_end_of_query']);

/** Reads the URL. Throws StatementError for what is not understood. */
export function readAsked(request: IncomingMessage): Asked {
  const { searchParams } = new URL(request.url ?? '/', 'http://engine');
  const header = (name: string) => request.headers[name]?.toString() ?? null;
  const settings: [string, string][] = request.method === 'GET' ? [['readonly', '2']] : [];
  const parameters: [string, string][] = [];
  for (const [name, value] of searchParams) {
    if (OWN.has(name) || IGNORED.has(name)) continue;
    refuseUnable(name, value);
    (name.startsWith('param_') ? parameters : settings).push([named(name), value]);
  }
  return {
    query: searchParams.get('query'),
    database: searchParams.get('database') ?? header('x-clickhouse-database'),
    queryId: queryIdOf(searchParams),
    defaultFormat: formatOf(searchParams.get('default_format') ?? header('x-clickhouse-format')),
    settings,
    parameters,
    gzip: isOn(searchParams, 'enable_http_compression') && GZIP.test(header('accept-encoding') ?? ''),
    waitEnd: isOn(searchParams, 'wait_end_of_query'),
  };
}

const GZIP = /(?:^|[ ,])gzip(?:$|[ ,;])/;

const isOn = (parameters: URLSearchParams, name: string): boolean =>
  ['1', 'true'].includes(parameters.get(name) ?? '0');

function queryIdOf(parameters: URLSearchParams): string | null {
  const id = parameters.get('query_id') || null;
  if (id !== null && !QUERY_ID.test(id))
    throw new StatementError(36, 'BAD_ARGUMENTS', 'query_id must be 1 to 128 printable characters');
  return id;
}

function formatOf(name: string | null): string {
  const format = name ?? 'TabSeparated';
  if (!FORMAT.test(format)) throw new StatementError(73, 'UNKNOWN_FORMAT', 'Unknown format');
  return format;
}

function named(name: string): string {
  if (!NAME.test(name)) throw new StatementError(115, 'UNKNOWN_SETTING', 'a setting with a name that is none');
  return name;
}

/** What must not be passed over in silence. */
function refuseUnable(name: string, value: string): void {
  if (name.startsWith('session_'))
    throw new StatementError(48, 'NOT_IMPLEMENTED', 'this engine keeps no sessions: each request stands alone');
  if (name === 'decompress' && value !== '0')
    throw new StatementError(48, 'NOT_IMPLEMENTED', "ClickHouse's own compression is not read here: use gzip");
  // The engine finds a query to cancel by it.
  if (name === 'log_comment') throw new StatementError(48, 'NOT_IMPLEMENTED', 'log_comment is taken by the engine');
}
