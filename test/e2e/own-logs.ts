import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The instant that the logs below are read at. */
export const NOW = '2026-03-10T00:00:00Z';
export const OWN_TIME = ['--tz', 'UTC', '--now', NOW];

const two = (value: number) => String(value).padStart(2, '0');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** An RFC 3164 stamp. */
export function stamp(at: string | number): string {
  const time = new Date(at);
  const clock = [time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds()].map(two).join(':');
  return `${MONTHS[time.getUTCMonth()]} ${String(time.getUTCDate()).padStart(2)} ${clock}`;
}

/** A line that sshd wrote on `host`. */
export const sshd = (at: string | number, pid: number, text: string, host = 'web1'): string =>
  `${stamp(at)} ${host} sshd[${pid}]: ${text}\n`;

/** `count` failed passwords, one a second. */
export function guesses(from: string, address: string, user: string, count: number, host = 'web1'): string {
  const start = Date.parse(from);
  return Array.from({ length: count }, (_, index) =>
    sshd(
      start + index * 1000,
      2000 + index,
      `Failed password for ${user} from ${address} port ${40_000 + index} ssh2`,
      host,
    ),
  ).join('');
}

/** A login by password with its session, from `from`, for `seconds`. */
export function visit(from: string, address: string, user: string, seconds: number, pid = 7000, host = 'web1'): string {
  const start = Date.parse(from);
  const end = start + seconds * 1000;
  return [
    sshd(start, pid, `Accepted password for ${user} from ${address} port 50122 ssh2`, host),
    sshd(start, pid, `pam_unix(sshd:session): session opened for user ${user}(uid=1000) by (uid=0)`, host),
    sshd(end, pid + 6, `Disconnected from user ${user} ${address} port 50122`, host),
    sshd(end, pid, `pam_unix(sshd:session): session closed for user ${user}`, host),
  ].join('');
}

/** The plain case: 30 guesses, then in. */
export const BREACH =
  guesses('2026-03-09T10:00:00Z', '203.0.113.9', 'root', 30) + visit('2026-03-09T10:05:00Z', '203.0.113.9', 'root', 60);

/** Writes a file, folders above it included, with the time that its last line has. */
export function put(path: string, body: string | Buffer, mtime = NOW): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, body);
  utimesSync(path, new Date(mtime), new Date(mtime));
  return path;
}

const RECORD = 384;

/** A wtmp record as x86-64 Linux writes it (utmp(5)). */
export function wtmp(type: number, at: string, pid: number, line: string, user: string, host: string): Buffer {
  const record = Buffer.alloc(RECORD);
  record.writeInt16LE(type, 0);
  record.writeInt32LE(pid, 4);
  record.write(line, 8, 32);
  record.write(line.slice(-4), 40, 4);
  record.write(user, 44, 32);
  record.write(host, 76, 256);
  record.writeInt32LE(Math.floor(Date.parse(at) / 1000), 340);
  Buffer.from(host.split('.').map(Number)).copy(record, 348, 0, host ? 4 : 0);
  return record;
}

/** A record that was overwritten. */
export const WIPED = Buffer.alloc(RECORD);
