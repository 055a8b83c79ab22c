import { describe, expect, test } from 'vitest';
import { BREACH, guesses, OWN_TIME, put, sshd, visit } from './own-logs.ts';
import { ROOT, SAMPLE_TIME, scratch, spoor, storyOf } from './program.ts';

const at = scratch();
const LOG = put(at('auth.log'), BREACH);
const DAYS = put(
  at('days.log'),
  guesses('2026-03-01T10:00:00Z', '203.0.113.1', 'root', 20) +
    guesses('2026-03-05T10:00:00Z', '203.0.113.5', 'root', 20) +
    guesses('2026-03-08T10:00:00Z', '203.0.113.8', 'root', 20),
);

describe.concurrent('--since and --until', () => {
  const within = async (...args: string[]) => {
    const { attackers, totals, from, to } = await storyOf([...OWN_TIME, ...args, DAYS]);
    return { addresses: attackers.map(({ address }) => address).sort(), outOfRange: totals.outOfRange, from, to };
  };

  test('as instants', async () => {
    expect(await within('--since', '2026-03-05T00:00:00Z', '--until', '2026-03-05T10:00:09Z')).toEqual({
      addresses: ['203.0.113.5'],
      outOfRange: 50,
      from: '2026-03-05T10:00:00Z',
      to: '2026-03-05T10:00:09Z',
    });
  });

  test('as time before --now', async () => {
    expect(await within('--since', '2d')).toMatchObject({ addresses: ['203.0.113.8'], outOfRange: 40 });
    expect(await within('--until', '72h')).toMatchObject({ addresses: ['203.0.113.1', '203.0.113.5'], outOfRange: 20 });
  });

  test('nothing in it cannot tell', async () => {
    const story = await storyOf([...OWN_TIME, '--since', '1h', DAYS]);
    expect(story).toMatchObject({
      verdict: 'cannot_tell',
      attackers: [],
      from: null,
      to: null,
      totals: { outOfRange: 60 },
    });
  });
});

describe.concurrent('--tz', () => {
  test.each([
    ['Asia/Tokyo', '2026-03-09T01:05:00Z'],
    ['America/New_York', '2026-03-09T14:05:00Z'], // a day after the clocks changed
    ['+05:30', '2026-03-09T04:35:00Z'],
  ])('%s', async (zone, login) => {
    const { entries, zone: told } = await storyOf(['--tz', zone, '--now', '2026-03-10T00:00:00Z', LOG]);
    expect([told, entries[0]?.at]).toEqual([zone, login]);
  });

  test('HOST=ZONE is the zone of one host', async () => {
    const other = guesses('2026-03-09T10:00:00Z', '203.0.113.4', 'root', 20, 'db2');
    const path = put(at('zones.log'), BREACH + other);
    const { entries, attackers } = await storyOf([...OWN_TIME, '--tz', 'db2=Asia/Tokyo', path]);
    expect(entries[0]?.at).toBe('2026-03-09T10:05:00Z');
    expect(attackers.find(({ address }) => address === '203.0.113.4')?.first).toBe('2026-03-09T01:00:00Z');
  });

  test('has no say over stamps that name their zone', async () => {
    const path = put(
      at('iso.log'),
      '2026-03-09T10:00:00+01:00 web1 sshd[4]: Failed password for root from 203.0.113.9 port 5 ssh2\n',
    );
    expect((await storyOf(['--tz', 'Asia/Tokyo', path])).from).toBe('2026-03-09T09:00:00Z');
  });

  test('default is this machine’s zone', async () => {
    const { zone, entries } = await storyOf(['--now', '2026-03-10T00:00:00Z', LOG], { env: { TZ: 'Europe/Berlin' } });
    expect([zone, entries[0]?.at]).toEqual(['Europe/Berlin', '2026-03-09T09:05:00Z']);
  });
});

test('--host names lines that neither they nor their folder name', async () => {
  const bare = '2026-03-09T10:00:00Z sshd[4]: Failed password for root from 203.0.113.9 port 5 ssh2\n'.repeat(3);
  const path = put(at('mail7/var/log/bare.log'), bare);
  const hosts = async (args: readonly string[], input = '') =>
    (await storyOf([...OWN_TIME, '--host', 'db7', ...args], { input })).hosts.map(({ host }) => host);
  expect(await hosts(['-'], bare)).toEqual(['db7']);
  expect(await hosts([path])).toEqual(['mail7']);
  expect(await hosts([LOG])).toEqual(['web1']);
});

