import type { Call } from './calls.ts';

/** login: who came and what was said of it; web: a web server's; old: rotated away; app: any other log; folder: all of them. */
export type LogKind = 'login' | 'web' | 'old' | 'app' | 'folder';

const FOLDER = /^(?:\/private)?(?:\/host|\/mnt\/host)?\/var\/(?:log|adm)(?=\/|$)|^\/run\/log(?=\/|$)/;
/** Names that mean a login or audit log wherever they stand. */
const PLAIN_NAMES =
  'auth.log authlog wtmp btmp utmp wtmpx btmpx utmpx lastlog faillog tallylog audit.log wtmp.db lastlog2.db'.split(' ');
/** Names that do so in the folder of logs only. */
const FOLDER_NAMES = [
  ...PLAIN_NAMES,
  ...'secure syslog messages system.log sulog kern.log user.log daemon.log cron cron.log debug fail2ban.log'.split(' '),
];
const WHOLE = new Set(['audit', 'journal', 'sa', 'private']);
const WEB = /^(?:nginx|apache2?|httpd|lighttpd|caddy)$/;
const OLD = /(?:\.(?:gz|xz|bz2|zst|Z|old|bak|\d{1,3}|\[[^\]]{1,8}\])|-\d{8}(?:\.\w{1,4})?|\.\d{8}|~)$/;

/** What kind of log a path names, globs included; null when it is none. `call` gives the folder it is relative to. */
export function logKind(path: string, { folder }: Pick<Call, 'folder'>): LogKind | null {
  const full = absolute(path, folder);
  if (/^\/(?:var\/)?run\/utmp$/.test(full)) return 'login';
  const found = FOLDER.exec(full)?.[0];
  if (found === undefined) return !full.includes('/') && PLAIN_NAMES.includes(full) ? 'login' : null;
  const parts = full
    .slice(found.length)
    .split('/')
    .filter((part) => part !== '');
  return parts.length === 0 ? 'folder' : kindBelow(parts);
}

function kindBelow(parts: readonly string[]): LogKind {
  const [first = '', ...rest] = parts;
  const last = parts.at(-1) as string;
  if (OLD.test(last)) return 'old';
  if (WHOLE.has(first)) return rest.length === 0 || isGlob(last) ? 'folder' : 'login';
  if (WEB.test(first)) return 'web';
  if (rest.length > 0) return isGlob(first) ? 'folder' : 'app';
  if (!isGlob(first)) return FOLDER_NAMES.includes(first) ? 'login' : 'app';
  return FOLDER_NAMES.some((name) => matches(first, name)) ? 'folder' : 'app';
}

function absolute(path: string, folder: string): string {
  const plain = path.replace(/^(?:\.{1,2}\/)+/, '').replace(/\/{2,}/g, '/');
  if (/^(?:var\/)?log(?:\/|$)/.test(plain) && !folder.startsWith('/'))
    return `/var/log${plain.replace(/^(?:var\/)?log/, '')}`;
  if (path.startsWith('/') || path.startsWith('~') || folder === '')
    return path.startsWith('/') ? collapse(path) : plain;
  return collapse(`${folder}/${plain}`);
}

function collapse(path: string): string {
  return path.replace(/\/(?:\.?\/)+/g, '/').replace(/(.)\/$/, '$1');
}

const isGlob = (name: string) => /[*?[{$]/.test(name);

/** Does a glob match a name? `[…]` counts as one character, `{…}` and `$…` as anything. Linear steps back, never nested. */
function matches(glob: string, name: string): boolean {
  const pattern = glob
    .slice(0, 200)
    .replace(/\[[^\]]{0,50}\]/g, '?')
    .replace(/\{[^}]{0,100}\}|\$\{?\w{0,50}\}?/g, '*');
  let at = 0;
  let star = -1;
  let resume = 0;
  let seen = 0;
  while (seen < name.length) {
    if (pattern[at] === '*') {
      star = at++;
      resume = seen;
    } else if (pattern[at] === '?' || pattern[at] === name[seen]) {
      at += 1;
      seen += 1;
    } else if (star >= 0) {
      at = star + 1;
      seen = ++resume;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

/** A shell's (or database client's) own record of what was typed. */
export function isHistory(path: string): boolean {
  return (
    /(?:^|\/)\.(?:(?:bash|zsh|sh|ash|ksh|python|mysql|psql|rediscli|node_repl|lesshst)_?history|history|zhistory|lesshst)$/.test(
      path,
    ) || /^"?\$\{?HISTFILE\}?"?$/.test(path)
  );
}
