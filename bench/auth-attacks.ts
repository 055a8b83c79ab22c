import { guessedName, REAL_NAMES } from './auth-people.ts';
import type { AuthWorld, Host, Tally } from './auth-world.ts';
import type { Random } from './random.ts';

/** One connection of an attacker. */
interface Connection {
  readonly host: Host;
  readonly tag: string;
  readonly ip: string;
  readonly port: number;
}

function connect(world: AuthWorld, ip: string): Connection {
  const host = world.random.pick(world.hosts);
  return {
    host,
    tag: `${host.sshd}[${host.nextPid(world.random.between(1, 3))}]`,
    ip,
    port: world.random.between(1024, 65_535),
  };
}

const PAM = 'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=';
const CLIENT_BYES = ['Bye Bye', 'Bye Bye', 'disconnected by user', 'Normal Shutdown, Thank you for playing', ''];

/** One guess at a password: five or six lines of which one is the failure. */
export function guessOnce(world: AuthWorld, ip: string): void {
  const { random } = world;
  const at = connect(world, ip);
  const invalid = random.chance(0.7);
  const user = invalid ? guessedName(random) : random.pick(REAL_NAMES);
  if (invalid) {
    world.say(at.host, 0, at.tag, `Invalid user ${user} from ${ip} port ${at.port}`);
    world.say(at.host, 0, at.tag, 'pam_unix(sshd:auth): check pass; user unknown');
  }
  world.say(at.host, 0, at.tag, `${PAM}${ip}${invalid ? '' : `  user=${user}`}`);
  fail(world, at, 2, `${invalid ? 'invalid user ' : ''}${user}`);
  leave(world, at, 3, invalid, user);
}

/** Several guesses over one connection, as many as MaxAuthTries allows; the syslog daemon may fold equal lines. */
export function guessOften(world: AuthWorld, ip: string): void {
  const { random } = world;
  const at = connect(world, ip);
  const invalid = random.chance(0.35);
  const user = invalid ? guessedName(random) : random.pick(REAL_NAMES);
  const who = `${invalid ? 'invalid user ' : ''}${user}`;
  const tries = random.between(3, 6);
  if (invalid) world.say(at.host, 0, at.tag, `Invalid user ${user} from ${ip} port ${at.port}`);
  world.say(at.host, 0, at.tag, `${PAM}${ip}${invalid ? '' : `  user=${user}`}`);
  fail(world, at, 2, who);
  if (random.chance(0.25)) {
    const text = `message repeated ${tries - 1} times: [ Failed password for ${who} from ${ip} port ${at.port} ssh2]`;
    world.say(at.host, 2 * tries, at.tag, text, String(tries - 1) as Tally);
  } else for (let nth = 2; nth <= tries; nth += 1) fail(world, at, 2 * nth, who);
  const end = 2 * tries + 1;
  if (tries === 6) {
    world.say(
      at.host,
      end,
      at.tag,
      `error: maximum authentication attempts exceeded for ${who} from ${ip} port ${at.port} ssh2 [preauth]`,
    );
    const whose = invalid ? 'invalid' : 'authenticating';
    world.say(
      at.host,
      end,
      at.tag,
      `Disconnecting ${whose} user ${user} ${ip} port ${at.port}: Too many authentication failures [preauth]`,
    );
  } else leave(world, at, end, invalid, user);
  world.say(
    at.host,
    end,
    at.tag,
    `PAM ${tries - 1} more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=${ip}${invalid ? '' : `  user=${user}`}`,
  );
  if (tries > 3) world.say(at.host, end, at.tag, `PAM service(sshd) ignoring max retries; ${tries} > 3`);
}

function fail(world: AuthWorld, at: Connection, delay: number, who: string): void {
  world.say(at.host, delay, at.tag, `Failed password for ${who} from ${at.ip} port ${at.port} ssh2`, 'F');
}

function leave(world: AuthWorld, at: Connection, delay: number, invalid: boolean, user: string): void {
  const { random } = world;
  const whose = `${invalid ? 'invalid' : 'authenticating'} user ${user} ${at.ip} port ${at.port}`;
  if (random.chance(0.4)) {
    world.say(at.host, delay, at.tag, `Connection ${random.chance(0.8) ? 'closed' : 'reset'} by ${whose} [preauth]`);
    return;
  }
  world.say(
    at.host,
    delay,
    at.tag,
    `Received disconnect from ${at.ip} port ${at.port}:11: ${random.pick(CLIENT_BYES)} [preauth]`,
  );
  world.say(at.host, delay, at.tag, `Disconnected from ${whose} [preauth]`);
}

const WEAK_OFFERS = [
  'no matching key exchange method found. Their offer: diffie-hellman-group1-sha1,diffie-hellman-group14-sha1',
  'no matching host key type found. Their offer: ssh-dss',
  'no matching cipher found. Their offer: aes128-cbc,3des-cbc,blowfish-cbc',
];
const BANNERS = ['GET / HTTP/1.1', '\\026\\003\\001', 'MGLNDD_203.0.113.80_22', '', 'SSH-2.0-'];

/** A connection that never comes to a guess: banner grabbers, old clients, broken handshakes, people who think twice. */
export function knock(world: AuthWorld, ip: string): void {
  const at = connect(world, ip);
  const delay = world.random.chance(0.1) ? 120 : 0; // LoginGraceTime is 120 s
  for (const text of knocking(world.random, ip, `${ip} port ${at.port}`)) world.say(at.host, delay, at.tag, text);
}

function knocking(random: Random, ip: string, from: string): string[] {
  switch (random.between(0, 9)) {
    case 0:
      return [`Unable to negotiate with ${from}: ${random.pick(WEAK_OFFERS)} [preauth]`];
    case 1:
      return [`Did not receive identification string from ${from}`];
    case 2:
      return ['error: kex_exchange_identification: Connection closed by remote host', `Connection closed by ${from}`];
    case 3:
      return [
        `error: kex_exchange_identification: client sent invalid protocol identifier "${random.pick(BANNERS)}"`,
        `banner exchange: Connection from ${from}: invalid format`,
      ];
    case 4:
      return ['error: kex_exchange_identification: read: Connection reset by peer', `Connection reset by ${from}`];
    case 5:
      return [`Bad protocol version identification '${random.pick(BANNERS)}' from ${from}`];
    case 6:
      return [`fatal: Timeout before authentication for ${from}`];
    case 7:
      return [`Connection from ${from} on 198.51.100.4 port 22 rdomain ""`, `Connection closed by ${from} [preauth]`];
    case 8:
      return [`User root from ${ip} not allowed because not listed in AllowUsers`];
    default:
      return [`Connection ${random.chance(0.5) ? 'closed' : 'reset'} by ${from} [preauth]`];
  }
}
