import { type Account, COMMANDS } from './auth-people.ts';
import type { AuthWorld, Host } from './auth-world.ts';
import type { Random } from './random.ts';

/** One login with all that it leaves behind: minutes to hours, sudo for those who may. */
export function logIn(world: AuthWorld, account: Account): void {
  const { random } = world;
  const host = random.pick(world.hosts);
  const ip = random.chance(0.9) ? account.home : `198.51.100.${random.between(20, 60)}`;
  const port = random.between(1024, 65_535);
  const pid = host.nextPid(2);
  const tag = `${host.sshd}[${pid}]`;
  let at = 0;
  if (account.key === '' && random.chance(0.1)) {
    const pam = 'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser=';
    world.say(host, at, tag, `${pam} rhost=${ip}  user=${account.name}`);
    at += 2;
    world.say(host, at, tag, `Failed password for ${account.name} from ${ip} port ${port} ssh2`, 'F');
    at += 6;
  }
  const proof = account.key === '' ? 'password' : 'publickey';
  const key = account.key === '' ? '' : `: ${account.key}`;
  world.say(host, at, tag, `Accepted ${proof} for ${account.name} from ${ip} port ${port} ssh2${key}`, 'A');
  const session = open(world, host, tag, at, account);
  const length = Math.floor(20 + 3600 * 6 * random.next() ** 4);
  if (account.sudo) {
    const commands = random.between(0, 4);
    for (let nth = 1; nth <= commands; nth += 1) {
      runAsRoot(world, host, account, at + Math.floor((nth * length) / (commands + 1)), random.pick(COMMANDS));
    }
  }
  leave(world, host, { tag, child: host.nextPid(), session, at: at + length }, account.name, `${ip} port ${port}`);
}

function open(world: AuthWorld, host: Host, tag: string, at: number, account: Account): number {
  const session = host.nextSession();
  const opened = `session opened for user ${account.name}(uid=${account.uid}) by (uid=0)`;
  world.say(host, at, tag, `pam_unix(sshd:session): ${opened}`);
  world.say(host, at, 'systemd-logind[611]', `New session ${session} of user ${account.name}.`);
  if (world.random.chance(0.6)) {
    world.say(host, at, `systemd[${host.nextPid()}]`, `pam_unix(systemd-user:session): ${opened}`);
  }
  return session;
}

interface Leaving {
  readonly tag: string;
  readonly child: number;
  readonly session: number;
  readonly at: number;
}

function leave(world: AuthWorld, host: Host, leaving: Leaving, user: string, peer: string): void {
  const { at, tag, session } = leaving;
  const child = `${host.sshd}[${leaving.child}]`;
  world.say(host, at, child, `Received disconnect from ${peer}:11: disconnected by user`);
  world.say(host, at, child, `Disconnected from user ${user} ${peer}`);
  world.say(host, at, tag, `pam_unix(sshd:session): session closed for user ${user}`);
  world.say(host, at, 'systemd-logind[611]', `Session ${session} logged out. Waiting for processes to exit.`);
  world.say(host, at, 'systemd-logind[611]', `Removed session ${session}.`);
}

function runAsRoot(world: AuthWorld, host: Host, account: Account, at: number, command: string): void {
  const tag = world.random.chance(0.5) ? 'sudo' : `sudo[${host.nextPid()}]`;
  const where = `TTY=pts/${world.random.between(0, 3)} ; PWD=/home/${account.name}`;
  world.say(host, at, tag, `${account.name.padStart(8)} : ${where} ; USER=root ; COMMAND=${command}`, 'S');
  world.say(host, at, tag, `pam_unix(sudo:session): session opened for user root(uid=0) by (uid=${account.uid})`);
  world.say(host, at + 3, tag, 'pam_unix(sudo:session): session closed for user root');
}

/**
 * The one break-in of the file: `ip` guesses the password of an account that also staff use, adds an account of its own
 * and leaves after half an hour.
 */
