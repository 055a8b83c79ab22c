import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import type { Account } from './account.ts';
import { writeAs } from './postgres-process.ts';

const STEP_MS = 50;

/** How long processes that were left over are given, milliseconds: to end by themselves, then after a fast shutdown, then after an immediate one. */
const PATIENCE: readonly (readonly [signal: NodeJS.Signals, ms: number])[] = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
];

/**
 * Ends PostgreSQL processes that an earlier Spoor left over on a data folder, as when everything was killed at one time. The caller
 * holds the folder's lock, so nobody else's can be there. Rejects with E_UNAVAILABLE when they do not end.
 */
export async function endOrphans(data: string, account: Account | null): Promise<void> {
  for (const [signal, ms] of PATIENCE) {
    const left = servingProcesses(data);
    if (left.length === 0) break;
    const postmaster = Number(firstLine(join(data, 'postmaster.pid')));
    // SIGINT is for the postmaster, which ends its children itself; without one, they notice and end.
    const told = signal === 'SIGINT' ? left.filter((pid) => pid === postmaster) : left;
    for (const pid of told) tell(pid, signal);
    await gone(data, told.length === 0 ? STEP_MS * 20 : ms);
  }
  const left = servingProcesses(data);
  if (left.length > 0)
    throw new AppError('E_UNAVAILABLE', `PostgreSQL processes of an earlier run do not end: ${left.join(', ')}`);
  await makeHarmless(join(data, 'postmaster.pid'), account);
}

async function gone(data: string, ms: number): Promise<void> {
  for (let waited = 0; waited < ms && servingProcesses(data).length > 0; waited += STEP_MS) await sleep(STEP_MS);
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended by itself
  }
}

/**
 * Processes of PostgreSQL that serve a data folder: they all stand in it. Where there is no /proc, the postmaster alone, as its own
 * file names it.
 */
export function servingProcesses(data: string): number[] {
  if (process.platform !== 'linux') return runningPostmaster(data);
  const folder = realpathSync(data);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && standsIn(name, folder))
    .map(Number);
}

function standsIn(pid: string, folder: string): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres' && readlinkSync(`/proc/${pid}/cwd`) === folder
    );
  } catch {
    return false; // it ended, or is not ours to look into: then it is not ours to serve from either
  }
}

function runningPostmaster(data: string): number[] {
  const pid = Number(firstLine(join(data, 'postmaster.pid')));
  return pid > 1 && isAlive(pid) ? [pid] : [];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function firstLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').split('\n', 1)[0] ?? '';
  } catch {
    return '';
  }
}

/**
 * A killed PostgreSQL leaves postmaster.pid, and refuses to start while a process of that number lives, whichever it is: after a
 * restart of a container it often is one of ours. The file stays, for its shared memory key guards against backends that still run
 * (CreateLockFile in miscinit.c); but its number becomes ours, that of the parent, which is never taken for another postmaster.
 */
async function makeHarmless(path: string, account: Account | null): Promise<void> {
  const old = firstLine(path);
  if (!/^-?\d+$/.test(old)) return;
  const rest = readFileSync(path, 'utf8').slice(old.length);
  await writeAs(account, path, `${process.pid}${rest}`);
}
