import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import { ENGINE_PACKAGE, engineFrom, engineInstalled } from './chdb.ts';
import { type Ended, EngineChild } from './child.ts';
import { type OpenFailure, openFailure, ownedFolder, quarantine, repairFolder } from './folder.ts';
import type { EngineOrder } from './protocol.ts';
import { cutOff, isLeftOpen, looked, type WrongEnd, wrongEnds } from './unkept-parts.ts';

/** How the engine is started. */
export interface EngineStart {
  /** The index: made when missing, and put aside as `<folder>.broken-<time>` when it will not open. */
  readonly dataFolder: string;
  /** Its folder belongs to the engine alone: it is made for it, mode 0700, and owned by `uid`. */
  readonly socketPath: string;
  /** Its own user, when we are root. All folders above must let it through. */
  readonly uid?: number;
  readonly gid?: number;
  /** For all queries and merges together. */
  readonly memoryBytes?: number;
  /** Told what is worth a line: repairs, quarantine, what the engine prints. */
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** Ends the start; then E_UNAVAILABLE. A running engine is ended by `stop`. */
  readonly signal?: AbortSignal;
  /** More elements for the engine's configuration file. */
  readonly configuration?: string;
  /** Another process may still be closing the folder (ours, whose parent was killed). Milliseconds. */
  readonly lockWaitMs?: number;
  /** How long a client may stand still before it is cut off, milliseconds. */
  readonly slowMs?: number;
  /** How long what runs may go on after `stop`, milliseconds. */
  readonly drainMs?: number;
  /** Where chDB is installed. */
  readonly packageFolder?: string;
}

/** The engine, serving. */
export interface RunningEngine {
  /** For `engineClient`. May be another than asked for, where that is too long for a socket. */
  readonly socketPath: string;
  readonly pid: number;
  /** ClickHouse's version. */
  readonly version: string;
  /** The folder is new: the old one was put aside, and the index is to be made again from the ledger. */
  readonly rebuilt: boolean;
  /** Resolves when the process has ended, whoever ended it; `expected` after `stop`. The caller starts it again. */
  readonly exited: Promise<Ended>;
  /** Lets running queries end for some seconds, then ends it. Resolves when it is gone; may be called again. */
  stop(): Promise<void>;
}

const MEMORY_BYTES = 1_000_000_000;
const LOCK_WAIT_MS = 15_000;
const LOCK_PAUSE_MS = 200;
const DRAIN_MS = 5000;
const SPARE_MS = 10_000; // of which 5 s are for queries to be cancelled
const SLOW_MS = 120_000;

/**
 * Starts the engine and waits until it serves. A folder that will not open is repaired, else put aside and begun anew (`rebuilt`). Rejects
 * with E_UNAVAILABLE when chDB is missing, another process has the folder, or the disk, memory or rights are in the way.
 */
export async function startEngine(start: EngineStart): Promise<RunningEngine> {
  requireEngine(start.packageFolder);
  const dataFolder = resolve(start.dataFolder);
  await ownedFolder(dataFolder, start.uid, start.gid);
  const socket = await shortSocket(start);
  try {
    const { child, rebuilt } = await openWhole({ ...start, dataFolder, socketPath: socket.path });
    void child.exited.then(() => socket.remove());
    return {
      socketPath: socket.path,
      pid: child.pid,
      version: child.version,
      rebuilt,
      exited: child.exited,
      stop: () => child.stop(),
    };
  } catch (error) {
    await socket.remove();
    throw error;
  }
}

function requireEngine(folder = ENGINE_PACKAGE): void {
  if (engineInstalled(folder)) return;
  throw new AppError(
    'E_UNAVAILABLE',
    `the index's engine is not installed: ${engineFrom(folder)}, or set index.clickhouse.url to a ClickHouse of your own`,
  );
}

/** A unix socket's path has 107 bytes (sun_path in unix(7)), fewer elsewhere: a longer one gives way to one in the folder for temporary files. */
async function shortSocket({ socketPath, uid, gid }: EngineStart): Promise<{ path: string; remove(): Promise<void> }> {
  const path = resolve(socketPath);
  if (Buffer.byteLength(path) <= (process.platform === 'linux' ? 107 : 103)) {
    await ownedFolder(dirname(path), uid, gid);
    return { path, remove: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), 'spoor-'));
  await ownedFolder(folder, uid, gid);
  return { path: join(folder, 'engine.sock'), remove: () => rm(folder, { recursive: true, force: true }) };
}