export function breakIn(world: AuthWorld, ip: string): void {
  const host = world.hosts[0] as Host;
  const victim = world.accounts.find((account) => account.key === '' && account.sudo) ?? (world.accounts[0] as Account);
  const port = world.random.between(1024, 65_535);
  const tag = `${host.sshd}[${host.nextPid()}]`;
  for (let nth = 0; nth < 4; nth += 1) {
    world.say(host, 3 * nth, tag, `Failed password for ${victim.name} from ${ip} port ${port} ssh2`, 'F');
  }
  world.say(host, 15, tag, `Accepted password for ${victim.name} from ${ip} port ${port} ssh2`, 'A');
  const session = open(world, host, tag, 15, victim);
  runAsRoot(world, host, victim, 60, '/usr/sbin/useradd -m -s /bin/bash -G sudo sysupd');
  const useradd = `useradd[${host.nextPid()}]`;
  world.say(host, 60, useradd, 'new group: name=sysupd, GID=1100');
  const added = 'new user: name=sysupd, UID=1100, GID=1100, home=/home/sysupd, shell=/bin/bash, from=/dev/pts/1';
  world.say(host, 60, useradd, added);
  world.say(host, 60, useradd, "add 'sysupd' to group 'sudo'");
  runAsRoot(world, host, victim, 90, '/usr/bin/passwd sysupd');
  world.say(host, 95, `passwd[${host.nextPid()}]`, 'pam_unix(passwd:chauthtok): password changed for sysupd');
  runAsRoot(world, host, victim, 400, '/usr/bin/cat /etc/shadow');
  leave(world, host, { tag, child: host.nextPid(), session, at: 1800 }, victim.name, `${ip} port ${port}`);
}

/** cron's two lines about a job. */
export function runCron(world: AuthWorld, host: Host): void {
  const tag = `CRON[${host.nextPid()}]`;
  world.say(host, 1, tag, 'pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)');
  world.say(host, 1 + world.random.between(0, 4), tag, 'pam_unix(cron:session): session closed for user root');
}

/** su by one of the staff, kept or refused. */
export function switchUser(world: AuthWorld): void {
  const host = world.random.pick(world.hosts);
  const account = world.random.pick(world.accounts);
  const tag = `su[${host.nextPid()}]`;
  if (world.random.chance(0.2)) {
    const pam = 'pam_unix(su:auth): authentication failure;';
    world.say(
      host,
      0,
      tag,
      `${pam} logname=${account.name} uid=${account.uid} euid=0 tty=/dev/pts/1 ruser=${account.name} rhost=  user=root`,
    );
    world.say(host, 2, tag, `FAILED SU (to root) ${account.name} on pts/1`);
    return;
  }
  world.say(host, 0, tag, `(to root) ${account.name} on pts/1`);
  world.say(
    host,
    0,
    tag,
    `pam_unix(su:session): session opened for user root(uid=0) by ${account.name}(uid=${account.uid})`,
  );
  world.say(host, world.random.between(30, 900), tag, 'pam_unix(su:session): session closed for user root');
}

/** A line of a daemon that has nothing to do with logins. */
export function mumble(world: AuthWorld): void {
  const host = world.random.pick(world.hosts);
  const [tag, text] = mumbling(world.random, host);
  world.say(host, world.random.between(0, 20), tag, text);
}

function mumbling(random: Random, host: Host): [tag: string, text: string] {
  switch (random.between(0, 6)) {
    case 0:
      return ['systemd[1]', 'logrotate.service: Deactivated successfully.'];
    case 1:
      return ['dbus-daemon[598]', "[system] Successfully activated service 'org.freedesktop.hostname1'"];
    case 2: {
      const agent = `unix-process:${host.nextPid()}:${random.between(1e5, 9e8)} (system bus name :1.${random.between(20, 900)})`;
      return ['polkitd[702]', `Registered Authentication Agent for ${agent}`];
    }
    case 3: {
      const transaction = random.between(1e6, 4e9).toString(16);
      return ['dhclient[517]', `DHCPACK of 198.51.100.4 from 198.51.100.1 (xid=0x${transaction})`];
    }
    case 4:
      return ['kernel', `[${random.between(1e4, 9e6)}.${random.between(100_000, 999_999)}] eth0: link becomes ready`];
    case 5: {
      const client = `unknown[192.0.2.${random.between(1, 254)}]`;
      return [`postfix/smtpd[${host.nextPid()}]`, `disconnect from ${client} ehlo=1 quit=1 commands=2`];
    }
    default:
      return ['systemd[1]', 'Started Daily apt download activities.'];
  }
}
