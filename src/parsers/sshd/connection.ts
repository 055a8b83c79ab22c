import { type EcsFields, withFields } from '../../core/event.ts';
import { about, channel, clear, connection } from './say.ts';
import { MAX_UNCUT, readAddress, readIdentity, readIdentityAndReason, tail } from './tail.ts';

// Hot path: how connections come and go.

/** "Connection closed by IDENTITY" */
export function closed(text: string, at: number, preauth: boolean): EcsFields | null {
  return readIdentity(text, at, text.length) ? connection(closing(preauth), preauth || tail.trying, 'closed') : null;
}

/** "Connection reset by IDENTITY" */
export function reset(text: string, at: number, preauth: boolean): EcsFields | null {
  return readIdentity(text, at, text.length) ? connection(closing(preauth), preauth || tail.trying, 'reset') : null;
}

/** "Disconnected from IDENTITY" */
export function disconnected(text: string, at: number, preauth: boolean): EcsFields | null {
  return readIdentity(text, at, text.length) ? connection(closing(preauth), preauth || tail.trying) : null;
}

function closing(preauth: boolean): 'ssh_preauth_close' | 'ssh_disconnect' {
  return preauth || tail.trying ? 'ssh_preauth_close' : 'ssh_disconnect';
}

const CODE = /^: ?(?<code>\d{1,10}): ?/;

/** Where the peer of "ADDR: 11: Bye", "ADDR port N:11: Bye" ends. It comes first, before the client's own words. */
function endOfPeer(text: string, at: number): number {
  const space = text.indexOf(' ', at);
  if (space === -1) return -1;
  return text.startsWith(' port ', space) ? text.indexOf(':', space) : space - 1;
}

/** "Received disconnect from ADDR[ port N]:CODE: REASON" */
export function receivedDisconnect(text: string, at: number, preauth: boolean): EcsFields | null {
  const end = endOfPeer(text, at);
  clear();
  if (end === -1 || !readAddress(text, at, end)) return null;
  const code = CODE.exec(text.slice(end, end + 16));
  return code ? connection(closing(preauth), preauth, text.slice(end + code[0].length)) : null;
}

/** "Disconnecting IDENTITY: REASON", and the old "Disconnecting: REASON" that names no peer. */
export function disconnecting(text: string, at: number, preauth: boolean): EcsFields | null {
  const from = readIdentityAndReason(text, at);
  if (from === -1)
    return text.length <= MAX_UNCUT && readIdentity(text, at, text.length) && tail.port !== undefined
      ? connection(closing(preauth), preauth)
      : null;
  const reason = text.slice(from);
  return reason.startsWith('Too many authentication failures')
    ? about('ssh_max_attempts', 'Too many authentication failures')
    : connection(closing(preauth), preauth, reason);
}

/** "Disconnecting: REASON" */
export function disconnectingUnnamed(text: string, at: number, preauth: boolean): EcsFields {
  clear();
  return connection(closing(preauth), preauth, text.slice(at));
}

/** "banner exchange: Connection from IDENTITY: REASON": nobody got as far as a name. */
export function badBanner(text: string, at: number): EcsFields | null {
  return broken(text, at, true);
}

/** "ssh_dispatch_run_fatal: Connection from IDENTITY: REASON", and the likes of it. */
export function broken(text: string, at: number, preauth: boolean): EcsFields | null {
  const from = readIdentityAndReason(text, at);
  if (from === -1) return null;
  return connection(preauth ? 'ssh_probe' : 'ssh_disconnect', preauth, text.slice(from));
}

/** "Read error from remote host ADDR[ port N]: REASON", "Connection to ADDR port N: REASON" of a live session. */
export function lost(text: string, at: number, preauth: boolean): EcsFields | null {
  const end = text.indexOf(': ', at);
  if (end === -1) return null;
  if (!readIdentity(text, at, end)) return null;
  return connection(closing(preauth), preauth, text.slice(end + 2));
}

/** "Timeout, client not responding from IDENTITY", "Closing connection to ADDR port N" */
export function gone(text: string, at: number): EcsFields | null {
  return readIdentity(text, at, text.length) ? connection('ssh_disconnect', false, text.slice(0, at - 1)) : null;
}

const ARRIVED =
  /^(?<address>\S{1,253})(?: port (?<port>\d{1,5}))?(?: on (?<here>\S{1,253}) port (?<hereport>\d{1,5})(?: rdomain "[^"]{0,64}")?)?$/;

/** "Connection from ADDR[ port N][ on ADDR port N[ rdomain "x"]]" */
export function arrived(text: string, at: number): EcsFields | null {
  const groups = ARRIVED.exec(text.slice(at))?.groups;
  if (!groups) return null;
  clear();
  tail.address = groups['address'] as string;
  if (groups['port'] !== undefined) tail.port = Number(groups['port']);
  const said = connection('ssh_connect', false);
  if (groups['here'] === undefined) return said;
  return withFields(said, { 'destination.ip': groups['here'], 'destination.port': Number(groups['hereport']) });
}

const CHANNEL =
  /^(?<what>shell|command|forced-command \([\w-]{1,32}\)(?: '.*')?|subsystem '.*')(?: on (?<tty>[\w/.-]{1,64}))? for (?<user>\S{1,100}) from (?<address>\S{1,253}) port (?<port>\d{1,5}) id \d{1,10}$/s;

/** "Starting session: shell on pts/0 for NAME from ADDR port N id 0" */
export function channelOpened(text: string, at: number): EcsFields | null {
  const groups = CHANNEL.exec(text.slice(at))?.groups;
  if (!groups) return null;
  clear();
  tail.user = groups['user'];
  tail.address = groups['address'] as string;
  tail.port = Number(groups['port']);
  return withFields(channel('ssh_channel_open'), {
    'user.terminal': groups['tty'],
    'spoor.session.kind': groups['what'],
  });
}

const CHANNEL_CLOSED = /^user (?<user>\S{1,100}) from (?<address>\S{1,253}) port (?<port>\d{1,5}) id \d{1,10}$/;

/** "Close session: user NAME from ADDR port N id 0" */
export function channelClosed(text: string, at: number): EcsFields | null {
  const groups = CHANNEL_CLOSED.exec(text.slice(at))?.groups;
  if (!groups) return null;
  clear();
  tail.user = groups['user'];
  tail.address = groups['address'] as string;
  tail.port = Number(groups['port']);
  return channel('ssh_channel_close');
}

const TIMEOUT =
  /^(?:(?:connection from (?<from>\S{1,253}) to \S{1,253}?,(?: pid = (?<pid>\d{1,10}))?)|(?<identity>.*))$/s;

/** "Timeout before authentication for IDENTITY", "… for connection from ADDR to ADDR, pid = N" (9.8 and later) */
export function timedOut(text: string, at: number): EcsFields | null {
  const groups = TIMEOUT.exec(text.slice(at))?.groups;
  if (!groups) return null;
  clear();
  if (groups['from'] !== undefined) tail.address = groups['from'];
  else if (!readIdentity(text, at, text.length)) return null;
  const said = connection('ssh_preauth_close', true, 'Timeout before authentication');
  return groups['pid'] === undefined ? said : withFields(said, { 'spoor.child.pid': Number(groups['pid']) });
}

/** "Connection from ADDR to ADDR" and "ADDR" at the end, for messages that only name a peer there. */
export function peerAt(text: string, at: number): boolean {
  clear();
  return readAddress(text, at, text.length);
}
