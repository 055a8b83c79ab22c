import { type Random, Zipf } from '../../bench/random.ts';
import type { PlantedLog } from './log.ts';
import { inventNames, inventParting, PARTINGS, POPULAR, PROBES, shuffled } from './words.ts';

export const HOUR = 3_600_000;

/** Where all of it plays. */
export interface World {
  readonly random: Random;
  readonly start: number;
  readonly spanMs: number;
  readonly hosts: readonly string[];
  /** Accounts that exist. */
  readonly accounts: ReadonlySet<string>;
  readonly ssh: PlantedLog;
  readonly web: PlantedLog;
  /** Does the log tell how connections end? */
  readonly partings: boolean;
}

export const AGENTS: readonly string[] = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
  'Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36',
];
export const BOTS: readonly string[] = [
  'curl/8.5.0',
  'python-requests/2.31.0',
  'Go-http-client/1.1',
  'Mozilla/5.0 zgrab/0.x',
  '-',
];
export const SCANNED: readonly string[] =
  '/.env /wp-login.php /.git/config /phpmyadmin/ /admin /config.php /backup.zip /xmlrpc.php /actuator/health /server-status /boaform/admin /cgi-bin/luci /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php /solr/admin/info /HNAP1 /login.action /owa/ /api/v1/pods /.aws/credentials /console/'.split(
    ' ',
  );

export function ipv4(random: Random): string {
  for (;;) {
    const a = random.between(1, 223);
    const b = random.between(0, 255);
    if ([10, 100, 127, 169, 172, 192, 198, 203].includes(a)) continue;
    return `${a}.${b}.${random.between(0, 255)}.${random.between(1, 254)}`;
  }
}

/** Independent guessers, scanners and visitors, none of whom acts with another. */
export function background(world: World, addresses: readonly string[]): void {
  const zipf = new Zipf(world.random, PARTINGS.length, 1.1);
  const rare = Array.from({ length: 40 }, () => inventParting(world.random));
  const tail = [...POPULAR, ...inventNames(world.random, 3000)];
  const names = new Zipf(world.random, tail.length, 1.05);
  for (const address of addresses) {
    const { random } = world;
    const kind = random.next();
    if (kind < 0.72) {
      const parting = random.chance(0.04) ? random.pick(rare) : (PARTINGS[zipf.next()] as string);
      guess(
        world,
        address,
        namesOf(random, () => tail[names.next()] as string),
        parting,
      );
    } else if (kind < 0.85) probe(world, address, random.pick(PROBES));
    else if (kind < 0.88) scanWeb(world, address);
    else visit(world, address);
  }
}

function tries(random: Random): number {
  return Math.min(60, Math.max(1, Math.floor(1 / random.next() ** 0.75)));
}

function namesOf(random: Random, draw: () => string): string[] {
  const count = tries(random);
  const kind = random.next();
  if (kind < 0.35) return Array.from({ length: count }, () => 'root');
  if (kind < 0.6) return Array.from({ length: count }, (_, at) => POPULAR[at % POPULAR.length] as string);
  if (kind < 0.75) return shuffled(random, POPULAR.slice(0, random.between(5, POPULAR.length))).slice(0, count);
  return Array.from({ length: count }, draw);
}

function guess(world: World, address: string, names: readonly string[], parting: string): void {
  const { random, start, spanMs, accounts, ssh, partings } = world;
  const gap = 1000 * Math.exp(random.next() * Math.log(7200));
  const jitter = random.next();
  let time = start + random.next() * spanMs * 0.98;
  const host = random.pick(world.hosts);
  for (const name of names) {
    if (time > start + spanMs) return;
    ssh.fails(time, host, address, name, accounts.has(name));
    if (partings && random.chance(0.5)) ssh.says(time, host, address, parting);
    time += Math.max(500, gap * (1 + jitter * (random.next() - 0.5) * 2));
  }
}

function probe({ random, start, spanMs, ssh, hosts }: World, address: string, text: string): void {
  for (let left = random.between(1, 3); left > 0; left -= 1)
    ssh.says(start + random.next() * spanMs, random.pick(hosts), address, text);
}

function scanWeb({ random, start, spanMs, web }: World, address: string): void {
  const agent = random.pick(BOTS);
  let time = start + random.next() * spanMs;
  const paths = random.chance(0.5) ? SCANNED : shuffled(random, SCANNED);
  for (const path of paths.slice(0, random.between(1, paths.length))) {
    web.web(time, address, `GET ${path}`, 404, '-', agent);
    time += random.between(200, 5000);
  }
}

const PAGES = ['/', '/shop', '/blog/one', '/blog/two', '/about', '/cart'];
const PARTS = ['/style.css', '/app.js', '/logo.png', '/favicon.ico'];

/** Somebody reads a page or some. */
export function visit(
  { random, start, spanMs, web }: World,
  address: string,
  at = start + random.next() * spanMs,
): void {
  const agent = random.pick(AGENTS);
  let time = at;
  for (let left = random.between(1, 3); left > 0; left -= 1) {
    const page = random.pick(PAGES);
    web.web(time, address, `GET ${page}`, 200, random.chance(0.5) ? 'https://search.example/' : '-', agent);
    for (const part of PARTS)
      if (random.chance(0.6)) web.web(time + 300, address, `GET ${part}`, 200, `https://shop.example${page}`, agent);
    time += random.between(2000, 90_000);
  }
}

/** Hundreds of real users behind one address, and a guesser or two. */
export function nat(world: World, address: string): void {
  const { random, start, spanMs, ssh, hosts } = world;
  for (const user of world.accounts) {
    for (let left = random.between(1, 3); left > 0; left -= 1) {
      let time = start + random.next() * spanMs;
      const host = random.pick(hosts);
      for (; random.chance(0.2); time += 5000) ssh.fails(time, host, address, user, true);
      ssh.ssh(time, host, `Accepted password for ${user} from ${address} port ${random.between(2000, 60_000)} ssh2`);
    }
  }
  guess(world, address, POPULAR.slice(0, 30), PARTINGS[0] as string);
}

/** A content network in front of the shop: few addresses, many visitors. */
export function cdn(world: World, prefix: string): void {
  for (let host = 1; host <= 24; host += 1) for (let left = 30; left > 0; left -= 1) visit(world, `${prefix}.${host}`);
}

/**
 * Servers of the time, asked by every host all the while. Answers that come late are stopped by the firewall: many addresses in
 * one rhythm from the log's beginning to its end, and none of them means harm.
 */
export function ntp({ start, spanMs, hosts, ssh }: World, random: Random): void {
  for (let left = 24; left > 0; left -= 1) {
    const address = ipv4(random);
    for (let time = start + random.next() * 1_024_000; time < start + spanMs; time += 1_024_000) {
      if (!random.chance(0.04)) continue;
      const stamp = `${new Date(time).toISOString().slice(0, 19)}+00:00`;
      const packet = `SRC=${address} DST=192.0.2.10 LEN=76 TOS=0x00 PREC=0x00 TTL=52 ID=${random.between(1, 65_000)} PROTO=UDP SPT=123 DPT=${random.between(32_768, 60_999)} LEN=56`;
      ssh.raw(
        time,
        `${stamp} ${random.pick(hosts)} kernel: [UFW BLOCK] IN=eth0 OUT= MAC=00:16:3e:00:00:01:00:16:3e:00:00:02:08:00 ${packet}`,
      );
    }
  }
}
