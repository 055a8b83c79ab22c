import { Random } from '../../bench/random.ts';
import type { Connection, Host, View, World } from './controller-world.ts';

/** A world's logs: paths and contents, and which of them were handed in by owners of affected hosts. */
export interface WorldFiles {
  readonly files: Readonly<Record<string, string>>;
  /** Folders, each with what its owner is called. */
  readonly sources: readonly { readonly label: string; readonly path: string }[];
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const SECOND = 1000;
const SCANNERS = ['203.0.113.81', '203.0.113.82', '198.51.100.83'];

/** Writes the logs of a world. */
export function filesOf(world: World, seed: number): WorldFiles {
  const random = new Random(seed * 31 + 5);
  const { hosts, labelled } = world;
  const lines = new Map<string, string[]>();
  const write = (path: string, ...texts: string[]) => lines.set(path, [...(lines.get(path) ?? []), ...texts]);
  // An owner has no gateway of ours before the machine.
  const isOwn = labelled && (world.view === 'gateway' || world.view === 'proxy');
  const view = isOwn ? 'firewall' : world.view;
  for (const host of hosts) write(`${folderOf(host, labelled)}/var/log/auth.log`, ...authLog(host, world, random));
  if (view === 'gateway' || view === 'proxy') write('own/gw/var/log/syslog', ...hosts.map(lease));
  const taken = new Map<string, string[]>();
  for (const connection of world.connections) {
    const path = pathOf(view, folderOf(connection.host, labelled));
    const known = taken.get(path) ?? [];
    if (known.length === 0) taken.set(path, known);
    known.push(...linesOf(view, connection, random));
  }
  for (const [path, texts] of taken) lines.set(path, texts);
  const affected = hosts.filter(({ since }) => since !== null);
  return {
    files: Object.fromEntries([...lines].map(([path, texts]) => [path, `${texts.join('\n')}\n`])),
    sources: labelled ? affected.map(({ name }) => ({ label: `owner of ${name}`, path: `bots/${name}` })) : [],
  };
}

function folderOf({ name, since }: Host, labelled: boolean): string {
  return labelled && since !== null ? `bots/${name}` : `own/${name}`;
}

function pathOf(view: View, folder: string): string {
  if (view === 'gateway') return 'own/gw/var/log/kern.log';
  if (view === 'proxy') return 'own/gw/var/log/squid/access.log';
  return view === 'audit' ? `${folder}/var/log/audit/audit.log` : `${folder}/var/log/kern.log`;
}

function linesOf(view: View, connection: Connection, random: Random): string[] {
  if (view === 'gateway') return [forwarded(connection, random)];
  if (view === 'proxy') return proxied(connection);
  return view === 'audit' ? audited(connection, random) : logged(connection, random);
}

function lease({ name, address }: Host): string {
  return `${stamp(START)} gw dnsmasq-dhcp[90]: DHCPACK(lan0) ${address} 02:00:00:00:00:01 ${name}`;
}

const START = Date.parse('2026-05-18T00:00:00Z');

function stamp(ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':');
  return `${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${clock}`;
}

// Guesses and a way in where there is one to be seen; ordinary logins and strangers' tries everywhere.
function authLog(host: Host, { intruder, labelled }: World, random: Random): string[] {
  const lines: { at: number; text: string }[] = [];
  const say = (at: number, tag: string, text: string) =>
    lines.push({ at, text: `${stamp(at)} ${host.name} ${tag}: ${text}` });
  for (let hour = 0; hour < 36; hour += 1) {
    const at = START + (hour * 3600 + random.between(0, 3599)) * SECOND;
    say(at, `CRON[${900 + hour}]`, 'pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)');
    if (hour % 6 === 2) {
      const port = random.between(40_000, 60_000);
      say(
        at,
        `sshd[${700 + hour}]`,
        `Accepted publickey for ops from 10.9.9.9 port ${port} ssh2: ED25519 SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU`,
      );
      say(at + 60_000, `sshd[${700 + hour}]`, 'pam_unix(sshd:session): session closed for user ops');
    }
    if (random.chance(0.3))
      say(at + 5000, `sshd[${800 + hour}]`, `Invalid user test from ${random.pick(SCANNERS)} port 40${100 + hour}`);
  }
  if (host.since !== null && !labelled) breakIn(host.since, intruder, say);
  return lines.sort((a, b) => a.at - b.at).map(({ text }) => text);
}

