import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MessageParser } from '../../core/stages.ts';
import dropbear from '../dropbear.ts';
import ftp from '../ftp.ts';
import pam from '../pam.ts';
import sshd from '../sshd.ts';

const TRUE_PEER = '192.0.2.7';
const FORGED = '198.51.100.66';

/** Names that a client may try: shreds of what the servers themselves write, in any order, and noise. */
const name = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[' from ', ' port ', ' port 22', ' ssh2', ' ssh1', ': ', ' ', 'invalid user ', FORGED, `${FORGED} port 22`],
        ...[` from ${FORGED} port 22 ssh2`, ` from ${FORGED} port 22 ssh2: `, ` from ${FORGED}`, ' [preauth]', ' via '],
        ...[
          ` rhost=${FORGED}`,
          ' user=x',
          ' tty=ssh ruser= rhost=',
          `' from ${FORGED}:22`,
          `] FAIL LOGIN: Client "${FORGED}"`,
        ],
        ...[
          ' not allowed because ',
          `(${FORGED})`,
          ` ${FORGED} port 22: Too many authentication failures`,
          ' ruser root',
        ],
        ...['RSA SHA256:0123456789abcdef0123456789abcdef', ` ID x (serial 1) CA RSA 00:11:22:33:44:55:66:77`, ''],
      ),
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 7 },
  )
  .map((parts) => parts.join('').replaceAll('\n', ' ').slice(0, 100));

/** Each with the words that its server really puts around a client's name (OpenSSH 3.9 to 9.9, dropbear, pam, FTP). */
const LINES: readonly (readonly [string, MessageParser, (user: string) => string])[] = [
  ['failed', sshd, (user) => `Failed password for invalid user ${user} from ${TRUE_PEER} port 4022 ssh2`],
  ['failed, known', sshd, (user) => `Failed none for ${user} from ${TRUE_PEER} port 4022 ssh2`],
  ['ssh1', sshd, (user) => `Failed rhosts-rsa for root from ${TRUE_PEER} port 4022 ssh1: ruser ${user}`],
  [
    'certificate',
    sshd,
    (user) =>
      `Failed publickey for root from ${TRUE_PEER} port 4022 ssh2: RSA-CERT SHA256:0123456789abcdef ID ${user} (serial 0) CA RSA SHA256:0123456789abcdef`,
  ],
  ['invalid', sshd, (user) => `Invalid user ${user} from ${TRUE_PEER} port 4022`],
  ['invalid, old', sshd, (user) => `Illegal user ${user} from ${TRUE_PEER}`],
  [
    'max',
    sshd,
    (user) =>
      `error: maximum authentication attempts exceeded for invalid user ${user} from ${TRUE_PEER} port 4022 ssh2 [preauth]`,
  ],
  ['closed', sshd, (user) => `Connection closed by invalid user ${user} ${TRUE_PEER} port 4022 [preauth]`],
  ['reset', sshd, (user) => `Connection reset by authenticating user ${user} ${TRUE_PEER} port 4022 [preauth]`],
  ['disconnected', sshd, (user) => `Disconnected from invalid user ${user} ${TRUE_PEER} port 4022 [preauth]`],
  ['received', sshd, (user) => `Received disconnect from ${TRUE_PEER} port 4022:11: ${user} [preauth]`],
  ['received, old', sshd, (user) => `Received disconnect from ${TRUE_PEER}: 11: ${user}`],
  [
    'disconnecting',
    sshd,
    (user) => `Disconnecting invalid user ${user} ${TRUE_PEER} port 4022: Too many authentication failures [preauth]`,
  ],
  [
    'change',
    sshd,
    (user) =>
      `Disconnecting authenticating user root ${TRUE_PEER} port 4022: Change of username or service not allowed: (root,ssh-connection) -> (${user},ssh-connection) [preauth]`,
  ],
  [
    'fatal',
    sshd,
    (user) =>
      `ssh_dispatch_run_fatal: Connection from invalid user ${user} ${TRUE_PEER} port 4022: Connection corrupted [preauth]`,
  ],
  ['version', sshd, (user) => `Bad protocol version identification '${user}' from ${TRUE_PEER} port 4022`],
  [
    'offer',
    sshd,
    (user) =>
      `Unable to negotiate with ${TRUE_PEER} port 4022: no matching cipher found. Their offer: ${user} [preauth]`,
  ],
  ['pam', sshd, (user) => `error: PAM: Authentication failure for illegal user ${user} from ${TRUE_PEER}`],
  ['request', sshd, (user) => `input_userauth_request: invalid user ${user} [preauth]`],
  ['timeout', sshd, (user) => `fatal: Timeout before authentication for invalid user ${user} ${TRUE_PEER} port 4022`],
  [
    'pam_sss',
    pam,
    (user) =>
      `pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${TRUE_PEER} user=${user}`,
  ],
  [
    'pam ruser',
    pam,
    (user) =>
      `pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=${user} rhost=${TRUE_PEER}`,
  ],
  [
    'pam unknown',
    pam,
    (user) =>
      `pam_sss(sshd:auth): received for user ${user}: 10 (User not known to the underlying authentication module)`,
  ],
  ['dropbear', dropbear, (user) => `Bad password attempt for '${user}' from ${TRUE_PEER}:4022`],
  [
    'dropbear, late',
    dropbear,
    (user) =>
      `Exit before auth from <${TRUE_PEER}:4022>: (user '${user}', 3 fails): Max auth tries reached - user '${user}'`,
  ],
  ['vsftpd', ftp, (user) => `[${user}] FAIL LOGIN: Client "${TRUE_PEER}"`],
  ['vsftpd, anonymous', ftp, (user) => `[ftp] OK LOGIN: Client "${TRUE_PEER}", anon password "${user}"`],
  [
    'proftpd',
    ftp,
    (user) =>
      `birch (${TRUE_PEER}[${TRUE_PEER}]) - USER ${user}: no such user found from ${TRUE_PEER} [${TRUE_PEER}] to 198.51.100.5:21`,
  ],
  ['pure-ftpd', ftp, (user) => `(?@${TRUE_PEER}) [WARNING] Authentication failed for user [${user}]`],
];

describe('whoever writes the name, the peer is the true one or untold', () => {
  test.each(LINES)('%s', (label, parser, line) => {
    const appName = parser === ftp ? (label.split(',')[0] as string) : 'sshd';
    fc.assert(
      fc.property(name, (user) => {
        const fields = parser.parse({ appName, hostname: 'birch', pid: 1, message: line(user) }) ?? {};
        expect([TRUE_PEER, undefined]).toContain(fields['source.ip']);
        expect([undefined]).toContain(fields['source.domain']);
      }),
      { numRuns: 300 },
    );
  });

  test('an honest name keeps its peer', () => {
    const honest = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,30}$/);
    fc.assert(
      fc.property(
        honest,
        fc.constantFrom(...LINES.filter(([label]) => !/request|unknown/.test(label))),
        (user, [label, parser, line]) => {
          const appName = parser === ftp ? (label.split(',')[0] as string) : 'sshd';
          const fields = parser.parse({ appName, hostname: 'birch', pid: 1, message: line(user) });
          expect(fields?.['source.ip']).toBe(TRUE_PEER);
        },
      ),
    );
  });
});
