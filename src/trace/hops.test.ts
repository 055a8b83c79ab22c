import { describe, expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';
import type { Story } from './story.ts';
import type { Hop } from './tracks.ts';

const DAY = '2026-05-19T';
const GATE = '10.9.0.1';
const SHOP = '10.9.0.2';

/** A host's log: hours of ordinary life, then what `tell` writes from 20:00 on, by a clock that is ahead. */
function log(host: string, tell: (writer: LogWriter) => LogWriter, aheadSeconds = 0): string {
  const start = new Date(Date.parse(`${DAY}18:00:00Z`) + aheadSeconds * 1000).toISOString();
  return tell(new LogWriter(host, start).life(120)).life(240).text();
}

/** Somebody types a command, and a profile sends it to syslog. */
const types = (writer: LogWriter, user: string, command: string) =>
  writer.say(user, `${user} [4242]: ${command} [0]`, 4);

/** The way in: deploy's password is guessed on gate at 20:00; `then` from 20:02:05 on. */
const enteredGate = (writer: LogWriter, then: (writer: LogWriter) => LogWriter) =>
  then(writer.fails('203.0.113.77', 'deploy', 2000, 40).enters('203.0.113.77', 'deploy', 2100).wait(4)).leaves(
    'deploy',
    2100,
  );

const gate = log('gate', (writer) =>
  enteredGate(writer, (at) => types(types(at, 'deploy', 'id').wait(51), 'deploy', `ssh deploy@${SHOP}`).wait(1800)),
);
// 20:03:00 on gate is when the command was run
const shop = (aheadSeconds: number) =>
  log(
    'shop',
    (writer) =>
      types(writer.wait(187).enters(GATE, 'deploy', 3100).wait(60), 'deploy', 'ssh root@vault')
        .wait(600)
        .leaves('deploy', 3100),
    aheadSeconds,
  );
const vault = log('vault', (writer) => writer.wait(256).enters(SHOP, 'root', 4100).wait(300).leaves('root', 4100));

const files = (aheadSeconds = 0) => ({
  'gate/var/log/auth.log': gate,
  'shop/var/log/auth.log': shop(aheadSeconds),
  'vault/var/log/auth.log': vault,
});

/** What a hop says whatever the clocks say. */
const gist = ({ chain, depth, from, to, port, after }: Hop) => ({
  chain,
  depth,
  after,
  from: from.host,
  to: to.host,
  user: to.user,
  port,
});

const told = ({ hops }: Story) =>
  hops.map((hop) => `${hop.from.host || hop.from.address} > ${hop.to.host || hop.to.address} (${hop.to.user})`);

describe('a chain over three hosts', async () => {
  const story = await investigateFiles(files());

  test('each hop with its source, in order', () => {
    expect(told(story)).toEqual(['203.0.113.77 > gate (deploy)', 'gate > shop (deploy)', 'shop > vault (root)']);
    expect(story.hops.map(({ chain, depth, after }) => [chain, depth, after])).toEqual([
      [1, 1, null],
      [1, 2, 'h1'],
      [1, 3, 'h2'],
    ]);
    expect(story.hops.map(({ confidence }) => confidence)).toEqual(
      ['high', 'high', 'high'].map((word, at) => (at === 0 ? story.entries[0]?.confidence : word)),
    );
  });

  test('why, with the line of the command', () => {
    const hop = story.hops[1] as Hop;
    expect(hop.reasons[0]).toMatch(/^deploy on gate ran "ssh deploy@10\.9\.0\.2" \d+ s before$/);
    expect(hop.evidence.map(({ raw }) => raw).join('\n')).toMatch(
      /Accepted password for deploy from 10\.9\.0\.1 .*ssh deploy@10\.9\.0\.2/s,
    );
    expect(hop.from.address).toBe(GATE);
    expect(hop.to.address).toBe(SHOP);
    expect(hop.skewSeconds).toBe(0);
  });

  test.each([-10_000, -3600, -90, 90, 3600, 10_000])('the same with a clock %i s ahead', async (ahead) => {
    const skewed = await investigateFiles(files(ahead));
    expect(skewed.hops.map(gist)).toEqual(story.hops.map(gist));
    if (Math.abs(ahead) > 120 && Math.abs(ahead) < 800) expect(skewed.hops[1]?.skewSeconds).toBeCloseTo(ahead, -1);
  });
});

describe('where logs are missing', async () => {
  const { 'shop/var/log/auth.log': _shop, ...others } = files();
  const story = await investigateFiles(others);

  test('the chain goes on through the host that is not there, with doubt', () => {
    expect(told(story)).toEqual(['203.0.113.77 > gate (deploy)', `gate > ${SHOP} (deploy)`, `${SHOP} > vault (root)`]);
    expect(story.hops.map(({ depth, after }) => [depth, after])).toEqual([
      [1, null],
      [2, 'h1'],
      [3, 'h2'],
    ]);
    const [, into, out] = story.hops as [Hop, Hop, Hop];
    expect(into).toMatchObject({ confidence: 'low', to: { logs: false, session: null } });
    expect(out.from).toMatchObject({ address: SHOP, logs: false, session: null });
    expect(out.confidence).not.toBe('high');
  });

  test('the gap is named, with what leads in and out', () => {
    const gaps = story.missing.filter(({ kind }) => kind === 'host_unseen');
    expect(gaps.map(({ host }) => host)).toEqual([SHOP]);
    expect(gaps[0]?.detail).toMatch(
      /^nothing from 10\.9\.0\.2 is here, though gate opened a session there, vault was entered from it at 2026-05-19T20:04:1\d/,
    );
  });
});

describe('what is not the intruder’s', () => {
  const ordinary = log('gate', (writer) =>
    enteredGate(
      writer.enters('198.51.100.4', 'anna', 1500, 'publickey').say('anna', 'anna [1510]: ssh anna@vault [0]', 40),
      (at) => at.wait(3000),
    ).leaves('anna', 1500),
  );
  const comings = (writer: LogWriter) => {
    writer.wait(4).enters(GATE, 'anna', 4001, 'publickey').wait(60).leaves('anna', 4001);
    for (let pid = 4100; pid < 4110; pid += 1)
      writer.wait(295).enters(GATE, 'backup', pid, 'publickey').leaves('backup', pid);
    return writer;
  };

  test('an admin’s way from host to host and a nightly copy are in no chain', async () => {
    const before = (writer: LogWriter) => comings(comings(writer.wait(-3600)).wait(200));
    const story = await investigateFiles({
      'gate/var/log/auth.log': ordinary,
      'vault/var/log/auth.log': log('vault', before),
    });
    expect(told(story)).toEqual(['203.0.113.77 > gate (deploy)']);
    expect(story.missing.filter(({ kind }) => kind === 'host_unseen')).toEqual([]);
  });

  test('hosts that never talked have no hop, although both were entered', async () => {
    const story = await investigateFiles({
      'gate/var/log/auth.log': log('gate', (writer) => enteredGate(writer, (at) => at.wait(600))),
      'shop/var/log/auth.log': log('shop', (writer) =>
        writer.wait(300).fails('203.0.113.88', 'oracle', 2000, 40).enters('203.0.113.88', 'oracle', 2100).wait(60),
      ),
    });
    expect(story.hops.map(({ depth, chain }) => [depth, chain])).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });
});

test('two sessions that could have opened it: the likelier one, and the other named', async () => {
  const both = log('gate', (writer) =>
    enteredGate(writer, (at) =>
      at
        .enters('203.0.113.77', 'deploy', 2200)
        .wait(41)
        .say('deploy', `deploy [4242]: ssh deploy@${SHOP} [0]`, 1800)
        .leaves('deploy', 2200),
    ),
  );
  const { hops } = await investigateFiles({
    'gate/var/log/auth.log': both,
    'shop/var/log/auth.log': log('shop', (writer) => writer.wait(172).enters(GATE, 'deploy', 3100).wait(60)),
  });
  const hop = hops.find(({ depth }) => depth === 2);
  expect(hop?.from.host).toBe('gate');
  expect(hop?.reasons.join('\n')).toMatch(/deploy on gate ran "ssh deploy@10\.9\.0\.2"/);
});

test('a firewall’s line and a login with the same source port are one connection', async () => {
  const packet = (port: number) =>
    `[8001.2] OUT-SSH IN= OUT=eth0 SRC=${GATE} DST=${SHOP} LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=TCP SPT=${port} DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0`;
  const { hops } = await investigateFiles({
    'gate/var/log/syslog': log('gate', (writer) =>
      enteredGate(writer, (at) => at.wait(51).say('kernel', packet(43_100)).wait(900)),
    ),
    'shop/var/log/auth.log': log(
      'shop',
      (writer) =>
        writer
          .wait(180 + 7200)
          .enters(GATE, 'www', 3100)
          .wait(60),
      -7200,
    ),
  });
  const hop = hops.find(({ to }) => to.host === 'shop');
  expect(hop).toMatchObject({ depth: 2, after: 'h1', port: 43_100, confidence: 'high', from: { host: 'gate' } });
  expect(hop?.reasons[0]).toBe('a connection from source port 43100 is in the logs of both gate and shop');
});

describe('evidence that comes back from an attacking machine', async () => {
  const back = log('gate', (writer) =>
    types(
      writer.fails('198.51.100.7', 'pi', 3000, 30).enters('198.51.100.7', 'pi', 3100).wait(70),
      'pi',
      'ssh deploy@192.0.2.10',
    )
      .wait(300)
      .leaves('pi', 3100),
  );
  const ours = log('gate', (writer) =>
    writer
      .fails('203.0.113.77', 'deploy', 2000, 40)
      .wait(55)
      .enters('203.0.113.77', 'deploy', 2100)
      .wait(60)
      .leaves('deploy', 2100),
  );
  const story = await investigateFiles(
    { 'ours/var/log/auth.log': ours, 'back/var/log/auth.log': back, 'back/root/.bash_history': 'id\n' },
    { case: 'C-7', sources: [{ label: '203.0.113.77', path: './back' }] },
  );

  test('the trace runs on through it', () => {
    expect(story.case).toBe('C-7');
    expect(told(story)).toEqual(['198.51.100.7 > 203.0.113.77:gate (pi)', '203.0.113.77:gate > gate (deploy)']);
    expect(story.hops[1]).toMatchObject({
      chain: 1,
      depth: 2,
      after: 'h1',
      from: { address: '203.0.113.77', user: 'pi', logs: true },
    });
  });

  test('hosts of the same name stay apart, everywhere', () => {
    expect(story.hosts.map(({ host }) => host)).toEqual(['203.0.113.77:gate', 'gate']);
    expect(story.inputs.map(({ path, source, hosts }) => [path, source, hosts])).toEqual([
      ['./back/root/.bash_history', '203.0.113.77', expect.anything()],
      ['./back/var/log/auth.log', '203.0.113.77', ['203.0.113.77:gate']],
      ['./ours/var/log/auth.log', '', ['gate']],
    ]);
    expect(story.attackers.find(({ address }) => address === '198.51.100.7')?.hosts).toEqual(['203.0.113.77:gate']);
    expect(new Set(story.sessions.map(({ host }) => host))).toEqual(new Set(['203.0.113.77:gate', 'gate']));
  });
});

describe('long ways', () => {
  /** `count` hosts, each entered from the one before it 20 s after that one was. */
  const chain = (count: number, first: (writer: LogWriter) => LogWriter, last: (writer: LogWriter) => LogWriter) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, at) => {
        const entered = (writer: LogWriter) =>
          at === 0 ? first(writer) : writer.wait(125 + at * 20).enters(`10.9.1.${at - 1}`, 'deploy', 3000 + at);
        const done = (writer: LogWriter) =>
          at === count - 1 ? last(writer) : types(writer.wait(5), 'deploy', `ssh deploy@10.9.1.${at + 1}`);
        const name = `h${at}`;
        return [
          `${name}/var/log/auth.log`,
          log(name, (writer) =>
            done(entered(writer))
              .wait(5000)
              .leaves('deploy', 3000 + at),
          ),
        ];
      }),
    );

  test('the quickest login is a command’s, where others of the same account fit too', async () => {
    const files = chain(
      60,
      (writer) => writer.fails('203.0.113.77', 'deploy', 2000, 40).enters('203.0.113.77', 'deploy', 3000),
      (writer) => writer,
    );
    const { hops } = await investigateFiles(files);
    expect(hops.map(({ from, to }) => `${from.host} ${to.host}`)).toEqual(
      Array.from({ length: 60 }, (_, at) => `${at === 0 ? '' : `h${at - 1}`} h${at}`),
    );
  });

  test('the way back is walked to its beginning', async () => {
    const evil = 'new user: name=evil, UID=0, GID=0, home=/root, shell=/bin/bash, from=/dev/pts/0';
    const files = chain(
      50,
      (writer) => writer.enters('203.0.113.9', 'deploy', 3000),
      (writer) => writer.sudo('deploy', '/usr/sbin/useradd -o -u 0 evil').say('useradd[9]', evil),
    );
    const { hops } = await investigateFiles(files);
    expect(hops[0]).toMatchObject({ depth: 1, from: { address: '203.0.113.9' }, to: { host: 'h0' } });
    expect(hops.at(-1)).toMatchObject({ depth: 50, to: { host: 'h49' } });
  });
});

