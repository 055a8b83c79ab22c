import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { AppError } from '../core/errors.ts';

const MAX_CONNECTIONS = 8;
const CONNECT_MS = 10_000;
const STATEMENT_MS = 60_000;

/** Connections to PostgreSQL; `words` say where to, without a password. */
export interface Connections {
  readonly pool: PostgresPool;
  readonly words: string;
}

/**
 * A pool of at most eight connections, made when they are needed. A lost or refused connection is E_UNAVAILABLE, a wrong password or
 * database E_CONFIG; other errors of the server (a constraint, say) come through as they are. No error holds a password.
 */
export function connect(config: pg.PoolConfig, words: string): Connections {
  const pool = new pg.Pool({
    ...config,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: STATEMENT_MS,
    keepAlive: true,
    application_name: 'spoor',
    types: { getTypeParser },
  });
  // A connection that breaks says so to whoever uses it; beyond that, an 'error' that nobody hears would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const told = (error: unknown) => failureOf(error, words);
  return {
    words,
    pool: {
      connect: () => pool.connect().then((client) => wrapped(client, told), rethrow(told)),
      end: () => pool.end(),
    },
  };
}

/** One for each client: Kysely remembers connections by it. */
const CLIENTS = new WeakMap<pg.PoolClient, PostgresPoolClient>();

/** The client's wrapper is kept while the client lives. Cursors are not used. */
function wrapped(client: pg.PoolClient, told: (error: unknown) => unknown): PostgresPoolClient {
  const known = CLIENTS.get(client);
  if (known !== undefined) return known;
  const query = (sql: string, parameters: readonly unknown[]) =>
    client.query(sql, parameters as unknown[]).catch(rethrow(told));
  const made = { query, release: () => client.release() } as unknown as PostgresPoolClient;
  CLIENTS.set(client, made);
  return made;
}

function rethrow(told: (error: unknown) => unknown): (error: unknown) => never {
  return (error) => {
    throw told(error);
  };
}

/** SQLSTATEs (Appendix A of PostgreSQL's manual) that mean "not now", and those that mean "not like this". */
const UNAVAILABLE = /^(?:08...|53...|57P0[1-5]|57014|25P03|40001|40P01)$/;
const MISCONFIGURED = /^(?:28...|3D000|42501|25006)$/;
/** Of node-postgres and of the system. */
const LOST =
  /^(?:Connection terminated|Client has encountered a connection error|timeout exceeded|timeout expired|Cannot use a pool after)/i;
const SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EACCES',
]);

function failureOf(error: unknown, words: string): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = `${words}: ${error.message.slice(0, 200)}`;
  if (MISCONFIGURED.test(code)) return new AppError('E_CONFIG', message, { cause: error });
  const lost = UNAVAILABLE.test(code) || SYSTEM.has(code) || LOST.test(error.message);
  return lost ? new AppError('E_UNAVAILABLE', message, { cause: error }) : error;
}

const { INT8, TIMESTAMPTZ } = pg.types.builtins;

/**
 * How values come out, in this one place: bigint as a number (throws where it would be rounded), timestamptz as milliseconds since 1970,
 * all others as node-postgres gives them.
 */
function getTypeParser(oid: number, format?: string): (value: string) => unknown {
  if (oid === INT8) return integer;
  if (oid === TIMESTAMPTZ) return milliseconds;
  return pg.types.getTypeParser(oid, format as 'text');
}

function integer(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number))
    throw new AppError('E_MALFORMED', `the state holds ${value}, which is beyond 2^53`);
  return number;
}

const asDate = pg.types.getTypeParser(TIMESTAMPTZ, 'text') as (value: string) => Date | number;

function milliseconds(value: string): number {
  return Number(asDate(value));
}
