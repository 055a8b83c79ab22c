import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { type EngineOrder, type EngineWord, WORDS_FD } from './protocol.ts';

/** How a process of the engine ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It was asked to. */
  readonly expected: boolean;
}

/** What of the start concerns the process. */
export interface ChildStart {
  readonly uid?: number;
  readonly gid?: number;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
  readonly signal?: AbortSignal;
}

const OPEN_MS = 600_000; // tens of millions of rows open within a second; a folder after a crash may take longer
const MAX_LINE = 2000;
const PRINTED_LINES = 20;

const wordSchema: z.ZodType<EngineWord> = z.union([
  z.strictObject({ ready: z.string() }),
  z.strictObject({ failed: z.string() }),
  z.strictObject({ trouble: z.string() }),
]);

/** One run of the engine's process. */
export class EngineChild {
  readonly #process: ChildProcess;
  readonly #killAfterMs: number;
  readonly exited: Promise<Ended>;
  readonly version: string;
  #stopping: Promise<void> | null = null;

  private constructor(process: ChildProcess, exited: Promise<Ended>, version: string, killAfterMs: number) {
    this.#process = process;
    this.#killAfterMs = killAfterMs;
    this.version = version;
    this.exited = exited.then((ended) => ({ ...ended, expected: this.#stopping !== null }));
  }

  /** Starts it and waits for its first word. Gives the text of what went wrong when it does not come up; its process is then gone. */
  static async start(start: ChildStart, order: EngineOrder): Promise<EngineChild | string> {
    const process = launch(start, order);
    const closed = new Promise<void>((resolve) => {
      process.once('close', () => resolve());
      process.once('error', () => resolve());
    });
    const exited = new Promise<Ended>((resolve) => {
      process.once('exit', (code, signal) => resolve({ code, signal, expected: false }));
      process.once('error', () => resolve({ code: null, signal: null, expected: false }));
    });
    const printed: string[] = [];
    const first = await firstWord(process, start, exited, printed);
    if ('ready' in first) return new EngineChild(process, exited, first.ready, order.endMs);
    process.kill('SIGKILL');
    await closed;
    // chDB throws "failed to create connection", and prints why.
    return [first.failed, ...printed].join(': ');
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const late = setTimeout(() => this.#process.kill('SIGKILL'), this.#killAfterMs);
    this.#process.stdin?.end();
    await this.exited;
    clearTimeout(late);
  }
}

/** Nothing of our environment goes to it. Each running query holds a libuv thread, hence their number. */
function launch({ uid, gid }: ChildStart, order: EngineOrder): ChildProcess {
  const args = ['--max-old-space-size=256', ...loader(), mainFile(), JSON.stringify(order)];
  const process_ = spawn(process.execPath, args, {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { TZ: 'UTC', LANG: 'C.UTF-8', UV_THREADPOOL_SIZE: '64', MALLOC_ARENA_MAX: '2' },
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  });
  process_.stdin?.on('error', () => {}); // its end is told by `exit`
  return process_;
}

async function firstWord(
  child: ChildProcess,
  { log, signal }: ChildStart,
  exited: Promise<Ended>,
  printed: string[],
): Promise<{ ready: string } | { failed: string }> {
  for (const output of [child.stdout, child.stderr])
    lines(output as Readable, (line) => {
      if (printed.length < PRINTED_LINES) printed.push(line);
      log('warn', `engine: ${line}`);
    });
  const word = new Promise<{ ready: string } | { failed: string }>((resolve) => {
    child.once('error', (error) => resolve({ failed: `its process did not start: ${error.message}` }));
    lines(child.stdio[WORDS_FD] as Readable, (line) => {
      const said = wordIn(line);
      if ('trouble' in said) log('error', `engine: ${said.trouble.slice(0, MAX_LINE)}`);
      else resolve(said);
    });
  });
  const ended = exited.then(async ({ code, signal: by }) => {
    await once(child, 'close').catch(() => {}); // what it said last may still be on its way
    return { failed: `its process ended (${by ?? code})` };
  });
  const late = new AbortController();
  const waited = waiting(signal, late.signal);
  const first = await Promise.race([word, ended, waited]);
  late.abort();
  return first;
}

/** Resolves when the start was called off, or takes too long. */
function waiting(signal: AbortSignal | undefined, done: AbortSignal): Promise<{ failed: string }> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ failed: 'CHDB_LATE: it does not come up' }), OPEN_MS);
    const off = () => resolve({ failed: 'CHDB_OFF: the start was called off' });
    signal?.addEventListener('abort', off, { once: true });
    if (signal?.aborted) off();
    done.addEventListener('abort', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', off);
    });
  });
}

function wordIn(line: string): EngineWord {
  try {
    return wordSchema.parse(JSON.parse(line));
  } catch {
    return { trouble: 'it said what is no word' };
  }
}

function lines(output: Readable, take: (line: string) => void): void {
  output.on('error', () => {});
  createInterface({ input: output }).on('line', (line) => take(line.slice(0, MAX_LINE)));
}

// From source, as tests run, the process needs the loader that they have, which is found from here.
const loader = (): string[] => (import.meta.url.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : []);

const mainFile = (): string =>
  fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url));
