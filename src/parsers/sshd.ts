import type { EcsFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import * as connection from './sshd/connection.ts';
import * as daemon from './sshd/daemon.ts';
import * as login from './sshd/login.ts';
import * as probe from './sshd/probe.ts';

// Hot path: once per sshd line. A message is told by its first character, then by its beginning.

/** Reads what follows a beginning: the whole text, the offset after the beginning, and whether "[preauth]" ended it. */
type Handler = (text: string, at: number, preauth: boolean) => EcsFields | null;

/** Beginnings with the same first character are tried in this order. */
const BEGINNINGS: readonly (readonly [string, Handler])[] = [
  ['Failed ', login.failed],
  ['Accepted key ', daemon.keyFound],
  ['Accepted certificate ', daemon.certificateFound],
  ['Accepted ', login.accepted],
  ['Invalid user ', login.invalidUser],
  ['Illegal user ', login.invalidUser],
  ['Received disconnect from ', connection.receivedDisconnect],
  ['Disconnected from ', connection.disconnected],
  ['Connection closed by ', connection.closed],
  ['Connection reset by peer', probe.noise],
  ['Connection reset by ', connection.reset],
  ['input_userauth_request: invalid user ', login.invalidRequest],
  ['input_userauth_request: illegal user ', login.invalidRequest],
  ['Disconnecting: Too many authentication failures', login.tooMany],
  ['Disconnecting: ', connection.disconnectingUnnamed],
  ['Disconnecting ', connection.disconnecting],
  ['error: maximum authentication attempts exceeded for ', login.maxAttempts],
  ['error: Received disconnect from ', connection.receivedDisconnect],
  ['error: PAM: ', login.pamError],
  ['maximum authentication attempts exceeded for ', login.maxAttempts],
  ['Did not receive identification string from ', probe.noIdentification],
  ['Unable to negotiate with ', probe.noAgreement],
  ['Unable to negotiate a ', probe.noise],
  ['Connection from ', connection.arrived],
  ['Bad protocol version identification ', probe.badIdentification],
  ['banner exchange: Connection from ', connection.badBanner],
  ['ssh_dispatch_run_fatal: Connection from ', connection.broken],
  ['ssh_dispatch_run_fatal: Connection to ', connection.broken],
  ['kex_exchange_identification: ', probe.noise],
  ['kex_protocol_error: ', probe.noise],
  ['kex protocol error: ', probe.noise],
  ['Protocol major versions differ for ', probe.noAgreement],
  ['Timeout before authentication for ', connection.timedOut],
  ['drop connection ', probe.dropped],
  ['srclimit_penalise: ', probe.penalised],
  ['Postponed ', login.undecided],
  ['Partial ', login.undecided],
  ['PAM: pam_', daemon.housekeeping],
  ['PAM: ', login.pamError],
  ['User child is on pid ', daemon.child],
  ['User ', login.userNotAllowed],
  ['Starting session: ', connection.channelOpened],
  ['Close session: ', connection.channelClosed],
  ['subsystem request for ', daemon.subsystem],
  ['ROOT LOGIN REFUSED FROM ', login.rootRefused],
  ['refused connect from ', login.refusedConnect],
  ['refused local port forward: ', daemon.forwardRefused],
  ['Received request ', daemon.forwardRefused],
  ['Authentication tried for ', login.notPermitted],
  ['Authentication refused: ', daemon.refusal],
  ['Authentication key ', daemon.refusal],
  ['Access denied for user ', daemon.accountDenied],
  ['Certificate invalid: ', daemon.refusal],
  ['Address ', probe.reverseMapping],
  ['reverse mapping checking getaddrinfo for ', probe.reverseMapping],
  ['scanned from ', probe.scanned],
  ['Magic value check failed (', probe.badHandshake],
  ['SSH: Server;', probe.serverNote],
  ['Read error from remote host ', connection.lost],
  ['Read from socket failed: ', probe.noise],
  ['Write failed: ', probe.noise],
  ['packet_write_wait: Connection from ', connection.broken],
  ['packet_write_wait: Connection to ', connection.broken],
  ['packet_write_poll: Connection from ', connection.broken],
  ['Timeout, client not responding from ', connection.gone],
  ['Timeout, client not responding', probe.noise],
  ['Closing connection to ', connection.gone],
  ['Bad packet length ', probe.noise],
  ['Corrupted MAC on input', probe.noise],
  ['dispatch_protocol_error: ', probe.noise],
  ['buffer_get_', probe.noise],
  ['Server listening on ', daemon.listening],
  ['Received signal ', daemon.stopping],
  ['Exiting on signal ', daemon.stopping],
  ['Received SIGHUP', daemon.housekeeping],
  ['Transferred: ', daemon.housekeeping],
  ['Login ', daemon.housekeeping],
  ['Excessive permission ', daemon.housekeeping],
  ['Authorized to ', daemon.housekeeping],
  ['Allocated ', daemon.housekeeping],
  ['Local version string ', daemon.housekeeping],
  ['Remote protocol version ', daemon.clientVersion],
  ['Client protocol version ', daemon.clientVersion],
  ['Set /proc/self/oom', daemon.housekeeping],
  ['Found matching ', daemon.housekeeping],
  ['Could not write ident string to ', probe.noIdentification],
  ['Could not ', daemon.housekeeping],
  ['could not ', daemon.housekeeping],
  ['Nasty PTR record "', probe.nastyName],
  ['Missing privilege separation directory', daemon.housekeeping],
  ['Deprecated option ', daemon.housekeeping],
  ['rexec line ', daemon.housekeeping],
  ['reprocess config line ', daemon.housekeeping],
  ['beginning MaxStartups throttling', daemon.housekeeping],
  ['exited MaxStartups throttling', daemon.housekeeping],
  ['Attempt to write login records by non-root user', daemon.housekeeping],
  ['Bind to port ', daemon.housekeeping],
  ['Cannot bind any address', daemon.housekeeping],
  ['syslogin_perform_logout: ', daemon.housekeeping],
  ['lastlog_', daemon.housekeeping],
  ['channel ', daemon.housekeeping],
  ['channel_', daemon.housekeeping],
  ['server_', daemon.housekeeping],
  ['connect_to ', daemon.housekeeping],
  ['connect to ', daemon.housekeeping],
  ['getpeername failed', daemon.housekeeping],
  ['get_remote_port failed', daemon.housekeeping],
  ['mm_', daemon.housekeeping],
  ['chroot(', daemon.housekeeping],
  ['Generating ', daemon.housekeeping],
  ['session_', daemon.housekeeping],
  ['monitor_', daemon.housekeeping],
  ['Deprecated', daemon.housekeeping],
  ['ignoring ', daemon.housekeeping],
  ['Environment:', daemon.housekeeping],
  ['Changing terminal', daemon.housekeeping],
];

const TABLE: readonly (readonly (readonly [string, Handler])[])[] = Array.from({ length: 128 }, (_, code) =>
  BEGINNINGS.filter(([beginning]) => beginning.charCodeAt(0) === code),
);
const UNKNOWN: readonly (readonly [string, Handler])[] = [];

// What log.c writes before a message that is more than information, the function that speaks (since 8.5), and daemons of
// old their own name.
const BEFORE =
  /^(?:(?:error|fatal|info|verbose|debug[123]?|warning|notice): |[a-z][a-z\d]*(?:_[a-z\d]+)+: |(?<name>sshd(?:-session|-auth)?: ))/;
const MAX_BEFORE = 64;
/** "fatal: sshd: kex_something: " is as much as there is; a forged line may have thousands. */
const MAX_STRIPPED = 4;
const PREAUTH = ' [preauth]';

function parse(message: string): EcsFields | null {
  let text = message;
  if (text.charCodeAt(0) === 0x20) text = text.trimStart();
  const preauth = text.endsWith(PREAUTH);
  if (preauth) text = text.slice(0, -PREAUTH.length);
  return say(text, preauth) ?? sayWithout(text, preauth);
}

function say(text: string, preauth: boolean): EcsFields | null {
  for (const [beginning, handle] of TABLE[text.charCodeAt(0)] ?? UNKNOWN)
    if (text.startsWith(beginning)) return handle(text, beginning.length, preauth);
  return null;
}

/** What is left when no beginning fits: the same message without what log.c put before it, or at least a complaint of sshd's. */
function sayWithout(text: string, preauth: boolean): EcsFields | null {
  let complaint = false;
  for (let stripped = 0; stripped < MAX_STRIPPED; stripped += 1) {
    const before = BEFORE.exec(text.slice(0, MAX_BEFORE));
    if (!before) break;
    complaint ||= before.groups?.['name'] === undefined;
    text = text.slice(before[0].length);
    const said = say(text, preauth);
    if (said) return said;
  }
  return complaint ? daemon.housekeeping() : null;
}

/** OpenSSH's server (auth.c, auth2-*.c, packet.c, session.c). Since 9.8 the APP-NAME is "sshd-session". */
export default {
  kind: 'message',
  name: 'sshd',
  programs: ['sshd', 'sshd-session', 'sshd-auth', 'sshd2', 'openssh-sshd'],
  parse: ({ message }) => parse(message),
} satisfies MessageParser;
