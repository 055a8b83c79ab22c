import fc from 'fast-check';
import { expect, test } from 'vitest';
import { line, START_US } from './fixtures/session-line.ts';
import { type PastLine, pastSessions } from './past-sessions.ts';

const MINA = { user: 'mina', source: '198.51.100.7', port: 51_022, country: 'KR', as_org: 'Example Net' };
const login = (at: number, pid = 811) => line(at, 'ssh_login', { ...MINA, pid, method: 'publickey', key: 'SHA256:x' });
const begins = (at: number, pid = 811) =>
  line(at, 'session_open', { user: 'mina', owner: 'mina', pid, service: 'sshd' });
const ends = (at: number, pid = 811) =>
  line(at, 'session_close', { user: 'mina', owner: 'mina', pid, service: 'sshd' });
const sudo = (at: number, command: string) =>
  line(at, 'sudo', { program: 'sudo', user: 'mina', effective: 'root', command, outcome: 'success' });
const sudoBegins = (at: number, pid = 900) =>
  line(at, 'session_open', { program: 'sudo', pid, user: 'mina', effective: 'root', owner: 'root', service: 'sudo' });
const sudoEnds = (at: number, pid = 900) =>
  line(at, 'session_close', { program: 'sudo', pid, user: 'root', owner: 'root', service: 'sudo' });

const told = (...lines: PastLine[]) =>
  pastSessions(lines).map(({ session, endUs, how, country, deeds }) => ({
    who: `${session.user}${session.as === '' ? '' : ` as ${session.as}`}`,
    from: session.from,
    country,
    seconds: endUs === null ? null : (endUs - session.sinceUs) / 1e6,
    how,
    did: deeds.map(({ atUs, untilUs, by, as, command, unsure }) => ({
      at: (atUs - START_US) / 1e6,
      lasted: untilUs === null ? null : (untilUs - atUs) / 1e6,
      what: `${by} ${as} ${command}`.trim(),
      unsure,
    })),
  }));
const SHELL = { who: 'mina', from: '198.51.100.7', country: 'KR', seconds: 600, how: 'closed', did: [] };

test('login to logout, with what was done in between', () => {
  expect(told(login(0), begins(0), sudo(30, 'id'), sudoBegins(30), sudoEnds(33), ends(600))).toEqual([
    { ...SHELL, did: [{ at: 30, lasted: 3, what: 'sudo root id', unsure: false }] },
  ]);
});

test('the same command twice is two deeds', () => {
  const lines = [sudo(30, 'id'), sudoBegins(30), sudoEnds(30), sudo(31, 'id'), sudoBegins(31, 901), sudoEnds(35, 901)];
  expect(told(login(0), begins(0), ...lines, ends(600))[0]?.did.map(({ lasted }) => lasted)).toEqual([0, 4]);
});

test('one that is open has no end, and one whose host stops has that one', () => {
  expect(told(login(0), begins(0))).toEqual([{ ...SHELL, seconds: null, how: null }]);
  expect(told(login(0), begins(0), line(90, 'shutdown'))).toEqual([{ ...SHELL, seconds: 90, how: 'host' }]);
});

test('another one of the same process: the first ended unseen', () => {
  expect(told(login(0), begins(0), login(500), begins(500)).map(({ how }) => how)).toEqual(['unseen', null]);
});

test('with two sessions open, which one it was done in is not sure', () => {
  const two = told(login(0), begins(0), login(60, 812), begins(60, 812), sudo(90, 'id'), ends(600), ends(601, 812));
  expect(two.map(({ did }) => did.map(({ unsure }) => unsure))).toEqual([[], [true]]);
});

test('rights that were taken in no session that is known are one of their own', () => {
  expect(told(sudoBegins(30), sudoEnds(40))).toEqual([
    { who: 'mina as root', from: '', country: '', seconds: 10, how: 'closed', did: [] },
  ]);
  expect(told(sudo(30, 'id'))).toEqual([]);
});

test('whatever comes, each session begins once and ends at or after its beginning', () => {
  const anyLine = fc.tuple(
    fc.integer({ min: 0, max: 5 }),
    fc.constantFrom(
      'ssh_login',
      'session_open',
      'session_close',
      'session_logged_out',
      'ssh_disconnect',
      'sudo',
      'su',
      'boot',
      'login',
    ),
    fc.record({
      host: fc.constantFrom('a', 'b'),
      pid: fc.integer({ min: 0, max: 3 }),
      user: fc.constantFrom('', 'mina', 'root'),
      owner: fc.constantFrom('', 'mina', 'root'),
      effective: fc.constantFrom('', 'root'),
      service: fc.constantFrom('', 'sshd', 'sudo', 'su'),
      session_id: fc.constantFrom('', '1', '2'),
      method: fc.constantFrom('', 'interactive'),
    }),
  );
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 60 }), (given) => {
      let at = 0;
      const lines = given.map(([step, action, said]) => {
        at += step;
        return line(at, action, said);
      });
      const sessions = pastSessions(lines);
      const opening = lines.filter(({ action }) => ['ssh_login', 'session_open', 'login'].includes(action)).length;
      expect(sessions.length).toBeLessThanOrEqual(opening);
      for (const { session, endUs, deeds } of sessions) {
        expect(endUs === null || endUs >= session.sinceUs).toBe(true);
        for (const deed of deeds) expect(deed.atUs).toBeGreaterThanOrEqual(session.sinceUs);
      }
      expect(new Set(sessions.map(({ session }) => session.first)).size).toBe(sessions.length);
    }),
  );
});
