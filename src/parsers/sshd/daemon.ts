import { type EcsFields, withFields } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';
import { source } from '../auth/peer.ts';
import { END, INFO, START } from '../auth/words.ts';
import { about, channel, clear, daemon } from './say.ts';
import { tail } from './tail.ts';

const CHILD = /^(?<pid>\d{1,10})$/;

/** "User child is on pid N": the process that speaks for the session from here on. */
export function child(text: string, at: number): EcsFields | null {
  const pid = CHILD.exec(text.slice(at))?.groups?.['pid'];
  return pid === undefined ? null : daemon('ssh_child', undefined, { 'spoor.child.pid': Number(pid) });
}

const SUBSYSTEM = /^(?<name>\S{1,64})(?: by user (?<user>\S{1,100}))?(?<failed> failed, subsystem not found)?$/;

/** "subsystem request for sftp by user NAME" */
export function subsystem(text: string, at: number): EcsFields | null {
  const groups = SUBSYSTEM.exec(text.slice(at))?.groups;
  if (!groups) return null;
  clear();
  tail.user = groups['user'];
  return withFields(channel('ssh_channel_open'), {
    'event.outcome': groups['failed'] === undefined ? 'success' : 'failure',
    'spoor.session.kind': `subsystem '${groups['name']}'`,
  });
}

/** "Server listening on ADDR port N." */
export function listening(text: string, at: number): EcsFields {
  const address = canonicalIp(text.slice(at, text.indexOf(' ', at)));
  const isOne = address !== null && address !== '0.0.0.0' && address !== '::';
  return daemon('ssh_server_started', START, isOne ? { 'spoor.host.address': address } : {});
}

/** "Received signal 15; terminating.", "Exiting on signal 15" */
export function stopping(): EcsFields {
  return daemon('ssh_server_stopped', END);
}

/** A message of sshd's own housekeeping. */
export function housekeeping(): EcsFields {
  return daemon('ssh_info');
}

const VERSION = 'software version ';

/** "Client protocol version 2.0; client software version X", "Remote protocol version 2.0, remote software version X" */
export function clientVersion(text: string): EcsFields {
  const at = text.indexOf(VERSION);
  return daemon('ssh_info', INFO, { 'spoor.client': at === -1 ? undefined : text.slice(at + VERSION.length) });
}

const KEY_FOUND = /^(?<type>[A-Z0-9-]{2,24}) (?<print>[\w+/=:]{16,160}) found at (?<file>.{1,1024}):(?<line>\d{1,10})$/;

/** "Accepted key TYPE PRINT found at FILE:LINE": which line of authorized_keys let the key in. */
export function keyFound(text: string, at: number): EcsFields | null {
  const groups = KEY_FOUND.exec(text.slice(at))?.groups;
  if (!groups) return null;
  clear();
  return withFields(about('ssh_key_found', undefined, false), {
    'spoor.key.type': groups['type'],
    'spoor.key.fingerprint': groups['print'],
    'file.path': groups['file'],
    'file.line': Number(groups['line']),
  });
}

const CERTIFICATE_FOUND =
  /^ID "(?<id>.*)" \(serial (?<serial>\d{1,20})\) signed by (?<type>[A-Z0-9-]{2,24}) CA (?<print>[\w+/=:]{16,160})(?: via .*| found at .*)?$/s;

/** 'Accepted certificate ID "x" (serial N) signed by TYPE CA PRINT via FILE' */
export function certificateFound(text: string, at: number): EcsFields | null {
  const groups = CERTIFICATE_FOUND.exec(text.slice(at))?.groups;
  if (!groups) return null;
  clear();
  return withFields(about('ssh_certificate_found', undefined, false), {
    'spoor.cert.id': groups['id'],
    'spoor.cert.serial': groups['serial'],
    'spoor.cert.ca': `${groups['type']} ${groups['print']}`,
  });
}

const DENIED = /^(?<user>.{0,100}) by PAM account configuration$/;

/** "Access denied for user NAME by PAM account configuration" */
export function accountDenied(text: string, at: number): EcsFields | null {
  const groups = DENIED.exec(text.slice(at))?.groups;
  if (!groups) return null;
  clear();
  tail.user = groups['user'];
  return about('ssh_not_allowed', 'PAM account configuration');
}

/** A refusal that names neither account nor peer: "Authentication refused: bad ownership or modes for file …". */
export function refusal(text: string): EcsFields {
  clear();
  return about('ssh_auth_refused', text);
}

const FORWARD =
  /^(?:Received request (?:from (?<address>\S{1,253}) port (?<port>\d{1,5}) )?to connect to host (?<host>\S{1,253}) port (?<to>\d{1,5}), but the request was denied|refused (?:local|streamlocal|tun) port forward: originator \S{1,253} port \d{1,5}, target (?<target>\S{1,253}) port (?<targetport>\d{1,5}))\.?$/;

/** A logged-in user wanted to go on through this host, and was refused. */
export function forwardRefused(text: string): EcsFields | null {
  const groups = FORWARD.exec(text)?.groups;
  if (!groups) return null;
  return {
    'event.category': ['network'],
    'event.type': ['connection', 'denied'],
    'event.action': 'ssh_forward_refused',
    'destination.address': groups['host'] ?? groups['target'],
    'destination.port': Number(groups['to'] ?? groups['targetport']),
    ...source(groups['address'], groups['port']),
  };
}
