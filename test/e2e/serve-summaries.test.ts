import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type {
  AddressAnswer,
  AttackersAnswer,
  HistogramAnswer,
  NewAccessAnswer,
  SessionsAnswer,
} from '../../src/api/summaries.ts';
import { FILLED } from '../../src/store/fill.ts';
import { command } from '../built.ts';
import { freePort } from '../free-port.ts';
import { passableFolder } from '../state-folder.ts';
import { indexed, sql } from './serving/index-contents.ts';
import { sendText, syslogLines } from './serving/sending.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// Who came in and who tried, told by a server from its summaries; and the same of an index that had none.

const base = passableFolder('spoor-summaries-');
const began = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 7_200_000;
let server: ServerProcess;
let port: number;

beforeAll(async () => {
  port = await freePort();
  server = new ServerProcess(join(base.path, 'data'), [{ type: 'syslog-tcp', port }]);
  await server.start();
  await server.running();
  const lines = [
    'sshd[811]: Accepted publickey for mina from 198.51.100.7 port 51022 ssh2: ED25519 SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ',
    'sshd[811]: pam_unix(sshd:session): session opened for user mina(uid=1000) by (uid=0)',
    'sudo[950]: mina : TTY=pts/1 ; PWD=/home/mina ; USER=root ; COMMAND=/usr/bin/cat /etc/shadow',
    'sudo[950]: pam_unix(sudo:session): session opened for user root(uid=0) by mina(uid=1000)',
    'sudo[950]: pam_unix(sudo:session): session closed for user root',
    'sshd[811]: pam_unix(sshd:session): session closed for user mina',
    ...Array.from({ length: 5 }, (_, n) => `sshd[9${n}]: Failed password for root from 192.0.2.7 port 402${n} ssh2`),
    'sshd[990]: Failed password for invalid user x\u001b[2J from 192.0.2.99 port 4023 ssh2',
  ];
  await sendText(port, syslogLines(lines, began));
  await until('lines', async () => (await server.status()).ledger.size >= 12);
  await indexed(server);
});
afterAll(async () => {
  await server.killAll();
  base.remove();
});

const run = promisify(execFile);
async function spoor(...args: string[]): Promise<string> {
  return (await run(process.execPath, command(...args, '--data', server.paths.data))).stdout;
}

/** What is answered, but for when. */
async function answers(): Promise<unknown> {
  const { sessions } = (await server.ask('/api/v1/sessions?person=mina')) as SessionsAnswer;
  const { attackers } = (await server.ask('/api/v1/attackers')) as AttackersAnswer;
  const { hours } = (await server.ask('/api/v1/attackers/192.0.2.7')) as AddressAnswer;
  const { access } = (await server.ask('/api/v1/new-access')) as NewAccessAnswer;
  return { sessions, attackers, hours, access };
}

test('tells sessions with what was done, attackers, what is new, and how much came when', async () => {
  expect(await answers()).toMatchObject({
    sessions: [
      {
        user: 'mina',
        host: 'web-1',
        from: '198.51.100.7',
        method: 'publickey',
        since: new Date(began).toISOString(),
        until: new Date(began + 5000).toISOString(),
        did: [
          { by: 'sudo', as: 'root', command: '/usr/bin/cat /etc/shadow', until: new Date(began + 4000).toISOString() },
        ],
        doubts: [],
      },
    ],
    attackers: [
      { source: '192.0.2.7', failures: 5, users: 1 },
      { source: '192.0.2.99', failures: 1 },
    ],
    hours: [{ at: new Date(began).toISOString(), failures: 5 }],
    access: [{ person: 'mina', network: '198.51.100.0/24', new: ['person', 'network', 'key', 'host'] }],
  });
  const histogram = (await server.ask('/api/v1/histogram?q=program:sshd&since=1d&step=1h')) as HistogramAnswer;
  expect(histogram.steps.reduce((sum, { events }) => sum + events, 0)).toBe(9);
  expect(histogram.steps.length).toBeLessThanOrEqual(26);
});

test('and on a terminal', async () => {
  expect(await spoor('sessions', 'mina')).toMatch(
    /^\S+ \S+Z 5 s +mina +web-1 +198\.51\.100\.7 +publickey SHA256:\w+ +#\d+\n {4}\S+Z sudo root {2}\/usr\/bin\/cat \/etc\/shadow +#\d+\n$/,
  );
  expect(await spoor('attackers')).toMatch(/^who .*\n192\.0\.2\.7 +5 +0 +0 +1 +1 .*\n192\.0\.2\.99 +1 /);
  expect(await spoor('attackers', '192.0.2.7')).toMatch(/^hour.*\n\S+ \S+Z +5 +0 +0 +1 +1 /);
  await expect(spoor('attackers', 'nobody')).rejects.toThrow('is no address');
  await expect(spoor('sessions', '--since', 'soon')).rejects.toThrow('is no time');
});

test('an index that was made before there were summaries gets them', async () => {
  const before = await answers();
  for (const name of FILLED)
    for (const suffix of ['', '_shadow'])
      for (const kind of ['_view', '']) await sql(server, `DROP TABLE spoor.${name}${suffix}${kind}`);
  await sql(server, "ALTER TABLE spoor.schema_migrations DELETE WHERE name > '0003'");
  await server.stop();
  rmSync(join(server.paths.pipeline, 'summaries.json'));
  await server.start();
  await server.running();
  await until('summaries', async () => server.said.includes('of all days are summed up'));
  expect(await answers()).toEqual(before);
});
