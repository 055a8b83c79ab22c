import type { EcsFields } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';
import { becomesAnother } from '../auth/becoming.ts';
import { domainOf } from '../auth/peer.ts';
import { AUTHENTICATION, INFO } from '../auth/words.ts';

// Hot path: one of these for each guessed password.

const RHOST = ' rhost=';
const USER = ' user=';
/** Servers whose `ruser` is the name that was tried, where none follows. */
const NAMED_BY_RUSER = /^(?:ftp|vsftpd|proftpd|pure-ftpd|dovecot)$/;
const TERMINAL = /^(?:\/dev\/|tty|pts\/|console|:\d)/; // services without one write their own name

/** The value after `key` in text[from, …), up to the next space. */
function wordAfter(text: string, key: string, from: number): string {
  const at = text.indexOf(key, from);
  if (at === -1) return '';
  const start = at + key.length;
  const end = text.indexOf(' ', start);
  return text.slice(start, end === -1 ? text.length : end);
}

/**
 * Where the peer begins, or -1. `ruser` is the client's text in some services, and `user` in others; either may hold a
 * second "rhost=", and then nobody can tell which is the host's own. sshd always leaves `ruser` empty, so there the
 * first one stands.
 */
function startOfPeer(text: string, from: number): number {
  const first = text.indexOf(RHOST, from);
  if (first === -1 || text.indexOf(RHOST, first + 1) === -1) return first;
  return text.startsWith(' tty=ssh ruser= rhost=', text.indexOf(' tty=', from)) ? first : -1;
}

// putil_log_failure() of pam-krb5 (pam-util/logging.c) writes the name tried as `logname`, in front of all that is its own
const KRB5 =
  /^authentication failure; logname=(?<name>.*) uid=\d{1,10} euid=\d{1,10} tty=(?<tty>[^\s=]{0,128}) ruser=(?<ruser>[^\s=]{0,256}) rhost=(?<address>[^\s=]{0,253})$/s;

function nameAfter(text: string, from: number): string | undefined {
  const at = text.indexOf(USER, from);
  return at === -1 ? undefined : text.slice(at + USER.length);
}

/**
 * "authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=ADDR  user=NAME" at `at`, and "N more
 * authentication failures; …" (pam_unix's support.c, pam_sss, pam_krb5). su and sudo tell both who asks (`user.name`)
 * and whose rights are asked for (`user.effective.name`).
 */
export function failure(text: string, at: number, service: string, more: number): EcsFields {
  const peer = startOfPeer(text, at);
  const terminal = wordAfter(text, ' tty=', at);
  const named = peer !== -1 && NAMED_BY_RUSER.test(terminal) ? wordAfter(text, ' ruser=', at) : '';
  return said(service, more, {
    address: peer === -1 ? '' : wordAfter(text, RHOST, peer),
    name: nameAfter(text, peer === -1 ? at : peer + 1) ?? (named === '' ? undefined : named),
    terminal,
    actor: becomesAnother(service) ? wordAfter(text, ' ruser=', at) : '',
  });
}

/** The same of pam-krb5, whose `logname` is the name that was tried: a peer in it is made up. Null: not as it writes it. */
export function krb5Failure(text: string, service: string): EcsFields | null {
  const groups = KRB5.exec(text)?.groups;
  if (!groups) {
    const forged = text.startsWith('authentication failure; ') && text.indexOf(RHOST) !== text.lastIndexOf(RHOST);
    return forged ? said(service, 0, { address: '', name: undefined, terminal: '', actor: '' }) : null;
  }
  const { name, tty = '', ruser = '', address = '' } = groups;
  return said(service, 0, { address, name, terminal: tty, actor: becomesAnother(service) ? ruser : '' });
}

interface Failure {
  readonly address: string;
  readonly name: string | undefined;
  readonly terminal: string;
  readonly actor: string;
}

function said(service: string, more: number, { address, name, terminal, actor }: Failure): EcsFields {
  const ip = canonicalIp(address);
  return {
    'event.category': AUTHENTICATION,
    'event.type': INFO,
    'event.action': 'pam_auth_failure',
    'event.outcome': 'failure',
    'event.reason': 'authentication failure',
    'user.name': actor === '' ? name : actor,
    'user.effective.name': actor === '' ? undefined : name,
    'user.terminal': TERMINAL.test(terminal) ? terminal : undefined,
    'source.ip': ip ?? undefined,
    'source.address': address === '' ? undefined : address,
    'source.domain': ip === null ? domainOf(address) : undefined,
    'spoor.session.service': service === '' ? undefined : service,
    'spoor.failures.more': more === 0 ? undefined : more,
  };
}
