import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const TICKS = 100; // sysconf(_SC_CLK_TCK) of Linux

/** CPU seconds of a process and all its threads so far, user and system; 0 when it is gone. */
export function cpuOf(pid: number): number {
  return secondsIn(`/proc/${pid}/stat`);
}

/** CPU seconds of each thread of a process, most first. */
export function threadsOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => secondsIn(`/proc/${pid}/task/${thread}/stat`))
    .sort((a, b) => b - a);
}

function secondsIn(path: string): number {
  try {
    const fields = readFileSync(path, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return 0;
  }
}

/** Bytes on the disk of all files below a folder. */
export function bytesBelow(folder: string): number {
  let sum = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    try {
      sum += entry.isDirectory() ? bytesBelow(path) : statSync(path).blocks * 512;
    } catch {} // removed meanwhile
  }
  return sum;
}

/** What a process of the server is called in a table. */
export function partOf(command: string): string {
  if (/signer\/main/.test(command)) return 'signer';
  if (/engine\/main/.test(command)) return 'engine';
  if (/postgres/.test(command)) return 'database';
  if (/ serve /.test(command)) return 'main';
  return 'others';
}
