import type { EcsFields } from '../../core/event.ts';
import { about, connection, type Groups, login } from './say.ts';

// The peer's name is what its name server says; the address in brackets is the server's own knowledge.
const PEER = String.raw`(?:(?<name>[^\s[\](),]{1,253}) )?[[(]?(?<address>[\da-fA-F:.]{2,45})[\])]?`;
const MESSAGES: readonly (readonly [RegExp, (groups: Groups) => EcsFields])[] = [
  [
    /^repeated login failures from (?<address>[\da-fA-F:.]{2,45})(?: \([^()]{0,253}\))?$/,
    (g) => about('ftp_max_attempts', g),
  ],
  [new RegExp(`^(?:failed login|login failed) from ${PEER}(?:, (?<user>.*))?$`, 's'), (g) => login('failure', g)],
  [new RegExp(`^FTP LOGIN FAILED FROM ${PEER}(?:, (?<user>.*))?$`, 's'), (g) => login('failure', g)],
  [new RegExp(`^FTP LOGIN FROM ${PEER}(?: as |, )(?<user>.*)$`, 's'), (g) => login('success', g)],
  [
    new RegExp(`^ANONYMOUS FTP LOGIN FROM ${PEER}(?:, .*)?$`, 's'),
    (g) => login('success', { ...g, user: 'anonymous' }),
  ],
  [
    /^(?:connection|connect) from (?<address>[\da-fA-F:.]{2,45}) \([^\s()]{0,253}\)(?: at .*)?$/, // here the name is behind it
    (g) => connection('ftp_connect', g),
  ],
  [new RegExp(`^(?:connection|connect) from ${PEER}(?: at .*)?$`), (g) => connection('ftp_connect', g)],
  [/^login (?<user>.*) from (?<address>\S{1,253}) failed\.$/s, (g) => login('failure', g)],
  [new RegExp(`^(?:FTP LOGIN )?REFUSED .{0,100} FROM ${PEER}(?:, (?<user>.*))?$`, 's'), (g) => login('failure', g)],
];

/** One message of the BSD, wu-ftpd or MIT Kerberos ftpd; null when it is none. */
export function ftpd(text: string): EcsFields | null {
  for (const [pattern, say] of MESSAGES) {
    const groups = pattern.exec(text)?.groups;
    if (groups) return say(groups);
  }
  return null;
}
