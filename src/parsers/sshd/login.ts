import { type EcsFields, withFields } from '../../core/event.ts';
import { about, attempt, clear, connection } from './say.ts';
import { readAttempt, readOrigin, tail } from './tail.ts';

// Hot path: most lines of an attacked host are read here.

// "ED25519 SHA256:…", "RSA 0e:ff:…", with "-CERT" when a certificate follows (format_method_key in OpenSSH's auth2-pubkey.c)
const KEY = /^(?<type>[A-Z0-9-]{2,24}) (?<print>(?:[A-Z0-9]{2,8}:)?[\w+/=:]{16,160})(?:$|, client user | ID )/;
const CERTIFICATE =
  /^(?<type>[A-Z0-9-]{2,24}-CERT)(?: (?<print>[\w+/=:]{16,160}))? ID (?<id>.*) \(serial (?<serial>\d{1,20})\) CA (?<ca>[A-Z0-9-]{2,24} [\w+/=:]{16,160})$/;
const PRINCIPAL = /^[^\s@/]{1,128}(?:\/[^\s@]{1,128})?@[\w.-]{1,253}$/;

/** What stands after "ssh2: ": the key, the certificate or the Kerberos principal that was shown. */
function credential(extra: string): EcsFields {
  const certificate = CERTIFICATE.exec(extra)?.groups;
  if (certificate)
    return {
      'spoor.auth.method': 'certificate',
      'spoor.key.type': certificate['type'],
      'spoor.key.fingerprint': certificate['print'],
      'spoor.cert.id': certificate['id'],
      'spoor.cert.serial': certificate['serial'],
      'spoor.cert.ca': certificate['ca'],
    };
  const key = KEY.exec(extra)?.groups;
  if (key) return { 'spoor.key.type': key['type'], 'spoor.key.fingerprint': key['print'] };
  return PRINCIPAL.test(extra) ? { 'spoor.auth.principal': extra } : {};
}

/** The method's end in "METHOD[/SUBMETHOD] for " at `at`; -1 when no " for " follows. */
function endOfMethod(text: string, at: number): number {
  const end = text.indexOf(' ', at);
  return end !== -1 && text.startsWith(' for ', end) ? end : -1;
}

function methodOf(text: string, at: number, end: number): string {
  const method = text.slice(at, end);
  const sub = method.indexOf('/');
  return sub === -1 ? method : method.slice(0, sub);
}

function tried(text: string, at: number, outcome: 'success' | 'failure'): EcsFields | null {
  const end = endOfMethod(text, at);
  if (end === -1 || !readAttempt(text, end + 5)) return null;
  const said = attempt(outcome, methodOf(text, at, end));
  return tail.extra === -1 ? said : withFields(said, credential(text.slice(tail.extra)));
}

/** "Failed METHOD for …" */
export function failed(text: string, at: number): EcsFields | null {
  return tried(text, at, 'failure');
}

/** "Accepted METHOD for …" */
export function accepted(text: string, at: number): EcsFields | null {
  return tried(text, at, 'success');
}

/** "Postponed METHOD for …", "Partial METHOD for …": one more step is to come. */
export function undecided(text: string, at: number): EcsFields | null {
  const end = endOfMethod(text, at);
  if (end === -1 || !readAttempt(text, end + 5)) return null;
  const method = methodOf(text, at, end);
  return withFields(about(`ssh_${text.slice(0, at - 1).toLowerCase()}`, undefined, false), {
    'spoor.auth.method': method,
  });
}

/** "Invalid user NAME from ADDR[ port N]" */
export function invalidUser(text: string, at: number): EcsFields | null {
  if (!readOrigin(text, at)) return null;
  tail.unknown = true;
  return about('ssh_invalid_user', 'invalid user');
}

/** "input_userauth_request: invalid user NAME": says again, without an address, what "Invalid user" said. */
export function invalidRequest(text: string, at: number): EcsFields {
  clear();
  tail.unknown = true;
  tail.user = text.slice(at);
  return about('ssh_invalid_user_again', 'invalid user');
}

/** "maximum authentication attempts exceeded for [invalid user ]NAME from ADDR port N ssh2" */
export function maxAttempts(text: string, at: number): EcsFields | null {
  return readAttempt(text, at) ? about('ssh_max_attempts', 'maximum authentication attempts exceeded') : null;
}

// OpenSSH 6.7 and 6.8 (auth_maxtries_exceeded in auth.c).
const NAME_AND_PEER = /^(?<user>.*) from [\w.:-]{1,253} port \d{1,5} ssh[12]$/s;