describe('others who go through the host where the intruder is', () => {
  const KEY = 'SHA256:Zq1Pq99HIuBPq99HIuBPq99HIuBPq99HIuBPq99HIuB';
  const byKey = (writer: LogWriter, address: string, user: string, pid: number) =>
    writer
      .say(`sshd[${pid}]`, `Accepted publickey for ${user} from ${address} port ${40000 + pid} ssh2: ED25519 ${KEY}`, 0)
      .say(`sshd[${pid}]`, `pam_unix(sshd:session): session opened for user ${user}(uid=1001) by (uid=0)`);
  const jump = (start: (writer: LogWriter) => LogWriter) =>
    log('gate', (writer) => enteredGate(start(writer), (at) => types(at, 'deploy', `ssh deploy@${SHOP}`).wait(1800)));
  const shopWith = (tell: (writer: LogWriter) => LogWriter) =>
    log('shop', (writer) => tell(writer.wait(140).enters(GATE, 'deploy', 3100).wait(60)));

  test('an owner’s own key is nobody’s intrusion', async () => {
    const { entries, hops, reasons } = await investigateFiles({
      'gate/var/log/auth.log': jump((writer) => byKey(writer, '198.51.100.10', 'anna', 1900)),
      'shop/var/log/auth.log': shopWith((writer) => byKey(writer, GATE, 'anna', 3200).wait(600).leaves('anna', 3200)),
    });
    expect(entries.map(({ user }) => user)).toEqual(['deploy', 'deploy']);
    expect(hops.map(({ to }) => to.user)).toEqual(['deploy', 'deploy']);
    expect(reasons.join()).not.toContain('anna');
  });

  test('another account’s password from there, hours later, is no way in', async () => {
    const { entries } = await investigateFiles({
      'gate/var/log/auth.log': jump((writer) => writer),
      'shop/var/log/auth.log': shopWith((writer) =>
        writer.wait(600).leaves('deploy', 3100).wait(5400).enters(GATE, 'bob', 3300).leaves('bob', 3300),
      ),
    });
    expect(entries.map(({ user }) => user)).toEqual(['deploy', 'deploy']);
  });
});
