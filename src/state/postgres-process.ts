import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { AppError } from '../core/errors.ts';
import type { Account } from './account.ts';

/** How long PostgreSQL may take to be ready, milliseconds. After a crash it replays at most `max_wal_size` of log. */
const READY_MS = 120_000;
/** How long a fast shutdown may take before an immediate one, and that before the kill. */
const STOP_MS = 20_000;
const TAIL_LINES = 12;
const READY = 'database system is ready to accept connections';

/** A server that runs. */
export interface PostgresProcess {
  readonly pid: number;
  /** Resolves when it has ended: with null when it was asked to, else with why. Never rejects. */
  readonly ended: Promise<AppError | null>;
  /** Ends it, open transactions are rolled back, and waits until it is gone. */
  stop(): Promise<void>;
}

/** Lines of PostgreSQL's own log, for ours. They hold no statement and no value. */
export type OnLog = (line: string) => void;

// It reads until Spoor ends, however it ends, and then ends PostgreSQL: fast, and after ten seconds at once.
const KEEPER = `read -r _
kill -INT "$1" 2>/dev/null || exit 0
n=0
while [ "$n" -lt 100 ]; do kill -0 "$1" 2>/dev/null || exit 0; sleep 0.1; n=$((n + 1)); done
kill -QUIT "$1"`;

/**
 * Starts a PostgreSQL server and resolves when it takes connections. It ends with us in two ways, each enough by itself: a keeper (a
 * shell) whose pipe from us closes, and, where setpriv can do it, a signal from the kernel at the death of the thread that called this:
 * call it on the main thread. Rejects with E_UNAVAILABLE and the last lines of its log when it does not come up.
 */
export async function startPostgres(
  command: readonly string[],
  account: Account | null,
  onLog: OnLog,
): Promise<PostgresProcess> {
  const [program = '', ...args] = (await hasParentDeathSignal())
    ? ['setpriv', '--pdeathsig', 'INT', '--', ...command]
    : command;
  // A session of its own: Ctrl-C in the terminal is for us alone, who end it in order.
  const child = spawn(program, args, { ...asAccount(account), detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const tail: string[] = [];
  let stopping = false;
  const ended = endOf(child).then((how) => (stopping ? null : failure(`ended (${how})`, tail)));
  const keeper = child.pid === undefined ? null : keep(child.pid, account);
  void ended.then(() => keeper?.kill('SIGKILL'));
  const stop = async () => {
    stopping = true;
    await stopChild(child, ended);
  };
  const ready = readyLine(child, tail, onLog);
  const late = new Promise<AppError>((resolve) => {
    const timer = setTimeout(() => resolve(failure('does not come up', tail)), READY_MS);
    void Promise.race([ready, ended]).then(() => clearTimeout(timer));
  });
  const failed = await Promise.race([ready, ended, late]);
  if (failed !== null) {
    await stop();
    throw failed;
  }
  return { pid: child.pid ?? 0, ended, stop };
}

/** Options of a process under an account. It gets nothing of our environment but where programs are. */
function asAccount(account: Account | null): {
  cwd: string;
  env: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
} {
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  return { cwd: '/', env, ...(account !== null && { uid: account.uid, gid: account.gid }) };
}

function failure(what: string, tail: readonly string[]): AppError {
  const said = tail.length === 0 ? '' : `: ${tail.join(' | ').slice(-600)}`;
  return new AppError('E_UNAVAILABLE', `the bundled PostgreSQL ${what}${said}`);
}

/** Resolves with null at the line that says that it is ready. */
function readyLine(child: ChildProcess, tail: string[], onLog: OnLog): Promise<null> {
  return new Promise((resolve) => {
    if (child.stderr === null) return;
    createInterface({ input: child.stderr }).on('line', (line) => {
      tail.push(line.slice(0, 300));
      if (tail.length > TAIL_LINES) tail.shift();
      onLog(line.slice(0, 2000));
      if (line.includes(READY)) {
        tail.length = 0;
        resolve(null);
      }
    });
  });
}

/** How a process ended, in words; waits for its last words too. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? `code ${code}`));
    // A backend that outlives a killed postmaster holds the pipe open: its end is not waited for long.
    child.once('exit', (code, signal) => setTimeout(() => resolve(signal ?? `code ${code}`), 200).unref());
  });
}

async function stopChild(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill('SIGINT'); // fast shutdown (Server Shutdown, in PostgreSQL's manual)
  const immediate = setTimeout(() => child.kill('SIGQUIT'), STOP_MS);
  const last = setTimeout(() => child.kill('SIGKILL'), STOP_MS * 2);
  await ended;
  clearTimeout(immediate);
  clearTimeout(last);
}

function keep(pid: number, account: Account | null): ChildProcess {
  const keeper = spawn('/bin/sh', ['-c', KEEPER, 'spoor-state-keeper', String(pid)], {
    ...asAccount(account),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  keeper.on('error', () => {}); // no shell: the kernel's signal, and at the next start the search for what was left over, remain
  keeper.stdin?.on('error', () => {});
  keeper.unref();
  return keeper;
}

let parentDeathSignal: Promise<boolean> | null = null;

/** util-linux 2.33 and later; asked once. */
function hasParentDeathSignal(): Promise<boolean> {
  parentDeathSignal ??= new Promise((resolve) => {
    execFile('setpriv', ['--pdeathsig', 'INT', '--', 'true'], (error) => resolve(error === null));
  });
  return parentDeathSignal;
}

/** Runs a program of PostgreSQL to its end. Resolves with its output; rejects with E_UNAVAILABLE and its last words. */
export async function runProgram(command: readonly string[], account: Account | null, input = ''): Promise<string> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { ...asAccount(account), stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  const take = (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-8000);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  child.stdin.on('error', () => {}); // it ended before it read: its code tells
  child.stdin.end(input);
  const [code] = (await once(child, 'close').catch((error: Error) => [error.message])) as [number | string | null];
  if (code === 0) return said;
  throw new AppError('E_UNAVAILABLE', `${program.split('/').at(-1)} failed (${code}): ${said.trim().slice(-400)}`);
}

/**
 * Writes a file as the account. Root never writes in a folder of another's: what is called pg_hba.conf there could be a link to
 * anything.
 */
export async function writeAs(account: Account | null, path: string, text: string): Promise<void> {
  await runProgram(['/bin/sh', '-c', 'cat > "$1"', 'sh', path], account, text);
}
