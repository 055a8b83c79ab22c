import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../free-port.ts';
import { passableFolder } from '../state-folder.ts';
import { sql } from './serving/index-contents.ts';
import { sendText, syslogLines } from './serving/sending.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// Questions that would run for ever end in the engine: when the client leaves, and when they pass their limit. And many clients, or slow ones.

const isRoot = process.getuid?.() === 0; // SQL asks for an engine with an account of its own
/** What is asked of the engine (2 s) is measured on a quiet machine; elsewhere it is well below any limit of a question. */
const GONE_MS = process.env['SPOOR_FULL'] ? 2000 : 8000;
const base = passableFolder('spoor-limits-');
let port: number;
let server: ServerProcess;

beforeAll(async () => {
  port = await freePort();
  server = new ServerProcess(join(base.path, 'data'), [{ type: 'syslog-tcp', port }], { sql: { enabled: true } });
  await server.start();
  await server.running();
  await send(
    'sshd[811]: Accepted publickey for alice from 198.51.100.7 port 51022 ssh2: ED25519 SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ',
    'sshd[811]: pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)',
    ...Array.from(
      { length: 20 },
      (_, n) => `sshd[${900 + n}]: Failed password for root from 192.0.2.7 port ${4000 + n} ssh2`,
    ),
  );
  await until('all of it in the index', async () => (await server.status()).index.lag === 0);
});
afterAll(async () => {
  await server.killAll();
  base.remove();
});

const send = (...lines: string[]) => sendText(port, syslogLines(lines, Date.now() - 600_000));

const TABLES = ['events', 'session_lines', 'attackers_hour', 'first_seen'];

/** Each of them has its rows so many times that no question of it comes to an end in minutes, and none passes its limit of rows. */
async function endless(): Promise<void> {
  for (const table of TABLES) {
    const columns = await sql<{ name: string }>(
      server,
      `SELECT name FROM system.columns WHERE database = 'spoor' AND table = '${table}'`,
    );
    const names = columns.map(({ name }) => name).join(', '); // also those that `*` leaves out
    await sql(server, `RENAME TABLE spoor.${table} TO spoor.${table}_real`);
    await sql(
      server,
      `CREATE VIEW spoor.${table} AS SELECT e.* FROM numbers(400000000) AS n CROSS JOIN (SELECT ${names} FROM spoor.${table}_real) AS e`,
    );
  }
}

async function ended(): Promise<void> {
  for (const table of TABLES) {
    await sql(server, `DROP VIEW spoor.${table}`);
    await sql(server, `RENAME TABLE spoor.${table}_real TO spoor.${table}`);
  }
}

/** Questions that are in the engine now, and not ours. */
const running = async () =>
  (
    await sql<{ query: string }>(
      server,
      "SELECT query FROM system.processes WHERE query_kind = 'Select' AND query NOT LIKE '%system.processes%'",
    )
  ).map(({ query }) => query);

interface Question {
  readonly path: string;
  readonly body?: string;
}

/** By the socket, where all may be asked; `left` makes the client leave. */
function ask({ path, body }: Question): { answer: Promise<IncomingMessage>; left: () => void } {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const sent = request({
    socketPath: server.paths.socket,
    path: `/api/v1/${path}`,
    method: body === undefined ? 'GET' : 'POST',
    headers,
    agent: false,
  });
  const answer = once(sent, 'response').then(([response]) => response as IncomingMessage);
  answer.catch(() => {});
  sent.on('error', () => {});
  sent.end(body);
  return { answer, left: () => sent.destroy() };
}

const SQL: Question = { path: 'sql', body: JSON.stringify({ query: 'SELECT count() FROM events' }) };
const QUESTIONS: readonly (readonly [string, Question])[] = [
  ['search', { path: 'search?q=root' }],
  ['search by all its text', { path: 'search?q=message:*asswor*' }],
  ['events', { path: 'events?q=root' }],
  ['a record', { path: 'records/5/events' }],
  ['sessions', { path: 'sessions?person=alice' }],
  ['attackers', { path: 'attackers?since=1d' }],
  ['an address', { path: 'attackers/192.0.2.7?since=1d' }],
  ['new access', { path: 'new-access?since=1d' }],
  ['histogram', { path: 'histogram?q=root&since=1d' }],
  ['who', { path: 'who' }],
  ['a story', { path: 'story?since=1d' }],
  ['a tail’s beginning', { path: 'tail?q=root' }],
  ...(isRoot ? ([['SQL', SQL]] as const) : []),
];

