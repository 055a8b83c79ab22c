import { type EcsFields, withFields } from '../../core/event.ts';
import { peerAt } from './connection.ts';
import { clear, connection } from './say.ts';
import { readAddress, readOrigin, tail } from './tail.ts';

// Peers that came and went before they tried a name.

/** "Did not receive identification string from ADDR[ port N]" */
export function noIdentification(text: string, at: number): EcsFields | null {
  return peerAt(text, at) ? connection('ssh_probe', true, 'no identification string') : null;
}

/** "Bad protocol version identification 'TEXT' from ADDR port N": TEXT is the peer's; the end of the line is sshd's. */
export function badIdentification(text: string, at: number): EcsFields | null {
  if (!readOrigin(text, at)) return null;
  const client = tail.user?.startsWith("'") ? tail.user.slice(1, -1) : tail.user;
  tail.user = undefined;
  tail.unknown = false;
  return withFields(connection('ssh_probe', true, 'bad protocol version identification'), { 'spoor.client': client });
}

/** "Magic value check failed (N) on obfuscated handshake from ADDR port N" */
export function badHandshake(text: string, at: number): EcsFields | null {
  if (!readOrigin(text, at)) return null;
  tail.user = undefined;
  return connection('ssh_probe', true, 'bad obfuscated handshake');
}

/** "scanned from ADDR with TEXT.  Don't panic.": what OpenSSH before 7.6 said to scanners that it knew. */
export function scanned(text: string, at: number): EcsFields | null {
  const end = text.indexOf(' with ', at);
  clear();
  if (end === -1 || !readAddress(text, at, end)) return null;
  return connection('ssh_probe', true, 'scanner');
}

/** "Unable to negotiate with ADDR[ port N]: REASON": the address comes before the peer's offer. */
export function noAgreement(text: string, at: number): EcsFields | null {
  const end = text.indexOf(': ', at);
  clear();
  if (end === -1 || !readAddress(text, at, end)) return null;
  return connection('ssh_probe', true, text.slice(end + 2));
}

/** "kex_exchange_identification: REASON", "Bad packet length N.", "Corrupted MAC on input.": no peer is named. */
export function noise(text: string, _at: number, preauth: boolean): EcsFields {
  clear();
  return connection(preauth || text.startsWith('kex') ? 'ssh_probe' : 'ssh_disconnect', preauth, text);
}

const REMOTE = /^SSH: Server;Ltype: \w{1,20};Remote: (?<address>[^\s;]{1,253})-(?<port>\d{1,5});/;

/** The audit lines of NetBSD and pkgsrc builds: "SSH: Server;Ltype: Kex;Remote: ADDR-PORT;…". */
export function serverNote(text: string): EcsFields | null {
  const match = REMOTE.exec(text);
  if (!match?.groups) return null;
  clear();
  tail.address = match.groups['address'] as string;
  tail.port = Number(match.groups['port']);
  const name = text.startsWith('Name: ', match[0].length) ? text.slice(match[0].length + 6) : undefined;
  tail.user = name;
  return connection('ssh_peer', true);
}

const DROPPED =
  /^#\d{1,10} from \[(?<address>[^\][\s]{1,253})\]:(?<port>\d{1,5}) on \[[^\][\s]{1,253}\]:\d{1,5} (?<reason>.*)$/s;

/** "drop connection #3 from [ADDR]:PORT on [ADDR]:PORT penalty: failed authentication" (PerSourcePenalties, MaxStartups) */
export function dropped(text: string, at: number): EcsFields | null {
  const groups = DROPPED.exec(text.slice(at))?.groups;
  if (!groups) return null;
  clear();
  tail.address = groups['address'] as string;
  tail.port = Number(groups['port']);
  return connection('ssh_refused', true, groups['reason']);
}

const PENALISED = /(?:^|[ :])(?<address>[\da-fA-F.:]{2,45})\/(?<bits>\d{1,3})(?=[ ,]|$)/;

/** "srclimit_penalise: ipv4: new ADDR/32 deferred penalty of 10 seconds for penalty: failed authentication" */
export function penalised(text: string, at: number): EcsFields {
  const groups = PENALISED.exec(text.slice(at, at + 200))?.groups;
  clear();
  if (groups && (groups['bits'] === '32' || groups['bits'] === '128')) tail.address = groups['address'] as string;
  return connection('ssh_peer', true, text.slice(at));
}

const MAPPED = /^(?<address>\S{1,253}) maps to \S{1,253}, but this does not map back/;
const REVERSE = /^\S{1,253} (?:\[(?<address>[^\]\s]{1,64})\] )?failed/;

/**
 * "Address ADDR maps to NAME, but this does not map back …", "reverse mapping checking getaddrinfo for NAME [ADDR]
 * failed …". Careless name servers cause it; it is no attempt, whatever its capitals say. The name is whatever the
 * peer's own name server says, and is not read.
 */
export function reverseMapping(text: string, at: number): EcsFields | null {
  const rest = text.slice(at);
  const groups = (MAPPED.exec(rest) ?? REVERSE.exec(rest))?.groups;
  if (!groups) return null;
  clear();
  tail.address = groups['address'] ?? '';
  return connection('ssh_peer', false, 'name and address do not match');
}

const NASTY = /^[^"]{1,1025}" is set up for (?<address>[\da-fA-F.:]{2,45}(?:%[\w.-]{1,16})?), ignoring$/;

/** "Nasty PTR record "TEXT" is set up for ADDR, ignoring": the peer's name server gave an address for a name. */
export function nastyName(text: string, at: number): EcsFields | null {
  const groups = NASTY.exec(text.slice(at))?.groups;
  if (!groups) return null;
  clear();
  tail.address = groups['address'] as string;
  return connection('ssh_peer', false, 'its name is an address');
}
