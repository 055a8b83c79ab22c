import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AuthTruth, generateAuth } from './generate-auth.ts';
import { generateWeb, type WebTruth } from './generate-web.ts';
import type { LogKind } from './yardsticks.ts';

const FOLDER = join(import.meta.dirname, 'data');
/** Goes up when a generator's output changes, so that old files are made anew. */
const EDITION = 1;

/** One log file to measure on. */
export interface Workload {
  readonly name: string;
  readonly kind: LogKind;
  readonly lines: number;
}

export function workload(kind: LogKind, lines: number): Workload {
  const short = lines % 1_000_000 === 0 ? `${lines / 1_000_000}M` : String(lines);
  return { name: `${kind}-${short}`, kind, lines };
}

/** What is measured when nothing else is asked for; `full` adds the file that shows whether memory stays flat. */
export function standard(full: boolean): Workload[] {
  const files = [workload('auth', 1_000_000), workload('auth', 5_000_000), workload('web', 1_000_000)];
  return full ? [...files, workload('auth', 10_000_000)] : files;
}

/** A workload's file, made when it is missing. */
export interface Prepared extends Workload {
  readonly path: string;
  readonly bytes: number;
  readonly truth: AuthTruth | WebTruth;
}

export function prepare(work: Workload): Prepared {
  const path = join(FOLDER, `${work.name}-${EDITION}.log`);
  const truthPath = `${path}.truth.json`;
  if (!existsSync(path) || !existsSync(truthPath)) {
    process.stderr.write(`making ${path}\n`);
    const { lines } = work;
    const truth = work.kind === 'auth' ? generateAuth({ path, lines }) : generateWeb({ path, lines });
    writeFileSync(truthPath, `${JSON.stringify(truth, null, 2)}\n`);
  }
  const truth = JSON.parse(readFileSync(truthPath, 'utf8')) as AuthTruth | WebTruth;
  return { ...work, path, bytes: statSync(path).size, truth };
}
