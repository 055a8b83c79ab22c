import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { storySchema } from '../../src/report/schema.ts';
import type { Story } from '../../src/trace/story.ts';
import { command, ROOT, SPOOR } from '../built.ts';
import { spoor as here } from '../here.ts';

export { ROOT, SPOOR };
/** Zone and end of the bundled samples: their stamps have no year and a checkout keeps no file times. */
export const SAMPLE_TIME = ['--tz', 'UTC', '--now', '2026-11-21T12:00:00Z'];

/** What a run left behind. */
export interface Ran {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: Buffer | string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** The environment of a run: this one's without what changes colour or zone. */
export function cleanEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { NO_COLOR: _no, FORCE_COLOR: _force, TZ: _tz, COLUMNS: _columns, ...rest } = process.env;
  return { ...rest, TZ: 'UTC', TERM: 'xterm-256color', ...extra };
}

/** Runs any program to its end. */
export function runProgram(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd ?? ROOT, env: cleanEnv(options.env) });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => out.push(piece));
    child.stderr.on('data', (piece: Buffer) => err.push(piece));
    child.stdin.on('error', () => {}); // it may end before it has read all
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
    child.stdin.end(options.input ?? '');
  });
}

/** Runs `spoor`. */
export const spoor = (args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  runProgram(process.execPath, command(...args), options);

/** The story of `spoor investigate --json`, held against its schema. The run must succeed in silence; with options it is one of a process of its own. */
export async function storyOf(args: readonly string[], options?: RunOptions): Promise<Story> {
  const told = ['investigate', '--json', ...args];
  const { status, stdout, stderr } =
    options === undefined
      ? await here(told)
      : await spoor(told, options).then(({ code, ...said }) => ({ status: code, ...said }));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return storySchema.parse(JSON.parse(stdout)) as Story;
}

/** What `spoor parse` printed, one object per event. */
export interface ParsedLine {
  readonly line: number;
  readonly lines: number;
  readonly count?: number;
  readonly parser: string | null;
  readonly event: Readonly<Record<string, unknown>>;
}

export async function parsed(args: readonly string[], options: RunOptions = {}): Promise<ParsedLine[]> {
  const { code, stdout, stderr } = await spoor(['parse', ...args], options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line) as ParsedLine);
}

/** A folder of this test file's own, removed when its tests are done. Gives paths in it. */
export function scratch(): (...names: string[]) => string {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-e2e-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (...names) => join(folder, ...names);
}