/** As `openOrRebuild`; and what an engine noted as inserted, but was killed before it was there, may be inserted again. */
async function openWhole(start: EngineStart): Promise<{ child: EngineChild; rebuilt: boolean }> {
  const { dataFolder, log } = start;
  const wasKilled = await isLeftOpen(dataFolder);
  const opened = await openOrRebuild(start);
  if (!wasKilled) return opened;
  const ends = opened.rebuilt ? [] : await endsOf(opened.child, dataFolder);
  if (ends.length > 0) {
    await killed(opened.child);
    await cutOff(ends);
  }
  await looked(dataFolder);
  if (ends.length === 0) return opened;
  const parts = ends.flatMap(({ part }) => part ?? []).join(' ');
  if (parts !== '')
    log('warn', `the engine was killed as it inserted ${parts}: its rows are not there, and can be sent again`);
  const torn = ends.flatMap(({ path, part }) => (part === null ? [path] : [])).join(' ');
  if (torn !== '') log('warn', `what the engine noted last was torn, and is cut off: ${torn}`);
  return openOrRebuild(start);
}

/** An engine that nobody is told of must not keep the folder. */
async function endsOf(child: EngineChild, folder: string): Promise<WrongEnd[]> {
  try {
    return await wrongEnds(folder);
  } catch (error) {
    await killed(child);
    throw error;
  }
}

async function killed(child: EngineChild): Promise<void> {
  process.kill(child.pid, 'SIGKILL');
  await child.exited;
}

async function openOrRebuild(start: EngineStart): Promise<{ child: EngineChild; rebuilt: boolean }> {
  const first = await attempt(start);
  if (first instanceof EngineChild) return { child: first, rebuilt: false };
  const { dataFolder, log } = start;
  log('error', `the index ${dataFolder} does not open: ${first}`);
  const removed = await repairFolder(dataFolder);
  if (removed.length > 0) {
    log('warn', `removed ${removed.length} mutations that never began: ${removed.slice(0, 3).join(' ')}`);
    const repaired = await attempt(start);
    if (repaired instanceof EngineChild) return { child: repaired, rebuilt: false };
  }
  const aside = await quarantine(dataFolder, new Date());
  log('error', `the index was put aside as ${aside}; it is made again from the ledger`);
  await ownedFolder(dataFolder, start.uid, start.gid);
  const fresh = await attempt(start);
  if (fresh instanceof EngineChild) return { child: fresh, rebuilt: true };
  throw new AppError('E_UNAVAILABLE', `the index's engine does not open even an empty folder: ${fresh}`);
}

/** The child, or what it says of a broken folder. Throws for what is not the folder's fault. */
async function attempt(start: EngineStart): Promise<EngineChild | string> {
  const until = Date.now() + (start.lockWaitMs ?? LOCK_WAIT_MS);
  for (;;) {
    if (start.signal?.aborted) throw new AppError('E_UNAVAILABLE', 'the start of the engine was called off');
    const child = await EngineChild.start(start, orderOf(start));
    if (child instanceof EngineChild) return child;
    const failure: OpenFailure = openFailure(child);
    if (failure === 'broken') return child;
    if (failure === 'surroundings') throw new AppError('E_UNAVAILABLE', `the index's engine does not start: ${child}`);
    if (Date.now() > until)
      throw new AppError('E_UNAVAILABLE', `the index ${start.dataFolder} is open in another process: stop it first`);
    await sleep(LOCK_PAUSE_MS);
  }
}

const orderOf = (start: EngineStart): EngineOrder => ({
  folder: start.dataFolder,
  socketPath: start.socketPath,
  memoryBytes: start.memoryBytes ?? MEMORY_BYTES,
  slowMs: start.slowMs ?? SLOW_MS,
  drainMs: start.drainMs ?? DRAIN_MS,
  endMs: (start.drainMs ?? DRAIN_MS) + SPARE_MS,
  parent: process.pid,
  ...(start.configuration !== undefined && { extra: start.configuration }),
});
