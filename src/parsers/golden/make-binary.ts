import { writeFileSync } from 'node:fs';

/**
 * Writes the binary samples beside it: `npx tsx src/parsers/golden/make-binary.ts`. utmp.log is a little-endian wtmp with
 * failed logins, a wiped record and a cut one; lastlog.log has three users; the .not.log files are to be refused.
 */
const UTMP_BYTES = 384;
const LASTLOG_BYTES = 292;

interface Login {
  readonly type: number;
  readonly pid: number;
  readonly line: string;
  readonly id: string;
  readonly user: string;
  readonly host: string;
  readonly at: string;
  readonly address?: readonly number[];
}

function utmp({ type, pid, line, id, user, host, at, address = [] }: Login): Buffer {
  const record = Buffer.alloc(UTMP_BYTES);
  record.writeInt16LE(type, 0);
  record.writeInt32LE(pid, 4);
  record.write(line, 8, 32, 'utf8');
  record.write(id, 40, 4, 'latin1');
  record.write(user, 44, 32, 'utf8');
  record.write(host, 76, 256, 'utf8');
  const ms = Date.parse(at);
  record.writeInt32LE(Math.floor(ms / 1000), 340);
  record.writeInt32LE((ms % 1000) * 1000, 344);
  Buffer.from(address).copy(record, 348);
  return record;
}

function lastlog(at: string, line: string, host: string): Buffer {
  const record = Buffer.alloc(LASTLOG_BYTES);
  record.writeUInt32LE(Date.parse(at) / 1000, 0);
  record.write(line, 4, 32, 'utf8');
  record.write(host, 36, 256, 'utf8');
  return record;
}

const V6 = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x17];
const WTMP = [
  utmp({ type: 2, pid: 0, line: '~', id: '~~', user: 'reboot', host: '6.1.0-28-amd64', at: '2026-03-01T06:00:00.250Z' }),
  utmp({ type: 1, pid: 53, line: '~', id: '~~', user: 'runlevel', host: '6.1.0-28-amd64', at: '2026-03-01T06:00:09Z' }),
  utmp({ type: 6, pid: 700, line: 'tty1', id: 'tty1', user: 'LOGIN', host: '', at: '2026-03-01T06:00:10Z' }),
  utmp({ type: 6, pid: 4101, line: 'ssh:notty', id: '', user: 'admin', host: '203.0.113.9', at: '2026-03-01T07:10:00Z', address: [203, 0, 113, 9] }),
  utmp({ type: 6, pid: 4102, line: 'ssh:notty', id: '', user: '', host: 'scan.example.net', at: '2026-03-01T07:10:02Z', address: [203, 0, 113, 9] }),
  utmp({ type: 7, pid: 4200, line: 'pts/0', id: 'ts/0', user: 'maria', host: '198.51.100.23', at: '2026-03-01T08:00:00.5Z', address: [198, 51, 100, 23] }),
  utmp({ type: 7, pid: 4300, line: 'pts/1', id: 'ts/1', user: 'deploy', host: '2001:db8::17', at: '2026-03-01T08:05:00Z', address: V6 }),
  Buffer.alloc(UTMP_BYTES),
  utmp({ type: 7, pid: 4400, line: 'tty2', id: 'tty2', user: 'ops', host: '', at: '2026-03-01T08:20:00Z' }),
  utmp({ type: 8, pid: 4200, line: 'pts/0', id: '', user: '', host: '', at: '2026-03-01T09:00:00Z' }),
  utmp({ type: 4, pid: 0, line: '|', id: '~~', user: 'date', host: '', at: '2026-03-01T09:10:00Z' }),
  utmp({ type: 3, pid: 0, line: '{', id: '~~', user: 'date', host: '', at: '2026-03-01T08:10:00Z' }),
  utmp({ type: 7, pid: 4500, line: 'pts/4', id: 'ts/4', user: 'maria', host: '198.51.100.23 via mosh [4501]', at: '2026-03-01T10:00:00Z' }),
  utmp({ type: 7, pid: 4600, line: 'pts/5', id: 'ts/5', user: 'maria', host: 'mosh [4601]', at: '2026-03-01T10:05:00Z' }),
  utmp({ type: 1, pid: 0, line: '~', id: '~~', user: 'shutdown', host: '6.1.0-28-amd64', at: '2026-03-01T22:00:00Z' }),
  utmp({ type: 7, pid: 1, line: 'cut', id: '', user: '', host: '', at: '2026-03-01T22:00:00Z' }).subarray(0, 100),
];
const LASTLOG = [
  lastlog('2026-03-01T08:00:00Z', 'pts/0', '198.51.100.23'),
  Buffer.alloc(LASTLOG_BYTES * 3),
  lastlog('2025-12-24T18:00:00Z', 'tty1', ''),
  lastlog('2026-02-27T04:11:00Z', 'pts/3', 'gw.example.org'),
];
const TEXT = 'Mar  1 08:00:00 web1 sshd[4200]: Accepted password for maria from 198.51.100.23 port 50111 ssh2\n';

const put = (name: string, bytes: Buffer) => writeFileSync(new URL(name, import.meta.url), bytes);
put('utmp.log', Buffer.concat(WTMP));
put('utmp.not.log', Buffer.from(TEXT.repeat(8)).subarray(0, UTMP_BYTES * 2)); // the right size, and text
put('lastlog.log', Buffer.concat(LASTLOG));
put('lastlog.not.log', Buffer.concat(WTMP.slice(0, 3))); // a wtmp