test('--host tells one host of several, and changes nothing of what is known', async () => {
  const incident = `${ROOT}sample/incident`;
  const [one, all] = await Promise.all([
    storyOf([...SAMPLE_TIME, '--host', 'gate', incident]),
    storyOf([...SAMPLE_TIME, incident]),
  ]);
  const { totals: _one, actions: _told, ...rest } = one;
  const { totals: _all, actions: _same, ...same } = all;
  expect(rest).toEqual(same);
  const { stdout } = await spoor(['investigate', '--host', 'gate', ...SAMPLE_TIME, incident]);
  expect(stdout).toContain('gate');
  expect(stdout).not.toContain('tomas'); // of shop
});

test('--top bounds the list, not the counts; 0 lists all', async () => {
  const top = async (n: string) => {
    const { attackers, totals } = await storyOf([...OWN_TIME, '--top', n, DAYS]);
    return [attackers.length, totals.attackers];
  };
  expect([await top('1'), await top('2'), await top('0')]).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
});

test('--keep leaves an address or a network out of the block list, and nowhere else', async () => {
  const kept = async (...args: string[]) => {
    const { block, attackers } = await storyOf([...OWN_TIME, ...args, DAYS]);
    return [block, attackers.length];
  };
  expect(await kept()).toEqual([['203.0.113.1', '203.0.113.5', '203.0.113.8'], 3]);
  expect(await kept('--keep', '203.0.113.5')).toEqual([['203.0.113.1', '203.0.113.8'], 3]);
  expect(await kept('--keep', '203.0.113.0/29', '--keep', '2001:db8::/32')).toEqual([['203.0.113.8'], 3]);
});

test('an address with a good login that nothing explains is never blocked', async () => {
  const path = put(
    at('mistyped.log'),
    guesses('2026-03-09T08:00:00Z', '198.51.100.20', 'maria', 2) +
      visit('2026-03-09T08:01:00Z', '198.51.100.20', 'maria', 600) +
      guesses('2026-03-09T09:00:00Z', '203.0.113.9', 'root', 30) +
      guesses('2026-03-09T09:30:00Z', '10.1.2.3', 'root', 30) +
      guesses('2026-03-09T09:40:00Z', '100.64.0.9', 'root', 30) +
      guesses('2026-03-09T09:50:00Z', 'fe80::1', 'root', 30) +
      guesses('2026-03-09T09:55:00Z', '127.0.0.1', 'root', 30),
  );
  const { verdict, entries, block } = await storyOf([...OWN_TIME, path]);
  expect({ verdict, entries, block }).toEqual({ verdict: 'attacked', entries: [], block: ['203.0.113.9'] });
});

test('--fail-on: 10 when it is that bad, 0 when not, the story told all the same', async () => {
  const quiet = put(at('quiet.log'), visit('2026-03-09T10:05:00Z', '198.51.100.20', 'maria', 60));
  const code = async (verdict: string, path: string) => {
    const ran = await spoor(['investigate', '--json', '--fail-on', verdict, ...OWN_TIME, path]);
    expect(JSON.parse(ran.stdout).schema).toBe('spoor.investigation/1');
    return ran.code;
  };
  expect(await Promise.all([code('attacked', LOG), code('breached', LOG), code('attacked', quiet)])).toEqual([
    10, 10, 0,
  ]);
  expect(await Promise.all([code('attacked', DAYS), code('breached', DAYS)])).toEqual([10, 0]);
});

test('two hosts in one file stay two', async () => {
  const path = put(
    at('relay.log'),
    BREACH + sshd('2026-03-09T11:00:00Z', 9, 'Server listening on 0.0.0.0 port 22.', 'db2'),
  );
  expect((await storyOf([...OWN_TIME, path])).hosts).toMatchObject([
    { host: 'db2', events: 1 },
    { host: 'web1', events: 34 },
  ]);
});

test('without a path and without logs of use, the bundled sample is told, and that is said', async () => {
  const { code, stderr, stdout } = await spoor(['investigate', '--json']);
  expect(code).toBe(0);
  const { inputs, verdict } = JSON.parse(stdout);
  if (stderr === '') expect(inputs.every(({ path }: { path: string }) => path.startsWith('/var/log'))).toBe(true);
  else {
    expect(stderr).toMatch(/^spoor: \/var\/log holds no .*\. This is the sample incident:\n$/);
    const sample = JSON.parse(
      (await spoor(['investigate', '--json', ...SAMPLE_TIME, `${ROOT}sample/incident`])).stdout,
    );
    expect([verdict, inputs.length]).toEqual([sample.verdict, sample.inputs.length]);
  }
});
