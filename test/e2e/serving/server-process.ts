import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { FoundEvent, SearchAnswer } from '../../../src/api/asking.ts';
import type { ShownSource, Status } from '../../../src/api/view.ts';
import { type Layout, layout } from '../../../src/server/paths.ts';
import { command } from '../../built.ts';

const STARTED_BY_MS = 120_000;
const ENDED_BY_MS = 60_000;
const PATIENCE_MS = process.env['SPOOR_FULL'] ? 1_800_000 : 120_000;
let servers = 0;

/** A process of a server's, main or child. */
export interface Process {
  readonly pid: number;
  readonly command: string;
}

/** A `spoor serve` in a folder of a test's own, which may be killed and started again. */
export class ServerProcess {
  readonly paths: Layout;
  readonly origin: string;
  readonly config: string;
  readonly #mark: string;
  #child: ChildProcess | null = null;
  /** What all runs wrote to standard error. */
  said = '';
  address = '';

  constructor(data: string, sources: readonly object[], more: object = {}) {
    servers += 1;
    this.paths = layout(data);
    this.origin = 'test.example/serve';
    this.#mark = `${process.pid}-${servers}`;
    this.config = join(data, 'test.yml');
    mkdirSync(data, { recursive: true, mode: 0o755 });
    writeFileSync(
      this.config,
      stringify({ ledger: { origin: this.origin }, http: { port: 0 }, index: { memoryMb: 512 }, sources, ...more }),
    );
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves when it serves. Rejects with what it said when it ends before. */
  async start(): Promise<void> {
    const { DATABASE_URL: _, ...env } = process.env;
    const args = command('serve', '--data', this.paths.data, '--config', this.config);
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, SPOOR_TEST_MARK: this.#mark },
    });
    this.#child = child;
    child.stderr.on('data', (piece: Buffer) => {
      this.said += piece.toString();
    });
    let out = '';
    const open = new Promise<void>((resolve) => {
      child.stdout.on('data', (piece: Buffer) => {
        out += piece.toString();
        const address = /^Open (?<address>\S+)$/m.exec(out)?.groups?.['address'];
        if (address !== undefined) this.address = address;
        if (address !== undefined) resolve();
      });
    });
    const ended = once(child, 'exit').then(([code, signal]) => {
      if (this.address === '') throw new Error(`the server ended (${code ?? signal}): ${this.said.slice(-2000)}`);
    });
    const late = pause(STARTED_BY_MS, null, { ref: false }).then(() => {
      throw new Error(`the server did not start: ${this.said.slice(-2000)}`);
    });
    this.address = '';
    await Promise.race([open, ended, late]);
  }

  /** Reads no more of what it writes, as `| head` does. */
  closeOutput(): void {
    this.#child?.stdout?.destroy();
    this.#child?.stderr?.destroy();
  }

  /** Ends it at once, as by power that fails; its children are left to end by themselves. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Ends it and all its children at once. */
  async killAll(): Promise<void> {
    const all = this.processes();
    const gone = this.kill();
    for (const { pid } of all) end(pid);
    await gone;
  }

  /** Asks it to stop; the exit code. */
  async stop(): Promise<number | null> {
    const child = this.#child;
    if (child === null || child.exitCode !== null) return child?.exitCode ?? null;
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  }

  /** Kills one child, told by its command line. False when there is none. */
  killChild(pattern: RegExp): boolean {
    const child = this.processes().find(({ pid, command }) => pid !== this.pid && pattern.test(command));
    if (child !== undefined) end(child.pid);
    return child !== undefined;
  }

  /** Everything that was started for this data folder and has not ended. */
  processes(): Process[] {
    return readdirSync('/proc').flatMap((name) => {
      const pid = Number(name);
      if (!Number.isInteger(pid) || pid === process.pid) return [];
      try {
        if (/^State:\s+[ZX]/m.test(readFileSync(`/proc/${name}/status`, 'utf8'))) return [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const mine =
          readFileSync(`/proc/${name}/environ`, 'utf8').includes(`SPOOR_TEST_MARK=${this.#mark}\0`) ||
          readlinkSync(`/proc/${name}/cwd`).startsWith(`${this.paths.data}/`) ||
          (command.includes(`${this.paths.data}/`) && command.includes('spoor'));
        return mine ? [{ pid, command }] : [];
      } catch {
        return []; // gone, or another's
      }
    });
  }

  /** Waits until nothing of it is left; gives what is, after a while. */
  async left(): Promise<Process[]> {
    const until = Date.now() + ENDED_BY_MS;
    while (this.processes().length > 0 && Date.now() < until) await pause(100);
    return this.processes();
  }

  /** Memory of all its processes, in MiB, shared pages by their share (PSS of proc_pid_smaps(5)). */
  memory(): number {
    let sum = 0;
    for (const { pid } of this.processes())
      try {
        sum += Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
      } catch {} // gone
    return sum / 1024;
  }

  status(): Promise<Status> {
    return this.ask('/api/v1/status') as Promise<Status>;
  }

  /** All of them, page by page. */
  async sources(): Promise<readonly ShownSource[]> {
    const all: ShownSource[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { sources: ShownSource[]; next: string | null } = (await this.ask(
        `/api/v1/sources?limit=1000${cursor && `&cursor=${cursor}`}`,
      )) as typeof page;
      all.push(...page.sources);
      cursor = page.next;
    }
    return all;
  }

  /** Waits until all its parts run. */
  async running(): Promise<void> {
    await until('all parts', async () => (await this.status()).parts.every(({ state }) => state === 'running'));
  }

  /** Events that a search finds, newest first. */
  async found(q: string): Promise<readonly FoundEvent[]> {
    const asked = new URLSearchParams({ q, limit: '1000' });
    return ((await this.ask(`/api/v1/search?${asked}`)) as SearchAnswer).events;
  }

  /** What a path of the local socket answers: JSON, or text. */
  ask(path: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const asking = request({ socketPath: this.paths.socket, path, timeout: 60_000 }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (piece: string) => {
          text += piece;
        });
        answer.on('end', () => {
          if (answer.statusCode !== 200) reject(new Error(`${answer.statusCode} ${text.slice(0, 500)}`));
          else resolve(answer.headers['content-type']?.includes('json') ? JSON.parse(text) : text);
        });
        answer.on('error', reject);
      });
      asking.on('error', reject);
      asking.on('timeout', () => asking.destroy(new Error(`no answer to ${path}`)));
      asking.end();
    });
  }

  /** A counter of /metrics, summed over the series whose labels all match. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const text = (await this.ask('/metrics')) as string;
    let sum = 0;
    for (const line of text.split('\n')) {
      const groups = /^(?<name>[a-z_]+)(?:\{(?<labels>.*)\})? (?<value>\S+)$/.exec(line)?.groups;
      if (groups?.['name'] !== name) continue;
      const all = Object.entries(labels).every(([key, value]) => groups['labels']?.includes(`${key}="${value}"`));
      if (all) sum += Number(groups['value']);
    }
    return sum;
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {} // gone already
}

/** Waits until `enough` gives a true value; fails with what it gave last, or threw. */
export async function until<T>(what: string, enough: () => Promise<T> | T, patienceMs = PATIENCE_MS): Promise<T> {
  const end = Date.now() + patienceMs;
  for (let last: unknown; ; ) {
    try {
      const now = await enough();
      if (now) return now;
      last = now;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`did not come: ${what} (${String(last)})`);
    await pause(100);
  }
}