function breakIn(since: number, intruder: string, say: (at: number, tag: string, text: string) => void): void {
  for (let left = 40; left > 0; left -= 1)
    say(
      since - left * 3 * SECOND,
      `sshd[${5000 + left}]`,
      `Failed password for deploy from ${intruder} port ${41_000 + left} ssh2`,
    );
  say(since, 'sshd[5100]', `Accepted password for deploy from ${intruder} port 41100 ssh2`);
  say(since, 'sshd[5100]', 'pam_unix(sshd:session): session opened for user deploy(uid=1001) by (uid=0)');
  say(since + 20 * SECOND, 'sudo', '  deploy : TTY=pts/0 ; PWD=/tmp ; USER=root ; COMMAND=/usr/bin/id');
  say(since + 900 * SECOND, 'sshd[5100]', 'pam_unix(sshd:session): session closed for user deploy');
}

function packet({ host, to, port, transport }: Connection, random: Random, flags: string, served = false): string {
  const mine = random.between(32_768, 60_999);
  const [source, target] = served ? [port, mine] : [mine, port];
  const head = `SRC=${host.address} DST=${to} LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=${random.between(1, 65_535)} DF`;
  return transport === 'udp'
    ? `${head} PROTO=UDP SPT=${source} DPT=${target} LEN=56`
    : `${head} PROTO=TCP SPT=${source} DPT=${target} WINDOW=64240 RES=0x00 ${flags} URGP=0`;
}

function forwarded(connection: Connection, random: Random): string {
  const { at, inward } = connection;
  if (inward === true)
    return `${stamp(at)} gw kernel: FWD: IN=lan0 OUT=wan0 MAC= ${packet(connection, random, 'ACK SYN', true)}`;
  return `${stamp(at)} gw kernel: FWD: IN=lan0 OUT=wan0 MAC= ${packet(connection, random, 'SYN')}`;
}

function logged(connection: Connection, random: Random): string[] {
  const { at, host, to, port, inward } = connection;
  const head = `${stamp(at)} ${host.name} kernel: [${random.between(1000, 99_999)}.123456]`;
  if (inward !== true) return [`${head} [UFW ALLOW] IN= OUT=eth0 ${packet(connection, random, 'SYN')}`];
  return [
    `${head} [UFW ALLOW] IN=eth0 OUT= MAC= SRC=${to} DST=${host.address} LEN=60 TTL=50 ID=1 PROTO=TCP SPT=40123 DPT=${port} WINDOW=1024 RES=0x00 SYN URGP=0`,
    `${head} OUT: IN= OUT=eth0 ${packet(connection, random, 'ACK SYN', true)}`,
  ];
}

function audited({ at, to, port, transport, inward }: Connection, random: Random): string[] {
  if (inward === true) return [];
  const id = `audit(${(at / 1000).toFixed(3)}:${random.between(100, 999_999)})`;
  const bytes = [2, 0, port >> 8, port & 255, ...to.split('.').map(Number), 0, 0, 0, 0, 0, 0, 0, 0];
  const saddr = bytes
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
  const program = transport === 'udp' ? 'chronyd' : 'python3';
  return [
    `type=SYSCALL msg=${id}: arch=c000003e syscall=42 success=yes exit=0 a0=3 a1=7ffd a2=10 a3=0 items=0 ppid=1 pid=4242 auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=4294967295 comm="${program}" exe="/usr/bin/${program}" key="net"`,
    `type=SOCKADDR msg=${id}: saddr=${saddr}`,
  ];
}

function proxied({ at, host, to, port, transport, inward }: Connection): string[] {
  if (inward === true || transport === 'udp') return [];
  return [
    `${(at / 1000).toFixed(3)}    120 ${host.address} TCP_TUNNEL/200 4120 CONNECT ${to}:${port} - HIER_DIRECT/${to} -`,
  ];
}
