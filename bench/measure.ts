import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What one run of a program cost. */
export interface Cost {
  /** user + sys, of the program and its children. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** VmHWM of the program, with that of any children beside it, in MiB; null where there is no /proc. */
  readonly rssMiB: number | null;
  readonly exit: number;
  /** Standard output, where it was asked for. */
  readonly output: string;
}

const POLL_MS = 10;

// bash's `time` gives CPU seconds of exactly this program and what it waited for. It is asked because Node tells the
// use of all its children together. The program's pid comes first, so that its VmHWM can be read while it runs.
const SCRIPT = `
TIMEFORMAT='%U %S %R'
out="$1"; shift
{ time { "$@" >"$out" 2>"$out.err" & echo "$!" >&3; wait "$!"; echo "$?" >"$out.exit"; }; } 2>"$out.time"
`;

/** VmHWM (proc(5)) of a process, in KiB: the high-water mark of its own memory, set anew when it was executed. */
function highWater(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // gone
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Watches the high-water marks of a process and its children until `stop`, which gives their sum in KiB. */
function watch(root: number): { stop(): number } {
  const marks = new Map<number, number>();
  const look = (pid: number): void => {
    marks.set(pid, Math.max(marks.get(pid) ?? 0, highWater(pid)));
    for (const child of childrenOf(pid)) look(child);
  };
  const timer = setInterval(() => look(root), POLL_MS);
  look(root);
  return {
    stop() {
      clearInterval(timer);
      return [...marks.values()].reduce((sum, mark) => sum + mark, 0);
    },
  };
}

/**
 * Runs `command` to its end and says what it cost. The last 10 ms of growth can be missed in `rssMiB`.
 * Rejects when bash is not there or the program left nothing to read.
 */
export async function measure(
  command: readonly string[],
  options: { readonly keepOutput?: boolean } = {},
): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-bench-'));
  const out = join(folder, 'out');
  try {
    const shell = spawn('bash', ['-c', SCRIPT, 'bash', out, ...command], {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    });
    const ended = once(shell, 'close');
    const pidPipe = shell.stdio[3] as NodeJS.ReadableStream;
    const [first] = (await Promise.race([once(pidPipe, 'data'), ended.then(() => [''])])) as [Buffer | string];
    const watched = watch(Number(String(first).trim()));
    await ended;
    const peak = watched.stop();
    const [user = Number.NaN, sys = Number.NaN, wall = Number.NaN] = readFileSync(`${out}.time`, 'utf8')
      .split(' ')
      .map(Number);
    const exit = Number(readFileSync(`${out}.exit`, 'utf8'));
    if (exit !== 0) process.stderr.write(`${readFileSync(`${out}.err`, 'utf8').slice(-500)}\n`);
    return {
      cpuSeconds: user + sys,
      wallSeconds: wall,
      rssMiB: peak > 0 ? peak / 1024 : null,
      exit,
      output: options.keepOutput ? readFileSync(out, 'utf8') : '',
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
