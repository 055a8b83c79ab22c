import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SearchAnswer } from '../../src/api/asking.ts';
import { command } from '../built.ts';
import { freePort } from '../free-port.ts';
import { passableFolder } from '../state-folder.ts';
import { sendText } from './serving/sending.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// What a viewer, an analyst and an auditor are shown by a real server, and what they take out.

const run = promisify(execFile);
const base = passableFolder('spoor-roles-');
const PASSWORD = 'a horse that walks by night';
const REASON = 'case 12: who was on web-1';
/** Of persons; no part of four letters of them may be shown. */
const PERSONAL = [
  'qwilhelm',
  '198.51.100.23',
  'Zm9vYmFyYmF6cXV4',
  '/srv/zebraxyz-kiosk',
  'qwil@mail.example',
  'xyzzy.invalid',
];
let server: ServerProcess;
let port: number;
const cookies = new Map<string, string>();

const lines = () => {
  const at = `${new Date(Date.now() - 60_000).toISOString().slice(0, 19)}Z`;
  const line = (pri: number, program: string, text: string) => `<${pri}>1 ${at} web-1 ${program} 77 - - ${text}\n`;
  return [
    ...Array.from({ length: 6 }, () =>
      line(38, 'sshd', 'Failed password for qwilhelm from 198.51.100.23 port 401 ssh2'),
    ),
    line(
      38,
      'sshd',
      'Accepted publickey for qwilhelm from 198.51.100.23 port 402 ssh2: RSA SHA256:Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE',
    ),
    line(38, 'sshd', 'pam_unix(sshd:session): session opened for user qwilhelm(uid=1001) by (uid=0)'),
    line(
      85,
      'sudo',
      'qwilhelm : TTY=pts/0 ; PWD=/home/qwilhelm ; USER=root ; COMMAND=/usr/bin/cat /srv/zebraxyz-kiosk',
    ),
    line(14, 'app', 'odd: qwil@mail.example came by xyzzy.invalid'),
    line(14, 'app', "=cmd|' /C calc'!A0"),
  ].join('');
};

beforeAll(async () => {
  port = await freePort();
  server = new ServerProcess(join(base.path, 'data'), [{ type: 'syslog-tcp', port }]);
  await server.start();
  await until('the state', async () =>
    (await server.status()).parts.some((part) => part.name === 'state' && part.state === 'running'),
  );
  await sendText(port, lines());
  await until('its events', async () => (await server.found('stream:syslog-tcp/127.0.0.1')).length >= 11);
  await account('ann', await spoor('admin', 'link'));
  for (const [name, role] of [
    ['vic', 'viewer'],
    ['anna', 'analyst'],
    ['aud', 'auditor'],
  ] as const)
    await account(name, await spoor('admin', 'add', name, '--role', role));
});
afterAll(async () => {
  await server.killAll();
  base.remove();
});

async function spoor(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, command(...args, '--data', server.paths.data));
  return stdout;
}

