import type { Event } from '../../core/event.ts';
import { parseIp } from '../../core/ip.ts';
import type { Story } from '../../trace/story.ts';
import { OwnWords } from './own-words.ts';

/** Accounts that every Unix has: that one exists tells nobody anything. */
const EVERYWHERE = new Set(
  'root bin daemon sys sync games man lp mail news uucp proxy www-data backup list irc nobody sshd operator -'.split(
    ' ',
  ),
);
const NO_HOST = new Set(['', '-', 'localhost', 'localhost.localdomain', 'unknown']);
const USER_FIELDS = ['user.name', 'user.effective.name', 'user.target.name', 'spoor.session.user', 'spoor.opener.name'];
/** `host` is what the client asked for, `server` what the configuration calls it (ngx_http_log_error_handler). */
const NGINX_HOST = /, (?:server: |host: ")(?<host>[^\s",]{1,253})/g;
const REFERRER_HOST = /^https?:\/\/(?<host>[^/\s:?#"]{1,253})/i;
const PLAIN_NAME = /^[A-Za-z0-9_.$@\\ -]{1,32}$/;

/**
 * Does a name that was tried look like a password typed in the wrong field? Of people's names and of what guessers try,
 * few have letters of both cases and digits, signs, or digits in their midst.
 */
function looksSecret(name: string): boolean {
  if (!PLAIN_NAME.test(name)) return true;
  if (/[a-z]/.test(name) && /[A-Z]/.test(name) && /\d/.test(name)) return true;
  return name.length >= 6 && /[A-Za-z]\d+[A-Za-z]/.test(name);
}

class Collector {
  readonly words = new OwnWords();
  readonly #tried = new Set<string>();
  readonly #unknown = new Set<string>();

  user(name: string | undefined): void {
    if (name !== undefined && !EVERYWHERE.has(name.toLowerCase())) this.words.add(name, 'user');
  }

  host(name: string): void {
    const host = name.toLowerCase().replace(/\.$/, '');
    if (NO_HOST.has(host) || parseIp(host) !== null) return;
    this.words.add(host, 'host');
    const [label = '', ...domain] = host.split('.');
    if (domain.length > 0) this.words.add(label, 'host');
    if (domain.length > 1) this.words.add(domain.join('.'), 'host');
  }

  /** What one line says of names. */
  line(event: Event): void {
    this.host(event.host);
    this.#users(event);
    this.#sites(event);
  }

  /** An account is thought to exist unless a line says that it does not. */
  #users({ fields }: Event): void {
    const unknown = fields['spoor.user.unknown'] === true || fields['event.action'] === 'ssh_invalid_user';
    const failed = fields['event.outcome'] === 'failure';
    for (const key of USER_FIELDS) {
      const name = fields[key];
      if (typeof name !== 'string') continue;
      if (key !== 'user.name' || !(unknown || failed)) this.user(name);
      else (unknown ? this.#unknown : this.#tried).add(name);
    }
  }

  /** Names of web sites. A referrer is mostly our own name, forged. */
  #sites({ fields, raw }: Event): void {
    const asked = [...raw.slice(0, 8192).matchAll(NGINX_HOST)].map((match) => match.groups?.['host']);
    for (const name of [fields['url.domain'], fields['destination.domain'], ...asked])
      if (typeof name === 'string') this.host(name.replace(/:\d+$/, ''));
    const referrer = REFERRER_HOST.exec(String(fields['http.request.referrer'] ?? ''))?.groups?.['host'] ?? '';
    if (parseIp(referrer) === null) this.words.add(referrer, 'host');
  }

  finish(): OwnWords {
    for (const name of this.#tried) this.user(name);
    for (const name of this.#unknown) if (looksSecret(name) && !EVERYWHERE.has(name)) this.words.add(name, 'secret');
    return this.words;
  }
}

/**
 * Names of one's own: accounts that logged in, acted, or that a line does not call unknown; hosts and their domains; and
 * tried names that look like passwords. `lines` are those that are to go outside, as far as they were understood.
 */
export function ownWords(story: Story, lines: Iterable<Event>): OwnWords {
  const own = new Collector();
  for (const { user } of story.entries) own.user(user);
  for (const { user, host, steps } of story.sessions) {
    own.user(user);
    own.host(host);
    for (const step of steps) {
      own.user(step.user);
      own.user(step.asUser);
    }
  }
  for (const { kind, target } of story.actions) if (/_account$|password/.test(kind)) own.user(target);
  for (const { from, to } of story.hops)
    for (const { host, user } of [from, to]) {
      own.user(user);
      own.host(host);
    }
  for (const { host } of [...story.hosts, ...story.entries, ...story.findings, ...story.missing]) own.host(host);
  for (const { hosts } of [...story.inputs, ...story.attackers]) for (const host of hosts) own.host(host);
  for (const line of lines) own.line(line);
  return own.finish();
}
