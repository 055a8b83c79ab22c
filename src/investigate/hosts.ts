import type { ReadInput } from './gather-events.ts';
import type { PieceReport } from './piece.ts';

const ROOT = /^(?<root>.*?)(?:^|\/|!\/)(?:var\/(?:log|adm|run|lib|www|spool)|home|root|etc|run\/log)\//;
const GENERIC =
  /^(?:|\.|logs?|evidence|files?|data|var|tmp|home|root|srv|mnt|backup|sample|incident|extracted|.*\.(?:tar|tgz|gz|zip|xz|zst|bz2))$/i;
const HOSTNAME = /^[a-z0-9][a-z0-9.-]{0,254}$/i;
const DOMINANT = 0.6;
/** Folders that programs have in /var/log (packages of Debian and Red Hat): a copy of it has them beside auth.log. */
const OF_A_PROGRAM =
  /^(?:apache2|apt|audit|caddy|chrony|clamav|cups|exim4|fail2ban|haproxy|httpd|installer|journal|letsencrypt|lighttpd|mariadb|mongodb|mysql|nginx|openvpn|php-fpm|postgresql|private|proftpd|redis|samba|squid|sssd|tomcat\d{0,2}|unattended-upgrades|vsftpd)$/;

/** The part of a path before the file system of a host begins: "web1/" for "web1/var/log/auth.log". */
export function rootOf(path: string): string {
  const root = ROOT.exec(path)?.groups?.['root'];
  return root ?? path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/**
 * Names the host of inputs whose lines name none (wtmp, access logs, histories): the host that the other logs of the same
 * file system speak of, else the folder that this file system lies in. '' when neither tells.
 */
export function settleHosts(inputs: readonly ReadInput[], reports: ReadonlyMap<number, PieceReport>): string[] {
  const counts = new Map<string, Map<string, number>>();
  for (const input of inputs) {
    const root = rootOf(input.path);
    const hosts = counts.get(root) ?? new Map<string, number>();
    counts.set(root, hosts);
    for (const task of input.tasks)
      for (const { host, events } of reports.get(task)?.coverage ?? [])
        if (host !== '') hosts.set(host, (hosts.get(host) ?? 0) + events);
  }
  const told = inputs.map((input) => {
    const root = aboveProgram(rootOf(input.path), counts);
    return dominant(counts.get(root) ?? new Map()) ?? nameFor(input, root);
  });
  return inputs.some(({ source }) => source !== '') ? apart(inputs, told) : told;
}

// "logs/nginx" beside "logs/auth.log" is no host called nginx.
function aboveProgram(root: string, counts: ReadonlyMap<string, ReadonlyMap<string, number>>): string {
  const cut = root.lastIndexOf('/');
  if (!OF_A_PROGRAM.test(root.slice(cut + 1)) || dominant(counts.get(root) ?? new Map()) !== null) return root;
  const above = root.slice(0, Math.max(0, cut));
  return dominant(counts.get(above) ?? new Map()) === null ? root : above;
}

// What was handed in under a label is named by it, unless folders within it name hosts.
function nameFor({ path, source, sourceRoot }: ReadInput, root: string): string {
  if (source === '') return named(root);
  const within =
    root.startsWith(`${sourceRoot}/`) && path !== sourceRoot ? named(root.slice(sourceRoot.length + 1)) : '';
  return within || source;
}

/** A host of somebody else's that has the name of another is named with its label as well. */
function apart(inputs: readonly ReadInput[], told: readonly string[]): string[] {
  const owners = new Map<string, Set<string>>();
  inputs.forEach(({ source }, at) => {
    const name = told[at] as string;
    owners.set(name, (owners.get(name) ?? new Set()).add(source));
  });
  return inputs.map(({ source }, at) => {
    const name = told[at] as string;
    return source !== '' && name !== source && (owners.get(name)?.size ?? 0) > 1 ? `${source}:${name}` : name;
  });
}

/** Whose homes lie in /var, as the packages of Debian and Red Hat lay them. */
const HOMES_IN_VAR: ReadonlyMap<string, string> = new Map([
  ['var/lib/postgresql', 'postgres'],
  ['var/lib/pgsql', 'postgres'],
  ['var/lib/mysql', 'mysql'],
  ['var/lib/redis', 'redis'],
  ['var/lib/jenkins', 'jenkins'],
  ['var/lib/tomcat', 'tomcat'],
  ['var/www', 'www-data'],
]);

/** Whose history file this is: by the home folder it lies in; '' when the path does not tell. */
export function historyUser(path: string): string {
  const found =
    /(?:^|\/)(?:home\/(?<user>[^/]{1,64})|(?<root>root)|(?<service>var\/(?:lib\/[^/]{1,64}|www)))\/\.[^/]*$/.exec(
      path,
    )?.groups;
  return found?.['user'] ?? found?.['root'] ?? HOMES_IN_VAR.get(found?.['service'] ?? '') ?? '';
}

function dominant(hosts: ReadonlyMap<string, number>): string | null {
  let total = 0;
  let best: [string, number] = ['', 0];
  for (const [host, count] of hosts) {
    total += count;
    if (count > best[1]) best = [host, count];
  }
  return total > 0 && best[1] >= total * DOMINANT ? best[0] : null;
}

/** The host whose file system a path lies in, as the folder above says it: "web1" for "case/web1/var/log/auth.log"; '' when none does. */
export const hostInPath = (path: string): string => named(rootOf(path));

function named(root: string): string {
  const folder = root.split('/').findLast((part) => part !== '') ?? '';
  return HOSTNAME.test(folder) && !GENERIC.test(folder) ? folder : '';
}