/**
 * "Too many authentication failures for NAME", by which the peer is sent away; the name is the end of the line. What two versions wrote behind
 * it is no part of the name, and no peer either: of the others, it would be what the client calls itself.
 */
export function tooMany(text: string, at: number): EcsFields {
  clear();
  if (text.startsWith(' for ', at)) {
    tail.unknown = text.startsWith('invalid user ', at + 5);
    const name = text.slice(at + (tail.unknown ? 18 : 5));
    tail.user = NAME_AND_PEER.exec(name)?.groups?.['user'] ?? name;
  }
  return about('ssh_max_attempts', 'Too many authentication failures');
}

const PAM = /^(?<reason>.{1,160}?) for (?<rest>.*)$/s;
const VIA = / via \S{1,253}$/;

/** "PAM: REASON for [illegal user ]NAME from HOST[ via ADDR]": the word after the last "from" is the peer. */
export function pamError(text: string, at: number): EcsFields | null {
  const groups = PAM.exec(text.slice(at))?.groups;
  if (!groups || !readOrigin((groups['rest'] as string).replace(VIA, ''), 0)) return null;
  return about('pam_auth_failure', groups['reason']);
}

const EXPIRED = /^(?<user>\S{1,256}) (?<reason>password has expired|account has expired)(?: \(.{0,64}\))?$/;

const COMING = /^(?<user>\S{1,256}), coming from (?<address>[^\s,]{1,253}), authenticated\.?$/;

/** "User NAME, coming from HOST, authenticated.": SSH Tectia and what was made of it. */
function cameFrom(text: string, at: number): EcsFields | null {
  const groups = COMING.exec(text.slice(at))?.groups;
  if (!groups) return null;
  clear();
  tail.user = groups['user'];
  tail.address = groups['address'] as string;
  return attempt('success', undefined);
}

function expired(text: string, at: number): EcsFields | null {
  const groups = EXPIRED.exec(text.slice(at))?.groups;
  if (!groups) return null;
  clear();
  tail.user = groups['user'];
  return about('ssh_not_allowed', groups['reason']);
}

/** "User NAME from HOST not allowed because REASON", and what else sshd says of an account. */
export function userNotAllowed(text: string, at: number): EcsFields | null {
  const because = text.lastIndexOf(' not allowed because ');
  if (because === -1) return expired(text, at) ?? cameFrom(text, at);
  const reason = text.slice(because + 21);
  const from = text.lastIndexOf(' from ', because - 1);
  clear();
  if (from >= at && !text.slice(from + 6, because).includes(' ')) {
    tail.address = text.slice(from + 6, because);
    tail.user = text.slice(at, from);
  } else tail.user = text.slice(at, because);
  return about('ssh_not_allowed', reason);
}

/** "ROOT LOGIN REFUSED FROM ADDR[ port N]": root had the right secret and may not use it. */
export function rootRefused(text: string, at: number): EcsFields | null {
  if (!readOrigin(` from ${text.slice(at)}`, 1)) return null;
  tail.user = 'root';
  tail.unknown = false;
  return about('ssh_root_refused', 'root login refused');
}

/** libwrap's "refused connect from NAME (ADDR)"; what stands in brackets is the peer. */
export function refusedConnect(text: string, at: number): EcsFields | null {
  const open = text.endsWith(')') ? text.lastIndexOf('(') : -1;
  clear();
  tail.address = open === -1 ? text.slice(at) : text.slice(open + 1, -1);
  if (tail.address === '' || tail.address.includes(' ')) return null;
  return connection('ssh_refused', true, 'refused connect');
}

const NOT_PERMITTED =
  /^(?<user>.*) with (?:correct key|valid certificate) but not from a permitted (?:host|source address) \((?<peer>[^()]*)\)\.?$/;

/** "Authentication tried for NAME with correct key but not from a permitted host (host=NAME, ip=ADDR)" */
export function notPermitted(text: string, at: number): EcsFields | null {
  const groups = NOT_PERMITTED.exec(text.slice(at))?.groups;
  if (!groups) return null;
  const peer = groups['peer'] as string;
  clear();
  tail.user = groups['user'];
  tail.address = /(?:^|, )ip=(?<ip>[^\s,]+)/.exec(peer)?.groups?.['ip'] ?? (peer.includes('=') ? '' : peer);
  return about('ssh_not_permitted', 'not from a permitted host');
}
