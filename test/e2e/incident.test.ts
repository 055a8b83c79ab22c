import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, SAMPLE_TIME, storyOf } from './program.ts';
import { apart, truthOf } from './truth.ts';

const INCIDENT = join(ROOT, 'sample/incident');
const truth = truthOf('truth.json');
const story = await storyOf([...SAMPLE_TIME, INCIDENT]);
const file = (path: string) => join(INCIDENT, path);
const citations = (of: { readonly evidence: readonly { readonly file: string; readonly line: number }[] }) =>
  of.evidence.map(({ file: path, line }) => `${path.slice(INCIDENT.length + 1)}:${line}`);

test('the verdict', () => {
  const { schema, verdict, confidence, partial, zone, totals, hosts } = story;
  expect({ schema, verdict, confidence, partial, zone }).toEqual({
    schema: 'spoor.investigation/1',
    verdict: 'breached',
    confidence: 'high',
    partial: false,
    zone: 'UTC',
  });
  expect(totals).toMatchObject({ files: 21, bytes: 176_032, lines: 1239, unparsed: 0, outOfRange: 0 });
  expect(hosts.map(({ host }) => host)).toEqual(['gate', 'shop', 'vault']);
  expect(story.reasons).toContain('24 failed tries from the same address before it');
});

test('the way in: address, user, method, and the failures before it, exactly', () => {
  const { at, host, address, user, method, failuresBefore } = story.entries[0] ?? {};
  expect({ at, host, address, user, method, failuresBefore }).toEqual({ ...truth.wayIn, at: '2026-11-21T01:11:28Z' });
  expect(story.entries[0] && citations(story.entries[0])).toContain('gate/var/log/auth.log:352');
});

test.each(truth.entries)('the login at $at is an entry', ({ at, host, address, user, method }) => {
  const found = story.entries.find((entry) => entry.host === host && apart(entry.at, at) <= 2);
  expect(found).toMatchObject({ host, address, user, method });
});

test('root, the account added with user id 0, and its removal among the actions', () => {
  const session = story.sessions.find(({ id }) => id === story.entries[1]?.session);
  expect(session).toMatchObject({
    host: 'gate',
    user: 'svc-batch',
    address: '203.0.113.77',
    root: true,
    state: 'closed',
  });
  const [second] = story.findings.filter(({ level }) => level === 'critical');
  expect(second).toMatchObject({ title: 'Second account with uid 0', host: 'gate', session: session?.id });
  expect(citations(second ?? { evidence: [] })).toContain('gate/var/log/auth.log:366');
  expect(second?.evidence.at(-1)?.raw).toContain('new user: name=sysd, UID=0,');
  expect(story.actions).toContainEqual(
    expect.objectContaining({ host: 'gate', target: 'sysd', command: 'usermod -L -e 1 sysd' }),
  );
});

test('the key added is found, by the line that added it', () => {
  const found = story.findings.find(({ title }) => title === 'Login key added');
  expect(found).toMatchObject({ host: 'gate', techniques: ['T1098.004'] });
  expect(citations(found ?? { evidence: [] })).toEqual(['gate/root/.bash_history:1']);
});

test('and is to be removed, by its fingerprint, with a command that names it', () => {
  const removal = story.actions.find(({ kind }) => kind === 'remove_key');
  expect(removal).toMatchObject({ host: 'gate', target: truth.keysAdded[0]?.fingerprint });
  expect(removal?.command).toContain(truth.keysAdded[0]?.file);
});

test.each(truth.hops)(
  'the hop to $toHost at $at has its session, with its source',
  ({ at, fromAddress, toHost, user }) => {
    const found = story.sessions.find((session) => session.host === toHost && apart(session.start, at) <= 2);
    expect(found).toMatchObject({ host: toHost, user, address: fromAddress });
  },
);

test('each wiped place is told, with file and line', () => {
  const told = story.missing.map((hole) => [hole.kind, hole.host, hole.file, citations(hole)[0] ?? '', hole.suspicion]);
  expect(told).toEqual(
    expect.arrayContaining([
      ['wtmp_zeroed', 'gate', file('gate/var/log/wtmp'), 'gate/var/log/wtmp:3', 'high'],
      ['logging_stopped', 'shop', file('shop/var/log/syslog'), 'shop/var/log/syslog:45', 'medium'],
      ['session_without_login', 'vault', file('vault/var/log/auth.log'), 'vault/var/log/auth.log:81', 'high'],
      ['history_emptied', 'vault', file('vault/root/.bash_history'), '', 'medium'], // empty: it has no line
    ]),
  );
  const stopped = story.findings.find(({ title, host }) => title === 'Logging stopped' && host === 'shop');
  expect(stopped && citations(stopped)).toEqual(['shop/var/log/auth.log:147']);
});

test('the emptied wtmp of vault is told: it begins with a logout', () => {
  const found = story.missing.find(({ file: path }) => path === file('vault/var/log/wtmp'));
  expect(found).toMatchObject({ kind: 'wtmp_zeroed', host: 'vault', evidence: [{ line: 1 }] });
});

test('"dd ... conv=notrunc" is no reverse shell', () => {
  expect(story.findings.map(({ title }) => title)).not.toContain('Reverse shell');
});

test('every attacker of the truth is told on its hosts, and no one benign', () => {
  const told = new Map(story.attackers.map(({ address, hosts }) => [address, hosts]));
  for (const { address, hosts } of truth.attackers.filter(({ kind }) => kind !== 'web_scan'))
    expect([address, told.get(address)]).toEqual([address, hosts]);
  const own = new Set([...truth.attackers, ...truth.entries].map(({ address }) => address));
  expect([...told.keys()].filter((address) => !own.has(address))).toEqual([]);
});

test('also the web scanner, whose host no line names', () => {
  expect(story.attackers.find(({ address }) => address === '203.0.113.140')?.hosts).toEqual(['shop']);
});

test('nobody benign is blocked, nor any inside address', () => {
  expect(story.block).toEqual([
    '198.51.100.34',
    '198.51.100.90',
    '203.0.113.21',
    '203.0.113.22/31',
    '203.0.113.77',
    '203.0.113.140',
  ]);
});

test('hosts to keep as they are, and the account to lock', () => {
  expect(story.actions.map(({ kind, host, target }) => `${kind} ${host} ${target}`)).toEqual(
    expect.arrayContaining([
      'preserve gate gate',
      'preserve shop shop',
      'preserve vault vault',
      'lock_account gate svc-batch',
    ]),
  );
});
