import type { Judged } from '../attackers.ts';
import type { NamedSession } from '../findings.ts';
import { type Citer, cite, type Noted } from '../noted.ts';
import type { Citation, Finding } from '../story.ts';
import type { Ref } from '../tally.ts';
import type { Motive } from '../tracks.ts';
import type { Crowd } from './crowd.ts';
import {
  type HostsOf,
  hostsOf,
  linesOf,
  listed,
  many,
  motive,
  ofWorst,
  plusOne,
  ranked,
  stepLines,
} from './telling.ts';

export interface HostFacts {
  readonly sessions: readonly NamedSession[];
  readonly notables: readonly Noted[];
  readonly crowd: Crowd;
  readonly findings: readonly Finding[];
  readonly citer: Citer;
  readonly citeRef: (ref: Ref) => Citation;
  readonly hostsOf: HostsOf;
}

/** The account that was entered could be root. */
export function easyRoot({ sessions, citer }: HostFacts): Motive[] {
  const rising = sessions.flatMap(({ draft, suspect }) =>
    suspect && draft.user !== 'root'
      ? draft.steps.filter(({ kind, outcome, asUser }) => kind === 'sudo' && outcome === 'success' && asUser === 'root')
      : [],
  );
  if (rising.length === 0) return [];
  const users = [...new Set(rising.map(({ user, noted }) => `${user} on ${noted.host}`))];
  return [
    motive('invited', {
      title: 'Accounts that were entered could be root by sudo',
      detail: `${listed(users)}: ${many(rising.length, 'command')} as root; whether sudo asked for a password, its lines do not say`,
      mend: 'Take the account out of the groups sudo and wheel, or give it in /etc/sudoers only the commands that it needs, without `NOPASSWD`.',
      hosts: rising.map(({ noted }) => noted.host),
      count: rising.length,
      confidence: 'medium',
      evidence: stepLines(rising, citer),
    }),
  ];
}

const SECRET =
  /\/(?:\.env[.\w-]{0,20}|\.git\/(?:config|head|index)|\.aws\/credentials|[\w.-]{1,40}\.sql(?:\.gz)?|wp-config\.php\.\w{1,5}|\.htpasswd|id_rsa)$/i;
