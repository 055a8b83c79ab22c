// Hot path when there is a flood: once per record.

/** RFC 5424 §6.2.1: auth, authpriv, audit. */
const AUTH_FACILITIES = new Set([4, 10, 13]);
const HEAD = 160;
// Who tells of logins, rights and tunnels; told by a program's name before "[" or ":", wherever the envelope puts it.
const PROGRAMS =
  /(?:^|[\s/>])(?:sshd(?:-session|-auth)?|sudo|su|doas|login|systemd-logind|polkitd?|pkexec|useradd|userdel|usermod|groupadd|passwd|chage|pam_[a-z]+|auditd?|openvpn|ovpn-[\w-]+|charon|pluto|wireguard|xl2tpd|pppd|radiusd|freeradius|dovecot|slapd|krb5kdc|sssd\w*|fail2ban[\w.-]*)(?:\[\d+\])?:? /;
const AUDIT = /\btype=[A-Z_]{3,30} msg=audit\(/;

/** Does a line tell of authentication, privilege or a VPN? Such lines are not dropped when there is no room for others. */
export function isImportant(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD)).toString('latin1');
  const priority = /^<(\d{1,3})>/.exec(head)?.[1];
  if (priority !== undefined && AUTH_FACILITIES.has(Number(priority) >> 3)) return true;
  return PROGRAMS.test(head) || AUDIT.test(head);
}
