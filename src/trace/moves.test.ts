import { describe, expect, test } from 'vitest';
import { investigateFiles } from '../../test/scenario.ts';
import type { Hop } from './tracks.ts';

const START = Date.parse('2026-05-04T09:00:00Z');
const PEERS: Readonly<Record<string, string>> = {
  DESK15: '10.20.0.15',
  DESK07: '10.20.0.7',
  FILE1: '10.20.0.20',
  DC1: '10.20.0.2',
};

/** Writes events of Windows hosts as Winlogbeat ships them. */
class Events {
  readonly lines: string[] = [];
  #now = START;
  #number = 0x1000;

  at(seconds: number): this {
    this.#now = START + seconds * 1000;
    return this;
  }

  say(host: string, id: number, data: Record<string, unknown>, channel = 'Security'): this {
    const provider = channel === 'Security' ? 'Microsoft-Windows-Security-Auditing' : 'Microsoft-Windows-Sysmon';
    const winlog = {
      event_id: id,
      channel,
      provider_name: provider,
      computer_name: `${host}.example.test`,
      event_data: data,
    };
    this.lines.push(JSON.stringify({ '@timestamp': new Date(this.#now).toISOString(), winlog }));
    return this;
  }

  /** A logon over the network; gives its number. */
  enters(host: string, from: string, user = 'anna', more: Record<string, unknown> = {}): string {
    this.#number += 1;
    const id = `0x${this.#number.toString(16)}`;
    const address = { IpAddress: PEERS[from] ?? from, IpPort: 50_000 + (this.#number % 10_000) };
    const data = { TargetUserName: user, TargetLogonId: id, LogonType: 3, AuthenticationPackageName: 'Kerberos' };
    this.say(host, 4624, { ...data, ...address, ElevatedToken: '%%1842', ...more });
    return id;
  }

  runs(
    host: string,
    id: string,
    command: string,
    parent = 'C:\\Windows\\System32\\wbem\\WmiPrvSE.exe',
    user = 'anna',
  ): this {
    const image = command.split(' ')[0];
    const data = { TargetUserName: user, TargetLogonId: id, NewProcessName: `C:\\Windows\\System32\\${image}` };
    return this.say(host, 4688, {
      SubjectUserName: `${host}$`,
      ...data,
      CommandLine: command,
      ParentProcessName: parent,
    });
  }

  connects(from: string, to: string, port: number, program: string): this {
    const ends = {
      SourceIp: PEERS[from],
      SourcePort: 51_000,
      DestinationIp: PEERS[to],
      DestinationPort: port,
      Protocol: 'tcp',
    };
    const channel = 'Microsoft-Windows-Sysmon/Operational';
    this.say(from, 3, { ...ends, Initiated: 'true', Image: program, User: 'EXAMPLE\\anna' }, channel);
    return this.say(to, 3, { ...ends, Initiated: 'false', Image: 'System', User: 'NT AUTHORITY\\SYSTEM' }, channel);
  }

  async hops(): Promise<readonly Hop[]> {
    const { hops } = await investigateFiles({ 'events.json': `${this.lines.join('\n')}\n` });
    return hops;
  }
}

const ends = ({ from, to, method }: Hop) => `${from.host || from.address} ${to.host} ${to.user} ${method}`;

describe('a move is told', () => {
  test('WMI: a program in the network logon', async () => {
    const events = new Events().connects('DESK15', 'DESK07', 135, 'C:\\Users\\anna\\tool.exe');
    const id = events.at(2).enters('DESK07', 'DESK15');
    events.at(3).runs('DESK07', id, 'whoami /all');
    const [hop, ...others] = await events.hops();
    expect(others).toEqual([]);
    expect(hop).toMatchObject({
      from: { host: 'DESK15', address: '10.20.0.15', logs: true },
      to: { host: 'DESK07', address: '10.20.0.7', user: 'anna', session: 's1' },
      at: '2026-05-04T09:00:02Z',
      method: 'WMI',
      depth: 2,
      after: null,
    });
    expect(hop?.reasons[0]).toContain('whoami /all');
    expect(hop?.evidence.length).toBeGreaterThan(1);
  });

  test('WinRM: Windows leaves the address out, the connection has it', async () => {
    const events = new Events().connects('DESK15', 'DESK07', 5985, 'C:\\Windows\\System32\\powershell.exe');
    const id = events.at(1).enters('DESK07', '-', 'anna', { IpPort: '-' });
    events.at(2).runs('DESK07', id, 'hostname.exe', 'C:\\Windows\\System32\\wsmprovhost.exe');
    expect((await events.hops()).map(ends)).toEqual(['DESK15 DESK07 anna WinRM']);
  });

  test('a service, by the number of the logon that put it in', async () => {
    const events = new Events();
    const id = events.enters('DESK07', 'DESK15', 'anna', { WorkstationName: 'DESK15' });
    events.at(1).say('DESK07', 4697, {
      SubjectUserName: 'anna',
      SubjectLogonId: id,
      ServiceName: 'x',
      ServiceFileName: 'C:\\x.exe',
    });
    expect((await events.hops()).map(ends)).toEqual(['DESK15 DESK07 anna remote service']);
  });

  test('a file laid down in an administrative share, though the logon’s own line is lost', async () => {
    const share = { ShareName: '\\\\*\\C$', RelativeTargetName: 'ProgramData\\x.exe', AccessMask: '0x2' };
    const events = new Events().say('DESK07', 5145, {
      SubjectUserName: 'anna',
      SubjectLogonId: '0x99',
      IpAddress: '10.20.0.15',
      ...share,
    });
    expect((await events.hops()).map(ends)).toEqual(['10.20.0.15 DESK07 anna file share']);
  });

  test('one from a host that was moved to goes on in its chain', async () => {
    const events = new Events()
      .connects('DESK15', 'DESK07', 135, 'C:\\tool.exe')
      .connects('DESK07', 'FILE1', 135, 'C:\\tool.exe');
    events.runs('DESK07', events.enters('DESK07', 'DESK15'), 'whoami');
    events.at(60).runs('FILE1', events.enters('FILE1', 'DESK07'), 'whoami');
    const hops = await events.hops();
    expect(hops.map(({ id, chain, depth, after }) => [id, chain, depth, after])).toEqual([
      ['h1', 1, 2, null],
      ['h2', 1, 3, 'h1'],
    ]);
  });
});

describe('an ordinary logon is no move', () => {
  test('file servers and domain controllers', async () => {
    const events = new Events();
    for (let round = 0; round < 50; round += 1) {
      events.at(round * 100);
      const file = events.enters('FILE1', 'DESK15', 'anna', { ElevatedToken: '%%1843' });
      events.say('FILE1', 5140, {
        SubjectUserName: 'anna',
        SubjectLogonId: file,
        ShareName: '\\\\*\\Reports',
        IpAddress: '10.20.0.15',
      });
      const write = { ShareName: '\\\\*\\Reports', RelativeTargetName: 'march.xlsx', AccessMask: '0x2' };
      events.say('FILE1', 5145, { SubjectUserName: 'anna', SubjectLogonId: file, IpAddress: '10.20.0.15', ...write });
      const policy = events.enters('DC1', 'DESK15', round % 2 ? 'anna' : 'DESK15$');
      const pipe = { ShareName: '\\\\*\\IPC$', RelativeTargetName: 'samr', AccessMask: '0x12019f' };
      events.say('DC1', 5145, { SubjectUserName: 'anna', SubjectLogonId: policy, IpAddress: '10.20.0.15', ...pipe });
      events.connects('DESK15', 'DC1', 445, 'System');
    }
    expect(await events.hops()).toEqual([]);
  });

  test('what a computer’s account does', async () => {
    const events = new Events();
    const id = events.enters('DESK07', 'FILE1', 'FILE1$');
    events.runs('DESK07', id, 'ccmsetup.exe', 'C:\\Windows\\System32\\services.exe', 'FILE1$');
    expect(await events.hops()).toEqual([]);
  });

  test('somebody’s own work at his desk', async () => {
    const events = new Events();
    const id = events.enters('DESK15', '-', 'anna', { LogonType: 2 });
    events.at(1).runs('DESK15', id, 'notepad.exe', 'C:\\Windows\\explorer.exe');
    expect(await events.hops()).toEqual([]);
  });

  test('a host that calls itself', async () => {
    const events = new Events().connects('DESK07', 'FILE1', 135, 'C:\\tool.exe');
    events.at(1).runs('DESK07', events.enters('DESK07', 'DESK07'), 'whoami');
    expect(await events.hops()).toEqual([]);
  });

  test('the same on three days is somebody’s work', async () => {
    const days = (count: number) => {
      const events = new Events();
      for (let day = 0; day < count; day += 1) {
        events.at(day * 86_400);
        events.runs('DESK07', events.enters('DESK07', 'FILE1', 'svc-inventory'), 'whoami');
      }
      return events.hops();
    };
    expect(await days(2)).toHaveLength(2);
    expect(await days(3)).toEqual([]);
  });

  test('a stopped connection', async () => {
    const ends = {
      SourceAddress: '10.20.0.15',
      SourcePort: 5000,
      DestAddress: '10.20.0.7',
      DestPort: 135,
      Protocol: 6,
    };
    const events = new Events().say('DESK07', 5157, { ...ends, Direction: '%%14592', Application: 'x.exe' });
    expect(await events.hops()).toEqual([]);
  });
});

test('sessions: the logons of one visit are one, with an administrator’s rights, and end', async () => {
  const events = new Events();
  const first = events.enters('DESK07', 'DESK15');
  const second = events.at(1).enters('DESK07', 'DESK15');
  events.at(5).say('DESK07', 4634, { TargetUserName: 'anna', TargetLogonId: first, LogonType: 3 });
  events.at(9).say('DESK07', 4634, { TargetUserName: 'anna', TargetLogonId: second, LogonType: 3 });
  const { sessions } = await investigateFiles({ 'events.json': `${events.lines.join('\n')}\n` });
  expect(sessions).toMatchObject([
    {
      host: 'DESK07',
      user: 'anna',
      service: 'windows',
      method: 'network (Kerberos)',
      address: '10.20.0.15',
      root: true,
      seconds: 9,
      state: 'closed',
    },
  ]);
});

test('a way in from outside and the move that follows are one chain', async () => {
  const events = new Events();
  const guess = { IpAddress: '8.8.4.4', LogonType: 3, SubStatus: '0xc000006a' };
  for (let tries = 0; tries < 60; tries += 1)
    events.at(tries * 5).say('DESK15', 4625, { ...guess, TargetUserName: `u${tries % 9}` });
  events.at(400).enters('DESK15', '8.8.4.4', 'anna', { LogonType: 10 });
  events.at(440).connects('DESK15', 'DESK07', 5985, 'C:\\Windows\\System32\\powershell.exe');
  events.runs('DESK07', events.enters('DESK07', 'DESK15'), 'whoami', 'C:\\Windows\\System32\\wsmprovhost.exe');
  const { verdict, hops } = await investigateFiles({ 'events.json': `${events.lines.join('\n')}\n` });
  expect(verdict).toBe('breached');
  expect(hops.map(({ chain, depth, after, from, to }) => [chain, depth, after, from.session, to.host])).toEqual([
    [1, 1, null, null, 'DESK15'],
    [1, 2, 'h1', 's1', 'DESK07'],
  ]);
});

test('any order of lines and inputs gives the same moves', async () => {
  const events = new Events().connects('DESK15', 'DESK07', 135, 'C:\\tool.exe');
  events.at(1).runs('DESK07', events.enters('DESK07', 'DESK15'), 'whoami');
  const told = (hops: readonly Hop[]) =>
    hops.map(({ evidence, ...hop }) => [hop, evidence.map(({ raw }) => raw).sort()]);
  const files = (lines: readonly string[]) => Object.fromEntries(lines.map((line, at) => [`${at}.json`, `${line}\n`]));
  const whole = await events.hops();
  expect(whole).toHaveLength(1);
  for (const lines of [events.lines, events.lines.toReversed()]) {
    const { hops } = await investigateFiles(files(lines));
    expect(told(hops)).toEqual(told(whole));
  }
});
