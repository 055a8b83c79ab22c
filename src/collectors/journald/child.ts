import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** A program that runs for us, and ends with us. */
export type BoundChild = ChildProcessByStdio<Writable, Readable, Readable>;

// The shell waits for the program, and beside it for the end of our pipe, which the system closes for us however we end.
const BOUND = `exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
( read -r _ <&3; kill "$child" ) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$child"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"`;

/** Starts a program that is killed when its stdin is closed: when we close it, and when we are gone, by SIGKILL too. */
export function spawnBound(program: string, args: readonly string[]): BoundChild {
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8' };
  const child = spawn('sh', ['-c', BOUND, 'sh', program, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env });
  child.stdin.on('error', () => {}); // its end is told by `exit`
  return child;
}
