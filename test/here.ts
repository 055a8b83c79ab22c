import { spawnSync } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { vi } from 'vitest';
import { main } from '../src/cli/main.ts';
import { command } from './built.ts';

/** What a run of `spoor` gave. */
export interface RanHere {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run listens to until its process ends. */
const LISTENED: readonly (readonly [EventEmitter, string])[] = [
  [process.stdout, 'error'],
  [process, 'SIGINT'],
  [process, 'SIGTERM'],
];

/**
 * Runs `spoor` with this process's environment: with an input as a process of its own, else in this one, which is all of it but the
 * start of a process, in a tenth of the time. One after the other, and nothing here that waits for a signal.
 */
export async function spoor(args: readonly string[], input?: string): Promise<RanHere> {
  if (input === undefined) return here(args);
  const { status, stdout, stderr } = spawnSync(process.execPath, command(...args), { input, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** The run before: what each writes is taken from the one standard output that there is. */
let last: Promise<unknown> = Promise.resolve();

function here(args: readonly string[]): Promise<RanHere> {
  const run = last.then(() => runHere(args));
  last = run.catch(() => {});
  return run;
}

async function runHere(args: readonly string[]): Promise<RanHere> {
  const said = { stdout: '', stderr: '' };
  const into = (stream: 'stdout' | 'stderr') => (text: string | Uint8Array) => {
    said[stream] += typeof text === 'string' ? text : Buffer.from(text).toString();
    return true;
  };
  const listened = LISTENED.map(([to, event]) => ({ to, event, before: to.listeners(event) }));
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(into('stdout'));
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(into('stderr'));
  try {
    return { status: await main(args), ...said };
  } finally {
    out.mockRestore();
    err.mockRestore();
    for (const { to, event, before } of listened)
      for (const listener of to.listeners(event)) if (!before.includes(listener)) to.off(event, listener as () => void);
  }
}
