import fc from 'fast-check';
import { hostileText, peer, port } from './hostile-text.ts';

/** A line, and whom it is about: the peer that a reader may name, and no other. */
export interface Modelled {
  readonly text: string;
  readonly peer: string;
}

/**
 * What OpenSSH makes of foreign text before it logs it: strnvis(3) with VIS_SAFE | VIS_OCTAL over the whole message
 * (log.c), so no control character and no byte above 126 is left. Spaces and quotes stay.
 */
function vis(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text)) {
    if (byte === 0x5c) out += '\\\\';
    else if (byte >= 0x20 && byte < 0x7f) out += String.fromCharCode(byte);
    else out += `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return out;
}

/** A user name as far as auth.c prints it ("%.100s"). */
const name = hostileText.map((text) => vis(text.slice(0, 100)));
const farewell = hostileText.map((text) => vis(text.slice(0, 400))); // "%.400s" in packet.c
const banner = hostileText.map((text) => vis(text.slice(0, 200))); // "%.200s" in sshd.c

const FORMS: readonly ((who: string, ip: string, from: number) => string)[] = [
  (who, ip, from) => `Failed password for invalid user ${who} from ${ip} port ${from} ssh2`,
  (who, ip, from) => `Failed password for ${who} from ${ip} port ${from} ssh2`,
  (who, ip, from) => `Failed keyboard-interactive/pam for invalid user ${who} from ${ip} port ${from} ssh2`,
  (who, ip, from) => `Failed publickey for invalid user ${who} from ${ip} port ${from} ssh2: RSA SHA256:Zm9v`,
  (who, ip, from) => `Failed none for invalid user ${who} from ${ip} port ${from} ssh2`,
  (who, ip, from) =>
    `message repeated 2 times: [ Failed password for invalid user ${who} from ${ip} port ${from} ssh2]`,
  (who, ip, from) => `Invalid user ${who} from ${ip} port ${from}`,
  (who, ip) => `Invalid user ${who} from ${ip}`,
  (who, ip) => `Illegal user ${who} from ${ip}`,
  (who, ip, from) => `Connection closed by invalid user ${who} ${ip} port ${from} [preauth]`,
  (who, ip, from) => `Connection reset by authenticating user ${who} ${ip} port ${from} [preauth]`,
  (who, ip, from) => `Disconnected from invalid user ${who} ${ip} port ${from} [preauth]`,
  (who, ip, from) => `Disconnecting invalid user ${who} ${ip} port ${from}: Too many authentication failures [preauth]`,
  (who, ip, from) =>
    `error: maximum authentication attempts exceeded for invalid user ${who} from ${ip} port ${from} ssh2 [preauth]`,
  (who, ip) => `User ${who} from ${ip} not allowed because not listed in AllowUsers`,
  (who, ip) => `error: PAM: User not known to the underlying authentication module for illegal user ${who} from ${ip}`,
  (who, ip) => `error: PAM: Authentication failure for ${who} from ${ip}`,
  (who, ip) =>
    `pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${ip}  user=${who}`,
  (who, ip) =>
    `pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${ip} user=${who}`,
  (who, ip) => `PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=${ip}  user=${who}`,
  (who) => `input_userauth_request: invalid user ${who} [preauth]`,
  (who) => `pam_unix(sshd:session): session closed for user ${who}`,
];

const BANNER_FORMS: readonly ((said: string, ip: string, from: number) => string)[] = [
  (said, ip, from) => `Bad protocol version identification '${said}' from ${ip} port ${from}`,
  (said, ip) => `Bad protocol version identification '${said}' from ${ip}`,
  (said) => `error: kex_exchange_identification: client sent invalid protocol identifier "${said}"`,
];

const FAREWELL_FORMS: readonly ((said: string, ip: string, from: number) => string)[] = [
  (said, ip, from) => `Received disconnect from ${ip} port ${from}:11: ${said} [preauth]`,
  (said, ip, from) => `Received disconnect from ${ip} port ${from}:11: ${said}`,
  (said, ip) => `Received disconnect from ${ip}: 11: ${said}`,
  (said, ip, from) => `error: Received disconnect from ${ip} port ${from}:3: ${said} [preauth]`,
];

const built = (
  forms: readonly ((said: string, ip: string, from: number) => string)[],
  said: fc.Arbitrary<string>,
): fc.Arbitrary<Modelled> =>
  fc
    .tuple(fc.constantFrom(...forms), said, peer, port)
    .map(([form, text, ip, from]) => ({ text: form(text, ip, from), peer: ip }));

/** What sshd says of a peer whose names, banners and parting words are hostile. */
export const sshdMessage: fc.Arbitrary<Modelled> = fc.oneof(
  { weight: 6, arbitrary: built(FORMS, name) },
  { weight: 1, arbitrary: built(BANNER_FORMS, banner) },
  { weight: 2, arbitrary: built(FAREWELL_FORMS, farewell) },
);

/** The same with names that are only names: a reader has no reason not to see the peer. The last two forms name none. */
export const tameMessage: fc.Arbitrary<Modelled> = built(
  FORMS.slice(0, -2),
  fc.stringMatching(/^[a-z][a-z0-9_-]{0,15}$/),
);

/** vsftpd and its like hand the name to PAM twice: before and after the host (pam_unix prints what it is given). */
export const ftpMessage: fc.Arbitrary<Modelled> = built(
  [
    (who, ip) =>
      `pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=${who} rhost=${ip}`,
    (who, ip) =>
      `pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=${who} rhost=${ip}  user=${who}`,
  ],
  name,
);

const ENVELOPES: readonly ((pid: number, text: string) => string)[] = [
  (pid, text) => `Mar  7 10:00:00 web1 sshd[${pid}]: ${text}`,
  (pid, text) => `2026-03-07T10:00:00.123456+00:00 web1 sshd-session[${pid}]: ${text}`,
  (pid, text) => `<38>Mar  7 10:00:00 web1 sshd[${pid}]: ${text}`,
  (pid, text) => `<38>1 2026-03-07T10:00:00Z web1 sshd ${pid} - - ${text}`,
];

/** Puts a message into one of syslog's envelopes. */
export const envelope: fc.Arbitrary<(pid: number, text: string) => string> = fc.constantFrom(...ENVELOPES);
