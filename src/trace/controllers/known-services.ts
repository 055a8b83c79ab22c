import type { Place } from '../story.ts';

/** What is asked of a port by most hosts anywhere. */
const EVERYDAY = new Set([
  20, 21, 22, 25, 43, 53, 80, 110, 123, 143, 443, 465, 514, 587, 636, 853, 873, 989, 990, 993, 995, 6514, 8080, 8443,
]);
const NTP = 123;
const RESOLVERS = new Set([53, 853]);
const MAIL = new Set([25, 110, 143, 465, 587, 993, 995]);
const LOGINS = new Set([22, 23, 2222, 2323, 445, 3389, 5900, 6379, 1433, 3306, 5432]);

/** A service that ordinary hosts use by the hundred, by the ports that are used of it; '' for none. */
export function serviceOf(ports: ReadonlySet<number>): '' | 'time' | 'names' | 'mail' {
  const all = [...ports];
  if (all.length === 0) return '';
  if (all.every((port) => port === NTP)) return 'time';
  if (all.every((port) => RESOLVERS.has(port))) return 'names';
  return all.every((port) => MAIL.has(port)) ? 'mail' : '';
}

/** The ports that no everyday service has. */
export function rarePorts(ports: ReadonlySet<number>): number[] {
  return [...ports].filter((port) => !EVERYDAY.has(port)).sort((a, b) => a - b);
}

/** Is it a port that attackers knock at? */
export function isLoginPort(port: number): boolean {
  return LOGINS.has(port);
}

// Names that distributions, clocks, certificate authorities and networks of caches are known by.
const PUBLIC_NAMES =
  /(?:^|\.)(?:(?:debian|ubuntu|fedoraproject|centos|rockylinux|almalinux|archlinux|alpinelinux|opensuse|freebsd|openbsd|gentoo|kernel|gnu|python|pypi|npmjs|rubygems|crates|golang|docker|snapcraft)\.(?:org|com|io|net)|ntp\.org|time\.(?:google|apple|cloudflare|windows)\.com|letsencrypt\.org|(?:akamai(?:edge|hd)?|akadns|cloudfront|edgekey|edgesuite|fastly(?:lb)?|azureedge|msedge)\.net|windowsupdate\.com|launchpad\.net)$/;
const SHARED_OWNERS = /\b(?:akamai|cloudflare|fastly|cloudfront|edgecast|bunny(?:way|cdn)?|stackpath|cdn77|google)\b/i;

/** Is it a name that everybody's hosts know? Somebody could still hide behind it. */
export function isPublicName(name: string): boolean {
  return PUBLIC_NAMES.test(name);
}

/** Does its address belong to a network that serves very many sites from the same addresses? */
export function isShared({ organisation }: Place): boolean {
  return organisation !== undefined && SHARED_OWNERS.test(organisation);
}