/** In a line of a web server's log: the request, then its answer, which was a page. */
const SHOWN = /"[A-Z]{3,7} (?<path>\/[^\s"?]{0,300})(?:\?[^\s"]{0,2000})? HTTP\/[\d.]{1,3}" 200 /;

/** Administration pages and secrets that attackers asked for and were shown. */
export function exposedPages(facts: HostFacts): Motive[] {
  const { worst: asking } = facts.crowd.visitors;
  if (findsEverything(facts.crowd)) return [];
  return [
    ...exposed(asking, ({ tally }) => tally.panels, facts, {
      title: 'Administration pages open to everybody',
      mend: 'Let only your own networks or a VPN reach these pages (nginx: `allow 192.0.2.0/24; deny all;`, Apache: `Require ip 192.0.2.0/24`), and remove what nobody uses.',
    }),
    ...exposed(asking, secretsShown, facts, {
      title: 'Secrets lie in the web root',
      mend: 'Move them out of the web root, deny names that begin with a dot (nginx: `location ~ /\\. { deny all; }`), and change every password and key in them.',
    }),
  ];
}

// A server that answers every request with its one page shows nothing by it.
function findsEverything({ visitors, refused }: Crowd): boolean {
  return visitors.sum >= 10 && refused * 20 < visitors.sum;
}

function secretsShown({ tally }: Judged): string[] {
  const paths =
    tally.hostile === 0 ? [] : tally.refs.map(({ raw }) => SHOWN.exec(raw.slice(0, 4096))?.groups?.['path'] ?? '');
  return paths.filter((path) => SECRET.test(path));
}

function exposed(
  asking: readonly Judged[],
  pagesOf: (one: Judged) => readonly string[],
  facts: HostFacts,
  { title, mend }: { readonly title: string; readonly mend: string },
): Motive[] {
  const pages = new Map<string, number>();
  const who = asking.filter((one) => {
    const found = pagesOf(one);
    for (const path of found) plusOne(pages, path);
    return found.length > 0;
  });
  if (who.length === 0) return [];
  const paths = ranked(pages).map(([path]) => path);
  return [
    motive('invited', {
      title,
      detail: `${listed(paths)}: shown to ${many(who.length, 'address', 'addresses')} that attacked${ofWorst(facts.crowd.visitors)}`,
      mend,
      hosts: hostsOf(who, facts.hostsOf),
      count: paths.length,
      confidence: 'medium',
      evidence: linesOf(who, facts.citeRef, ...paths.slice(0, 5)),
    }),
  ];
}

const WIPING = new Set([
  'Logs wiped',
  'Logging stopped',
  'Command history wiped',
  'Audit rules removed or auditing switched off',
]);

/** What could be wiped lay where the intruder was. */
export function logsOnlyHere({ findings }: HostFacts): Motive[] {
  const wiped = findings.filter(
    ({ title, level }) => WIPING.has(title) && level !== 'low' && level !== 'informational',
  );
  if (wiped.length === 0) return [];
  return [
    motive('invited', {
      title: 'Logs lie only on the machine that they tell of',
      detail: `${many(wiped.length, 'finding')} of logs or histories wiped or stopped there`,
      mend: 'Send every line to another machine as it is written (rsyslog: `*.* @@loghost:6514` with TLS, or journal-upload), which takes lines and lets nobody delete them.',
      hosts: wiped.map(({ host }) => host),
      count: wiped.length,
      confidence: 'medium',
      evidence: wiped.flatMap(({ evidence }) => evidence.slice(0, 1)),
    }),
  ];
}

/** Packages and the version below which their makers mend nothing more. */
const ENDED: readonly (readonly [name: RegExp, below: readonly [number, number], said: string])[] = [
  [/^openssh-server$/, [8, 0], 'OpenSSH'],
  [/^(?:apache2|httpd)$/, [2, 4], 'Apache httpd'],
  [/^(?:php\d?(?:\.\d)?|libapache2-mod-php\d?(?:\.\d)?|php\d?(?:\.\d)?-fpm)$/, [8, 1], 'PHP'],
  [/^(?:openssl|libssl\d[\w.]{0,8})$/, [3, 0], 'OpenSSL'],
  [/^(?:mysql-server|mysql-server-\d\.\d)$/, [8, 0], 'MySQL'],
  [/^samba$/, [4, 10], 'Samba'],
  [/^(?:linux-image-(?:amd64|generic)|linux-image-\d[\w.-]{1,40}|kernel)$/, [5, 4], 'Linux'],
  [/^(?:proftpd|proftpd-basic|proftpd-core)$/, [1, 3], 'ProFTPD'],
  [/^exim4(?:-daemon-\w{1,10})?$/, [4, 94], 'Exim'],
];

/** Old software, by what the package manager says is installed last. */
export function oldVersions({ notables, citer }: HostFacts): Motive[] {
  const latest = new Map<string, Noted>();
  for (const noted of notables) {
    const { fields } = noted;
    const name = fields['package.name'];
    if (typeof name !== 'string' || fields['event.type'] === undefined) continue;
    const key = `${noted.host} ${name}`;
    if (fields['event.action'] === 'package_removed') latest.delete(key);
    else if (typeof fields['package.version'] === 'string' && isEnded(name, '0') !== null) latest.set(key, noted);
  }
  const old = [...latest.values()].flatMap((noted) => {
    const said = isEnded(String(noted.fields['package.name']), String(noted.fields['package.version']));
    return said === null
      ? []
      : [{ noted, said: `${said} ${versionOf(String(noted.fields['package.version']))} on ${noted.host}` }];
  });
  if (old.length === 0) return [];
  return [
    motive('invited', {
      title: 'Old versions are in use',
      detail: listed([...new Set(old.map(({ said }) => said))]),
      mend: 'Bring the system to a release that still gets security updates, and let it install them by itself (unattended-upgrades, dnf-automatic).',
      hosts: old.map(({ noted }) => noted.host),
      count: old.length,
      confidence: 'medium',
      evidence: old.slice(0, 5).map(({ noted }) => cite(citer, noted)),
    }),
  ];
}

/** The product's name when this version of a package is no longer mended; else null. */
function isEnded(name: string, version: string): string | null {
  const [major = 0, minor = 0] = versionOf(version).split('.').map(Number);
  for (const [pattern, [least, lesser], said] of ENDED)
    if (pattern.test(name)) return major < least || (major === least && minor < lesser) ? said : null;
  return null;
}

/** Major and minor of a package's version without its epoch: `1:7.2p2-4ubuntu2` is `7.2`. */
function versionOf(version: string): string {
  return /^(?:\d{1,4}:)?(?<number>\d{1,4}(?:\.\d{1,4})?)/.exec(version)?.groups?.['number'] ?? '';
}

/** Logins over the first SSH protocol, which is broken. */
export function oldProtocol({ sessions, citer }: HostFacts): Motive[] {
  const lines = sessions.flatMap(({ draft }) =>
    draft.evidence.filter(({ raw }) => / port \d{1,5} ssh1(?:$|:)/.test(raw.slice(-400))),
  );
  if (lines.length === 0) return [];
  return [
    motive('invited', {
      title: 'The broken SSH protocol 1 is taken',
      detail: `${many(lines.length, 'login')} with it`,
      mend: 'In /etc/ssh/sshd_config set `Protocol 2`, then bring OpenSSH up to date: since 7.6 it knows no other.',
      hosts: lines.map(({ host }) => host),
      count: lines.length,
      confidence: 'high',
      evidence: lines.slice(0, 5).map((noted) => cite(citer, noted)),
    }),
  ];
}
