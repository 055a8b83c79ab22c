import { basename } from 'node:path';
import { AppError } from '../core/errors.ts';
import { accountFor } from './account.ts';
import { bundledBinaries, reachableBinaries } from './binaries.ts';
import { openWay, placeIn, prepareCluster, ROLE } from './cluster.ts';
import { lockState } from './folder-lock.ts';
import { endOrphans } from './orphans.ts';
import { type OnLog, type PostgresProcess, startPostgres } from './postgres-process.ts';
import { removeSocketFolder, removeSockets, SOCKET_PORT, socketFolder } from './socket-folder.ts';

/**
 * Small, and safe: fsync and full_page_writes stay on. Five processes of 15 MB (PSS) together when idle: no workers for parallel queries,
 * replication or I/O (PostgreSQL 18 starts three of those otherwise). No TCP. Its log names no statement and no value.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '20',
  shared_buffers: '16MB',
  work_mem: '2MB',
  maintenance_work_mem: '16MB',
  huge_pages: 'off',
  dynamic_shared_memory_type: 'mmap', // not in /dev/shm, from which logind takes an ordinary user's files away (RemoveIPC)
  jit: 'off',
  max_worker_processes: '0',
  max_parallel_workers: '0',
  max_logical_replication_workers: '0',
  autovacuum_max_workers: '1',
  wal_level: 'minimal',
  max_wal_senders: '0',
  min_wal_size: '16MB',
  max_wal_size: '64MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '',
  log_checkpoints: 'off',
  log_min_messages: 'warning',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};
/** Settings that older servers do not know, with the first that does. */
const SETTINGS_SINCE: readonly (readonly [major: number, name: string, value: string])[] = [
  [18, 'io_method', 'sync'],
  [18, 'autovacuum_worker_slots', '1'],
];

/** How to reach a server of ours. */
export interface Reach {
  /** The folder of its socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string;
}

/** What the bundled server can be told. */
export interface BundledOptions {
  readonly onLog?: OnLog;
  /** Called once for each time that it ended by itself. */
  readonly onEnd?: (error: AppError) => void;
  /** Where a short path for the socket is made, when the folder's is too long; the system's temporary folder as a rule. */
  readonly shortFolder?: string;
}

/** The bundled server on a state folder, which no other process can open while this one has it. */
export interface Bundled {
  readonly reach: Reach;
  /** Of the postmaster; null while it does not run. */
  readonly pid: number | null;
  /** Starts it again after it ended by itself; does nothing while it runs. May be called again when it rejects. */
  restart(): Promise<void>;
  /** Ends it, and lets go of the folder. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL as a child on a state folder, and makes its database at the first time (half a second). Under root it runs under
 * another account (`account.ts`). Rejects with E_UNAVAILABLE when another Spoor has the folder or the server does not come up, with
 * E_CONFIG or E_UNREADABLE, and what to do, when it cannot be started here.
 */
export async function startBundled(folder: string, options: BundledOptions = {}): Promise<Bundled> {
  const place = placeIn(folder);
  const account = await accountFor(place.data);
  openWay(folder, account);
  const release = await lockState(folder);
  let sockets = '';
  try {
    const binaries = await reachableBinaries(await bundledBinaries(), account, folder);
    const password = await prepareCluster(place, binaries, account);
    sockets = socketFolder(folder, account, options.shortFolder);
    const command = [binaries.postgres, '-D', place.data, ...settings(binaries.major, sockets)];
    const start = async () => {
      await endOrphans(place.data, account);
      removeSockets(sockets);
      return startPostgres(command, account, options.onLog ?? (() => {}));
    };
    const reach = { host: sockets, port: SOCKET_PORT, user: ROLE, database: ROLE, password };
    const supervised = new Supervised(reach, start, options.onEnd ?? (() => {}), async () => {
      if (basename(sockets) !== 'run') removeSocketFolder(sockets);
      await release();
    });
    await supervised.restart();
    return supervised;
  } catch (error) {
    if (sockets !== '' && basename(sockets) !== 'run') removeSocketFolder(sockets);
    await release();
    throw error;
  }
}

function settings(major: number, sockets: string): string[] {
  const newer = SETTINGS_SINCE.filter(([since]) => major >= since).map(([, name, value]) => [name, value] as const);
  const all = [...Object.entries(SETTINGS), ...newer, ['unix_socket_directories', quoted(sockets)] as const];
  return all.flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** A list of folders is split at commas: one with a comma in its name is quoted (SplitDirectoriesString in varlena.c). */
function quoted(folder: string): string {
  return `"${folder.replaceAll('"', '""')}"`;
}

class Supervised implements Bundled {
  readonly reach: Reach;
  readonly #start: () => Promise<PostgresProcess>;
  readonly #onEnd: (error: AppError) => void;
  readonly #release: () => Promise<void>;
  #running: PostgresProcess | null = null;
  #starting: Promise<void> | null = null;
  #stopped = false;

  constructor(
    reach: Reach,
    start: () => Promise<PostgresProcess>,
    onEnd: (error: AppError) => void,
    release: () => Promise<void>,
  ) {
    this.reach = reach;
    this.#start = start;
    this.#onEnd = onEnd;
    this.#release = release;
  }

  get pid(): number | null {
    return this.#running?.pid ?? null;
  }

  restart(): Promise<void> {
    this.#starting ??= this.#again().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async #again(): Promise<void> {
    if (this.#stopped) throw new AppError('E_UNAVAILABLE', 'the state was closed');
    if (this.#running !== null) return;
    const running = await this.#start();
    this.#running = running;
    void running.ended.then((error) => {
      this.#running = null;
      if (error !== null) this.#onEnd(error);
    });
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#starting?.catch(() => {}); // told to whoever asked for it
    await this.#running?.stop();
    await this.#release();
  }
}
