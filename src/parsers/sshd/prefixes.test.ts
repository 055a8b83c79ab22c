import { expect, test } from 'vitest';
import sshd from '../sshd.ts';

const parse = (message: string) => sshd.parse({ appName: 'sshd', hostname: 'birch', pid: 1, message });

test('what log.c writes before a message is taken off', () => {
  const said = { 'event.action': 'ssh_preauth_close', 'source.ip': '192.0.2.7', 'source.port': 4022 };
  expect(parse('fatal: sshpkt_read: Connection closed by 192.0.2.7 port 4022 [preauth]')).toMatchObject(said);
  expect(parse('sshd-session: error: Connection reset by 192.0.2.7 port 4022 [preauth]')).toMatchObject(said);
});

// A line that somebody with a shell or a syslog port can send: taking prefixes off one inside the other must end.
test.each(['error: ', 'sshd: ', 'mm_log: ', 'error: sshd: '])(
  'a million times %j is one line and no more',
  (before) => {
    expect(() =>
      parse(`${before.repeat(1_000_000)}Accepted password for root from 192.0.2.7 port 1 ssh2`),
    ).not.toThrow();
  },
);
