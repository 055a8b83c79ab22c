import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A connection to the one database of this process. Settings, parameters and the current database belong to it. */
export type Connection = { readonly __connection: never };

/** What a statement said: its output (where it was not sent to a file), and what it read, or wrote for INSERT … FROM INFILE. */
export interface Answer {
  readonly bytes: Uint8Array;
  readonly elapsed: number; // seconds
  readonly rowsRead: number;
  readonly bytesRead: number;
}

/**
 * chDB's native addon, of the version that engine/package.json pins (its index.js is not used: it puts off the closing of a connection
 * until no query of the whole process runs). One query at a time on a connection; each holds one libuv thread.
 */
export interface Chdb {
  /** Opens the folder; `configuration` counts for the first connection only. Blocks. Throws what the engine says. */
  CreateConnection(folder: string, configuration?: readonly string[]): Connection | null;
  /** Must not be called while a query runs on it: that ends the engine. */
  CloseConnection(connection: Connection): void;
  QueryAsyncConnection(connection: Connection, sql: string, format: string): Promise<Answer>;
  /** ClickHouse's own parser on the text: how many statements; 0 reads only, 1 changes a database, 2 changes more, 3 controls, 4 unknown. */
  DurableClassifyAsync(
    connection: Connection,
    sql: string,
    database: string,
  ): Promise<{ readonly statementCount: number; readonly queryClass: number }>;
}

/** Where the engine's package is installed: `engine/` beside `src` or `dist`. */
export const ENGINE_PACKAGE: string = fileURLToPath(new URL('../../engine/', import.meta.url));

/** The files of our package of Debian, where it is installed (dpkg(1)). */
const OF_PACKAGE = '/var/lib/dpkg/info/spoor.list';

/** What to do so that chDB is there, as this Spoor was installed: as a package of Debian, from a checkout, or by hand. */
export function engineFrom(folder: string, ofPackage = OF_PACKAGE): string {
  const root = resolve(folder, '..');
  const files = existsSync(ofPackage) ? readFileSync(ofPackage, 'utf8').split('\n') : [];
  if (files.includes(join(root, 'package.json'))) return 'install the package spoor-engine, of the same version';
  if (existsSync(join(root, 'scripts/setup.mjs'))) return `run \`npm run setup\` in ${root}`;
  return `run \`npm install\` in ${folder}`;
}

/** Whether chDB is installed. It is a package of its own, for what never serves does not need its 560 MB. */
export const engineInstalled = (folder = ENGINE_PACKAGE): boolean =>
  existsSync(join(folder, 'node_modules/chdb/package.json'));

/** Loads the addon. For the engine's process alone: it never leaves a process again. Throws where this platform has none. */
export function loadChdb(folder = ENGINE_PACKAGE): Chdb {
  const require = createRequire(join(folder, 'package.json'));
  const loader = join(dirname(require.resolve('chdb/package.json')), 'dist/loader.js');
  return (require(loader) as { loadNative(): Chdb }).loadNative();
}