describe('a question that would run for ever', () => {
  beforeAll(endless);
  afterAll(ended);

  test.each(QUESTIONS)('%s: ends in the engine when the client leaves', async (_, question) => {
    const { left } = ask(question);
    await until('the question in the engine', async () => (await running()).length > 0);
    await pause(500);
    expect((await running()).length, 'it goes on by itself').toBeGreaterThan(0);
    left();
    await until('its end', async () => (await running()).length === 0, GONE_MS);
  });

  test.runIf(process.env['SPOOR_FULL'])(
    'passes its limit: the client is told, and nothing of it is left in the engine',
    async () => {
      const asked = [{ path: 'search?q=root' }, ...(isRoot ? [SQL] : [])].map((one) => ask(one).answer);
      for (const response of await Promise.all(asked)) {
        expect(response.statusCode).toBe(413);
        expect(response.headers['content-type']).toContain('application/problem+json');
        response.resume();
      }
      await until('the end of both', async () => (await running()).length === 0, GONE_MS);
    },
  );
});

test.runIf(isRoot)('SQL that looks up from its work too seldom ends with the engine, which comes back', async () => {
  const engine = async () => (await server.status()).parts.find(({ name }) => name === 'index');
  const text = (letters: string) => `arrayStringConcat(arrayMap(x -> '${letters}', range(200000)))`;
  const query = `SELECT countSubstrings(${text('a'.repeat(20))}, concat(${text('a')}, 'b'))`;
  const before = (await engine())?.pid ?? 0;
  const { left } = ask({ path: 'sql', body: JSON.stringify({ query }) });
  await until('the question in the engine', async () => (await running()).some((one) => one.includes('spoor-sql')));
  await pause(500);
  left();
  await until('the end of its process', () => !existsSync(`/proc/${before}`), GONE_MS);
  await until('another', async () => (await engine())?.state === 'running');
});

test('a story ends with its client: the next one is told', async () => {
  const first = ask({ path: 'story?since=30d' });
  const response = await first.answer;
  expect(response.statusCode).toBe(200);
  first.left();
  const next = () => ask({ path: 'story?since=30d' }).answer;
  await until('another story', async () => (await next()).statusCode === 200, GONE_MS);
});

describe('many, or slow', () => {
  const opened: Socket[] = [];
  afterAll(() => {
    for (const socket of opened) socket.destroy();
  });

  async function open(): Promise<Socket> {
    const { hostname, port: at } = new URL(server.address);
    const socket = connect(Number(at), hostname);
    socket.on('error', () => {});
    opened.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  test('five hundred connections that say nothing keep nobody out', async () => {
    for (let n = 0; n < 500; n += 1) await open();
    const response = await fetch(`${server.address}/healthz`);
    expect(response.status).toBe(200);
  });

  test.runIf(process.env['SPOOR_FULL'])('a header that does not come in time ends its connection', async () => {
    const socket = await open();
    let text = '';
    socket.on('data', (piece) => {
      text += piece;
    });
    socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    const drip = setInterval(() => socket.write('X-A: a\r\n'), 500);
    await once(socket, 'close');
    clearInterval(drip);
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('two hundred tails are told of what comes, each what it asked for', async () => {
    const tails = Array.from({ length: 200 }, (_, n) => ask({ path: `tail?last=0&q=root+OR+marked${n % 40}` }));
    const texts = tails.map(() => '');
    for (const [n, { answer }] of tails.entries()) {
      const response = await answer;
      expect(response.statusCode).toBe(200);
      response.on('error', () => {});
      response.on('data', (piece: Buffer) => {
        texts[n] += piece.toString();
      });
    }
    await pause(1500); // a look is over
    await send('app[1]: marked7 came', 'app[1]: of no interest', 'su[2]: root came');
    await until('all of them', () => texts.every((text) => text.includes('root came')));
    await until('the one', () => texts[7]?.includes('marked7 came'));
    expect(texts.filter((text) => text.includes('marked7 came'))).toHaveLength(5);
    expect(texts.some((text) => text.includes('of no interest'))).toBe(false);
    const [, last = ''] = /[\s\S]*^id: (\d+)$/m.exec(texts[0] ?? '') ?? [];
    for (const { left } of tails) left();
    await send('app[3]: root again');
    await until('all of it in the index', async () => (await server.status()).index.lag === 0);
    const sent = request({
      socketPath: server.paths.socket,
      path: '/api/v1/tail?q=root',
      headers: { 'last-event-id': last },
    });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    let text = '';
    response.on('error', () => {});
    response.on('data', (piece: Buffer) => {
      text += piece.toString();
    });
    await until('what came meanwhile', () => text.includes('root again'));
    expect(text).not.toContain('root came');
    sent.destroy();
  });
});