/** Comes by a link, and stays signed in. */
async function account(name: string, said: string): Promise<void> {
  const path = /\/link\/[\w-]+/.exec(said)?.[0] ?? '';
  const made = await fetch(`${server.address}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: server.address, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ name, password: PASSWORD, again: PASSWORD }).toString(),
  });
  expect(made.status, await made.text()).toBe(303);
  cookies.set(
    name,
    made.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; '),
  );
}

async function ask(name: string, path: string, body?: object, method = body === undefined ? 'GET' : 'POST') {
  return fetch(`${server.address}${path}`, {
    method,
    headers: {
      cookie: cookies.get(name) ?? '',
      origin: server.address,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

const SHOWN = [
  '/',
  '/api/v1/search?limit=500',
  '/api/v1/search?q=host:web-1',
  '/api/v1/events',
  '/api/v1/who',
  '/api/v1/sessions',
  '/api/v1/attackers',
  '/api/v1/attackers?limit=1',
  '/api/v1/attackers?by=network',
  '/api/v1/new-access',
  '/api/v1/histogram',
  '/api/v1/source-events',
  ...[2, 8, 9, 10].map((index) => `/api/v1/records/${index}/events`), // together less than what one may do in a minute before it is folded
];
/** A second such as 51.1 is no part of an address. */
const TIMES = /\d{4}-\d\d-\d\dt\d\d:\d\d:\d\d(?:\.\d+)?z/g;
const partsOf = (value: string) =>
  Array.from({ length: value.length - 3 }, (_, at) => value.slice(at, at + 4).toLowerCase());

describe('a viewer', () => {
  test('is shown nothing of persons, wherever he looks', async () => {
    for (const path of SHOWN) {
      const answer = await ask('vic', path);
      const text = (await answer.text()).toLowerCase().replaceAll(TIMES, '');
      expect([path, answer.status]).toEqual([path, 200]);
      const found = PERSONAL.flatMap(partsOf).filter((part) => text.includes(part) && !'mail.example'.includes(part));
      expect([path, found]).toEqual([path, []]);
    }
    const { attackers, next } = (await (await ask('vic', '/api/v1/attackers?limit=1')).json()) as {
      attackers: unknown[];
      next: string | null;
    };
    expect(attackers.length).toBeGreaterThan(0);
    expect(Buffer.from(next ?? '', 'base64url').toString('latin1')).not.toContain('198.51');
  });

  test('cannot find out by asking, nor show it to himself', async () => {
    for (const path of [
      'search?q=qwilhelm',
      'search?q=user:qwilhelm',
      'search?q=NOT+ip:198.51.100.23',
      'histogram?q=qwil*',
      'events?q=qwilhelm',
      'tail?q=user:qwilhelm',
      'sessions?person=qwilhelm',
      'attackers/198.51.100.23',
      'story',
    ])
      expect([path, (await ask('vic', `/api/v1/${path}`)).status]).toEqual([path, 400]);
    const forged = Buffer.from(JSON.stringify({ tries: 6, key: '198.51.100.22' })).toString('base64url');
    expect((await ask('vic', `/api/v1/attackers?cursor=${forged}`)).status).toBe(400);
    expect((await ask('vic', '/api/v1/unmask', { reason: REASON })).status).toBe(403);
    expect((await ask('vic', '/api/v1/export', { q: '', reason: REASON })).status).toBe(403);
    expect(JSON.stringify(await (await ask('vic', '/api/v1/search?limit=500')).json())).not.toContain('act_');
  });
});

describe('an analyst', () => {
  test('sees it for a reason, in this session alone, until it is masked again', async () => {
    const shown = async (name: string) =>
      (await (await ask(name, '/api/v1/search?q=host:web-1')).text()).includes('qwilhelm');
    expect(await shown('anna')).toBe(false);
    expect((await ask('anna', '/api/v1/unmask', { reason: 'too short' })).status).toBe(400);
    expect((await ask('anna', '/api/v1/unmask', { reason: REASON })).status).toBe(200);
    expect(await shown('anna')).toBe(true);
    expect((await ask('anna', '/api/v1/search?q=user:qwilhelm')).status).toBe(200);
    expect(await shown('ann')).toBe(false);
    expect((await ask('anna', '/api/v1/unmask', undefined, 'DELETE')).status).toBe(200);
    expect(await shown('anna')).toBe(false);
    expect((await ask('anna', '/api/v1/search?q=action:act_*')).status).toBe(200); // of acts there is nothing for analysts
  });

  test('takes out what was found: it is proven, formula-safe, and on record', async () => {
    const answer = await ask('anna', '/api/v1/export', { q: 'host:web-1 NOT program:sudo', reason: REASON });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/zip']);
    const folder = await unpacked(Buffer.from(await answer.arrayBuffer()));
    const { stdout } = await run('sh', [join(folder, 'evidence/verify.sh'), (await server.status()).ledger.key]);
    expect(stdout).toMatch(
      /10 records are in the log[\s\S]*1 BETWEEN THEM ARE NOT HERE: this is a selection[\s\S]*ALL HOLDS/,
    );
    const bytes = readFileSync(join(folder, 'manifest.json'));
    const manifest = JSON.parse(bytes.toString()) as { files: { path: string; sha256: string }[] };
    expect(manifest).toMatchObject({
      who: 'anna',
      reason: REASON,
      events: 10,
      records: 10,
      asked: { q: 'host:web-1 NOT program:sudo' },
    });
    for (const { path, sha256 } of manifest.files)
      expect([
        path,
        createHash('sha256')
          .update(readFileSync(join(folder, path)))
          .digest('hex'),
      ]).toEqual([path, sha256]);
    const csv = readFileSync(join(folder, 'events.csv'), 'utf8');
    expect(csv).toContain("'=cmd|");
    expect(csv).not.toMatch(/(?:^|[,"])[=@+]/m);
    const digest = createHash('sha256').update(bytes).digest('hex');
    await until('the act', async () =>
      (await server.found('action:act_export_done')).some(({ document }) =>
        String(document['message']).includes(digest),
      ),
    );
    expect((await ask('anna', '/api/v1/export', { q: 'host:nowhere', reason: REASON })).status).toBe(404);
    expect(
      (await ask('anna', '/api/v1/export', { q: 'host:web-1', range: { first: 1, last: 2 }, reason: REASON })).status,
    ).toBe(400);
  });

  test('or by the command', async () => {
    const path = join(base.path, 'found.zip');
    await spoor('search', 'program:sshd', '--export', path, '--reason', REASON);
    const folder = await unpacked(readFileSync(path));
    expect((await run('sh', [join(folder, 'evidence/verify.sh')])).stdout).toContain('ALL HOLDS');
    await expect(spoor('search', 'program:sshd', '--export', path, '--reason', REASON)).rejects.toThrow(
      /there already/,
    );
    await expect(spoor('search', 'program:sshd', '--export', `${path}.zip`)).rejects.toThrow(/wants --reason/);
  });
});

async function unpacked(bytes: Buffer): Promise<string> {
  const to = join(base.path, `out-${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}`);
  mkdirSync(to);
  writeFileSync(`${to}.zip`, bytes);
  await run('python3', ['-m', 'zipfile', '-e', `${to}.zip`, to]);
  return join(to, readdirSync(to)[0] ?? '');
}

test('an auditor finds who did it, when and why', async () => {
  const acts = async (q: string) =>
    ((await (await ask('aud', `/api/v1/search?${new URLSearchParams({ q, limit: '500' })}`)).json()) as SearchAnswer)
      .events;
  await until('acts', async () => (await acts('action:act_export_done')).length >= 2);
  const [unmask] = await acts('action:act_unmask user:anna');
  expect(unmask?.document).toMatchObject({ 'user.name': 'anna', 'event.reason': REASON });
  expect((await acts('action:act_search user:vic outcome:failure')).length).toBeGreaterThan(1);
  expect(JSON.stringify(await acts('action:act_search user:vic'))).toContain('user:qwilhelm');
  expect((await acts('action:act_sign_in')).length + (await acts('action:act_account_*')).length).toBeGreaterThan(3);
  expect(
    (await acts('action:act_search')).some(
      ({ document }) => String(document['user.name']).endsWith('@server') || document['user.name'] === 'local socket',
    ),
  ).toBe(true);
  expect((await ask('aud', '/api/v1/search?q=user:anna')).status).toBe(400); // beyond acts he is masked as others
});
