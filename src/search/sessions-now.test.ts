import { describe, expect, test } from 'vitest';
import { line } from './fixtures/session-line.ts';
import { openSessions, type SessionLine } from './sessions-now.ts';

const ALICE = { user: 'alice', source: '198.51.100.7', port: 51_022 };
const login = (at: number, pid = 811) => line(at, 'ssh_login', { ...ALICE, pid, method: 'publickey', key: 'SHA256:x' });
const pamOpen = (at: number, pid = 811) => line(at, 'session_open', { ...ALICE, pid, owner: 'alice', service: 'sshd' });
const pamClose = (at: number, pid = 811) =>
  line(at, 'session_close', { user: 'alice', pid, owner: 'alice', service: 'sshd' });
const logind = (at: number, id = '5') =>
  line(at, 'session_open', { user: 'alice', owner: 'alice', session_id: id, program: 'systemd-logind', pid: 400 });
const logindGone = (at: number, id = '5') =>
  line(at, 'session_logged_out', { session_id: id, program: 'systemd-logind', pid: 400 });
const sudo = (at: number, pid = 950) =>
  line(at, 'session_open', { program: 'sudo', pid, user: 'alice', effective: 'root', owner: 'root', service: 'sudo' });
const sudoEnd = (at: number, pid = 950) =>
  line(at, 'session_close', { program: 'sudo', pid, user: 'root', owner: 'root', service: 'sudo' });

const open = (...lines: SessionLine[]) =>
  openSessions(lines).map(({ user, as, from, method, key, service, opened }) => ({
    user,
    as,
    from,
    method,
    key,
    service,
    opened,
  }));
const BY_KEY = {
  user: 'alice',
  as: '',
  from: '198.51.100.7',
  method: 'publickey',
  key: 'SHA256:x',
  service: 'sshd',
  opened: true,
};

describe('who is in', () => {
  test('lines of one login are one session, in whichever order they come', () => {
    expect(open(login(0), pamOpen(0), logind(0))).toEqual([BY_KEY]);
    expect(open(login(0), logind(0), pamOpen(1))).toEqual([BY_KEY]);
    expect(open(login(0), pamOpen(0))).toEqual([BY_KEY]);
  });

  test.each<[string, SessionLine]>([
    ['PAM', pamClose(60)],
    ['logind', logindGone(60)],
    ['sshd', line(60, 'ssh_disconnect', { ...ALICE, pid: 820 })],
    ['a boot', line(60, 'boot', { program: 'kernel' })],
    ['a shutdown', line(60, 'shutdown')],
  ])('it ends by %s', (_, end) => {
    expect(open(login(0), pamOpen(0), logind(0), end)).toEqual([]);
  });

  test('an end of another session, host, peer or process is none of it', () => {
    const others = [pamClose(60, 812), logindGone(60, '6'), { ...pamClose(60), host: 'web-2' }];
    expect(open(login(0), pamOpen(0), logind(0), ...others)).toEqual([BY_KEY]);
    expect(open(login(0), line(60, 'ssh_disconnect', { ...ALICE, port: 51_023 }))).toEqual([
      { ...BY_KEY, opened: false },
    ]);
  });

  test('root by sudo is of the login that it was taken in, and ends with its own line', () => {
    const asRoot = { ...BY_KEY, as: 'root', service: 'sudo' };
    expect(open(login(0), pamOpen(0), sudo(60))).toEqual([BY_KEY, asRoot]);
    expect(open(login(0), pamOpen(0), sudo(60), sudoEnd(70))).toEqual([BY_KEY]);
    expect(open(sudo(60))).toEqual([{ ...asRoot, from: '', method: '', key: '' }]);
  });

  test('of two logins nobody can say in which it was taken', () => {
    const [, , taken] = open(login(0), pamOpen(0), login(20, 900), pamOpen(20, 900), sudo(60));
    expect(taken).toMatchObject({ as: 'root', from: '', method: '' });
  });

  test('a process id that comes again is another session', () => {
    expect(open(login(0), pamOpen(0), login(5000), pamOpen(5000))).toEqual([BY_KEY]);
  });

  test('of Windows only who sits there', () => {
    const at = (id: string, method: string) => line(0, 'login', { user: 'bob', session_id: id, method, program: '' });
    expect(open(at('0x1', 'network (NTLM)'), at('0x2', 'remote interactive (Kerberos)'))).toMatchObject([
      { user: 'bob', service: 'windows', method: 'remote interactive (Kerberos)', opened: true },
    ]);
    expect(open(at('0x2', 'interactive'), line(9, 'session_close', { session_id: '0x2' }))).toEqual([]);
  });
});
