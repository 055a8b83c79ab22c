import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SearchAnswer, WhoAnswer } from '../../src/api/asking.ts';
import { command } from '../built.ts';
import { freePort } from '../free-port.ts';
import { passableFolder } from '../state-folder.ts';
import { sendText, syslogLines } from './serving/sending.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// A server is asked from the terminal: what is found, what is missing, who is in, what follows.

const base = passableFolder('spoor-search-');
let server: ServerProcess;
let port: number;

beforeAll(async () => {
  port = await freePort();
  server = new ServerProcess(join(base.path, 'data'), [{ type: 'syslog-tcp', port }]);
  await server.start();
  await server.running();
  const lines = recent(0, [
    'sshd[811]: Accepted publickey for alice from 198.51.100.7 port 51022 ssh2: ED25519 SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ',
    'sshd[811]: pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)',
    'sudo[950]: pam_unix(sudo:session): session opened for user root(uid=0) by alice(uid=1000)',
    'sshd[812]: Failed password for root from 192.0.2.7 port 4022 ssh2',
    'sshd[813]: Failed password for admin from 192.0.2.99 port 4023 ssh2',
    'odd[1]: \u001b[2Jno parser knows this <needle>',
  ]);
  await sendText(port, `%% neither a header nor a word that is known\n${lines}`);
  await until('all of it in the index', async () => (await server.found('host:web-1')).length === 6);
  await until('also what none understood', async () => (await server.found('-parser:*')).length === 1);
});
afterAll(async () => {
  await server.killAll();
  base.remove();
});

/** Lines of the last minute, from the second `after` of it on. */
const recent = (after: number, lines: readonly string[]) =>
  syslogLines(lines, Math.floor(Date.now() / 1000) * 1000 - 60_000 + after * 1000);

function started(args: readonly string[]) {
  const child = spawn(process.execPath, command(...args, '--data', server.paths.data), {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (piece: Buffer) => {
    said.stdout += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    said.stderr += piece.toString();
  });
  return { child, said, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, ...said })) };
}
const spoor = (...args: string[]) => started(args).ended;

test('search finds, newest first, and says what may be missing', async () => {
  const { code, stdout, stderr } = await spoor('search', 'failed', 'ip:192.0.2.0/24');
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ #\d+ +web-1 +sshd +admin +192\.0\.2\.99 +Failed password for admin/,
  );
  expect(stderr).toMatch(/complete but for:\n(?: {2}.*\n)*? {2}1 event of this time was understood by no parser/);
  let hostile = await spoor('search', '"<needle>"');
  expect(hostile.stdout).toContain('\\x1b[2Jno parser');
  await until('what the server itself wrote in the index, too', async () => {
    hostile = await spoor('search', '"<needle>"');
    return hostile.stderr.includes('complete: nothing is known to be missing');
  });
  expect((await spoor('search', 'user:alice', '-session')).stdout.trimEnd().split('\n')).toHaveLength(1);
});

test('pages of a search are its whole', async () => {
  const whole = JSON.parse((await spoor('search', 'host:web-1', '--json')).stdout) as SearchAnswer;
  expect(whole).toMatchObject({ next: null, remarks: [] });
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const asked = new URLSearchParams({ q: 'host:web-1', limit: '2', ...(cursor !== '' && { cursor }) });
    const page = (await server.ask(`/api/v1/search?${asked}`)) as SearchAnswer;
    seen.push(...page.events.map(({ position }) => position));
    cursor = page.next;
  }
  expect(seen).toEqual(whole.events.map(({ position }) => position));
  expect(new Set(seen).size).toBe(6);
});

test('a query that is none is pointed at', async () => {
  const { code, stderr } = await spoor('search', 'failed', 'usr:x');
  expect(code).toBe(64);
  expect(stderr).toMatch(/^ {2}failed usr:x\n {9}\^\nspoor: .*no field "usr": user is near/);
  expect(await server.ask('/api/v1/search?q=x&cursor=abc').catch(String)).toContain('400');
});

test('show proves a record, and has its event beside it', async () => {
  const [event] = await server.found('accepted');
  const { code, stdout } = await spoor('show', event?.position ?? '', '--proof');
  expect(code).toBe(0);
  expect(stdout).toContain('proved: it is under the signed checkpoint');
  expect(stdout).toMatch(/spoor\.auth\.method +publickey/);
  expect(stdout).toContain('c2sp.org/tlog-proof@v1');
  expect((await spoor('show', '99999999')).code).not.toBe(0);
});

test('who is in, and who is root', async () => {
  const { sessions, unknown } = JSON.parse((await spoor('who', '--json')).stdout) as WhoAnswer;
  expect(sessions).toMatchObject([
    { user: 'alice', host: 'web-1', from: '198.51.100.7', method: 'publickey', as: '', doubts: [] },
    { user: 'alice', host: 'web-1', from: '198.51.100.7', as: 'root', service: 'sudo' },
  ]);
  expect(unknown[0]).toContain('Who came in before');
  expect((await spoor('who')).stdout).toMatch(/^root now\n {2}alice as root +web-1 +198\.51\.100\.7 /);
});

test('tail follows, each event once, and only what is asked for', async () => {
  const { child, said, ended } = started(['tail', '--last', '1', 'program:tailed']);
  const follower = started(['tail', '--json', '--last', '0', '-program:tailed', 'host:web-1']);
  const none = await server.ask('/api/v1/tail?q=(').catch(String);
  expect(none).toContain('column');
  await until('the first lines', async () => {
    await sendText(port, recent(10, [`tailed[1]: warm ${Date.now()}`, `other[1]: warm ${Date.now()}`]));
    return said.stdout.includes('warm') && follower.said.stdout.includes('warm');
  });
  const numbered = Array.from({ length: 50 }, (_, n) => `tailed[1]: number${n}.`);
  await sendText(port, recent(20, numbered));
  await until('all lines', () => said.stdout.includes('number49.'));
  await sendText(port, recent(80, ['tailed[1]: the end']));
  await until('the end', () => said.stdout.includes('the end'));
  child.kill('SIGINT');
  follower.child.kill('SIGINT');
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  const numbers = [...stdout.matchAll(/number(\d+)\./g)].map(([, n]) => Number(n));
  expect(numbers).toEqual(Array.from({ length: 50 }, (_, n) => n));
  expect(stdout).not.toContain('other');
  expect((await follower.ended).stdout).not.toContain('"process.name":"tailed"');
});
