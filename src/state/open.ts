import { Kysely, PostgresDialect, sql } from 'kysely';
import type pg from 'pg';
import { AppError } from '../core/errors.ts';
import { type Bundled, type BundledOptions, startBundled } from './bundled.ts';
import { Certificates } from './certificates.ts';
import { migrate } from './migrations/index.ts';
import { OidcLinks } from './oidc-links.ts';
import { Passkeys } from './passkeys.ts';
import { People } from './people.ts';
import { type Connections, connect } from './pool.ts';
import { Settings } from './settings.ts';
import { SignIns } from './sign-ins.ts';
import { SourceEvents } from './source-events.ts';
import { Sources } from './sources.ts';
import type { Tables } from './tables.ts';
import { Tokens } from './tokens.ts';

/** The oldest PostgreSQL of one's own that is taken. */
const OLDEST = 140_000;

/** Where the state is: a PostgreSQL of one's own (`postgres://user:password@host/database`), or a folder with the bundled one. */
export type StatePlace = { readonly url: string } | ({ readonly folder: string } & BundledOptions);

/** What people and sources are known by, in PostgreSQL. Every call rejects with E_UNAVAILABLE while the server is away. */
export interface State {
  readonly sources: Sources;
  readonly sourceEvents: SourceEvents;
  readonly tokens: Tokens;
  readonly certificates: Certificates;
  readonly settings: Settings;
  readonly people: People;
  readonly signIns: SignIns;
  readonly passkeys: Passkeys;
  readonly oidcLinks: OidcLinks;
  /** For tables of other parts of Spoor. */
  readonly db: Kysely<Tables>;
  /** `18.4` */
  readonly version: string;
  /** The bundled server's process; null while it does not run, and when it is one's own. */
  readonly pid: number | null;
  /** Resolves when the server answers. */
  ping(): Promise<void>;
  /** Starts the bundled server again after it ended (`onEnd`); does nothing while it runs or when it is one's own. */
  restart(): Promise<void>;
  /** Ends the connections, then the bundled server. */
  close(): Promise<void>;
}

/**
 * Opens the state and brings its tables up to date, or does with them what `prepare` does. Does not try again by itself. Rejects with E_UNAVAILABLE when the server is away or
 * another Spoor has the folder, with E_CONFIG or E_UNREADABLE when somebody must put something right; no error holds the password.
 */
export async function openState(
  place: StatePlace,
  prepare: (db: Kysely<Tables>) => Promise<void> = migrate,
): Promise<State> {
  if ('url' in place) return opened(connect(fromUrl(place.url), urlWords(place.url)), null, prepare);
  const bundled = await startBundled(place.folder, place);
  try {
    return await opened(connect({ ...bundled.reach }, 'the bundled PostgreSQL'), bundled, prepare);
  } catch (error) {
    await bundled.stop();
    throw error;
  }
}

async function opened(
  connections: Connections,
  bundled: Bundled | null,
  prepare: (db: Kysely<Tables>) => Promise<void>,
): Promise<State> {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: connections.pool }) });
  try {
    const version = await checkServer(db, connections.words);
    await prepare(db);
    return {
      sources: new Sources(db),
      sourceEvents: new SourceEvents(db),
      tokens: new Tokens(db),
      certificates: new Certificates(db),
      settings: new Settings(db),
      people: new People(db),
      signIns: new SignIns(db),
      passkeys: new Passkeys(db),
      oidcLinks: new OidcLinks(db),
      db,
      version,
      get pid() {
        return bundled?.pid ?? null;
      },
      ping: async () => {
        await sql`select 1`.execute(db);
      },
      restart: async () => bundled?.restart(),
      close: async () => {
        await db.destroy();
        await bundled?.stop();
      },
    };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** The server's version. Throws E_CONFIG when it is too old or its database does not hold every character. */
async function checkServer(db: Kysely<Tables>, words: string): Promise<string> {
  const asked = sql<{ number: number; version: string; encoding: string }>`
    select current_setting('server_version_num')::int as number, current_setting('server_version') as version,
      current_setting('server_encoding') as encoding`;
  const [said] = (await asked.execute(db)).rows;
  if (said === undefined) throw new AppError('E_UNAVAILABLE', `${words} does not answer`);
  if (said.number < OLDEST)
    throw new AppError('E_CONFIG', `${words} is PostgreSQL ${said.version}: Spoor needs 14 or newer`);
  if (said.encoding !== 'UTF8')
    throw new AppError('E_CONFIG', `${words} has encoding ${said.encoding}: make it with ENCODING 'UTF8'`);
  return said.version.split(' ', 1)[0] ?? '';
}

function fromUrl(url: string): pg.PoolConfig {
  if (!/^postgres(?:ql)?:\/\/./.test(url) || !URL.canParse(asUrl(url)))
    throw new AppError('E_CONFIG', 'DATABASE_URL is no postgres://user:password@host:5432/database');
  return { connectionString: url };
}

/** As node-postgres reads it: a URL without a host is one with a socket (`postgres:///spoor?host=/run/postgresql`). */
function asUrl(url: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/(?:[^@/]*@)?)\//, '$1local/');
}

/** Where a URL leads, without what is secret in it. */
function urlWords(url: string): string {
  const { hostname, pathname, searchParams } = new URL(asUrl(url));
  return `PostgreSQL at ${searchParams.get('host') ?? hostname}${pathname}`;
}
