import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { passableFolder } from '../state-folder.ts';
import { type Answer, Contract, type Operation } from './contract/document.ts';
import { requestsOf, type Sent } from './contract/inputs.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// Every route of the API, asked rightly and wrongly in every way: the answer is one that the API's document has, and tells nothing of the inside.

const RUNS = process.env['SPOOR_FULL'] ? 100 : 15;
/** Each of these starts something that takes long. */
const FEW_RUNS = 2;
const SLOW = new Set([
  'GET /api/v1/doctor',
  'GET /api/v1/backup',
  'GET /api/v1/story',
  'POST /api/v1/reindex',
  'GET /api/v1/tail',
  'POST /api/v1/export',
]);
const NAME = 'ann';
const PASSWORD = 'a horse that walks by night';
const base = passableFolder('spoor-contract-');
const server = new ServerProcess(join(base.path, 'data'), [], { sql: { enabled: true } });
let page: Contract;
let local: Contract;
let cookie = '';

beforeAll(async () => {
  await server.start();
  await server.running();
  page = new Contract(JSON.parse((await overTcp(get('/api/v1/openapi.json'))).text));
  local = new Contract(await server.ask('/api/v1/openapi.json'));
  await handIn();
  await signIn();
});
afterAll(async () => {
  await server.killAll();
  base.remove();
});

const MOST_BODY = 1 << 20;
const TOO_LONG: Answer = {
  status: 413,
  type: 'application/problem+json',
  text: JSON.stringify({
    type: 'about:blank',
    title: 'Payload Too Large',
    status: 413,
    code: 'E_TOO_LARGE',
    detail: '',
  }),
};
const get = (path: string): Sent => ({ method: 'GET', path, headers: {}, body: null });
const nameOf = ({ method, path }: Operation) => `${method} ${path}`;

/** Asks, and gives the answer as far as it has come when a stream has begun. */
async function sentTo(to: object, { method, path, headers, body }: Sent): Promise<Answer | null> {
  const sent = request({
    ...to,
    method,
    path,
    headers: { ...headers, ...(body !== null && { 'content-length': String(body.length) }) },
    agent: false,
  });
  sent.on('error', () => {});
  sent.end(body ?? undefined);
  const answered = once(sent, 'response').catch((error: NodeJS.ErrnoException) => {
    // What is too long is answered before it was read, and then cut off: the answer may be lost with it.
    if ((body?.length ?? 0) > MOST_BODY && /^(?:EPIPE|ECONNRESET)$/.test(error.code ?? '')) return [];
    throw error;
  });
  const [response] = (await answered) as [IncomingMessage?];
  if (response === undefined) return null;
  const { 'content-type': type = '' } = response.headers;
  let text = '';
  response.setEncoding('utf8');
  try {
    for await (const piece of response) {
      text += piece;
      if (!/json|csv|plain/.test(type) && text.includes('\n\n')) break; // leaves
    }
  } catch {} // a server may close behind an answer to what it did not read to its end
  sent.destroy();
  return { status: response.statusCode ?? 0, type, text };
}

async function asked(to: object, sent: Sent): Promise<Answer> {
  return (await sentTo(to, sent)) ?? TOO_LONG;
}

const where = () => {
  const { hostname: host, port } = new URL(server.address);
  return { host, port };
};
const overTcp = (sent: Sent) => asked(where(), sent);
const inSession = (sent: Sent) => overTcp({ ...sent, headers: { ...sent.headers, cookie, origin: server.address } });
const overSocket = (sent: Sent) => asked({ socketPath: server.paths.socket }, sent);

async function handIn(): Promise<void> {
  const at = (n: number) => new Date(Date.now() - 3_600_000 + n * 1000).toISOString();
  const lines = [
    'sshd[811]: Accepted publickey for alice from 198.51.100.7 port 51022 ssh2: ED25519 SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ',
    'sshd[811]: pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)',
    'sudo[950]:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/cat /etc/shadow',
    ...Array.from(
      { length: 40 },
      (_, n) => `sshd[${n + 1000}]: Failed password for root from 192.0.2.7 port ${4000 + n} ssh2`,
    ),
    'odd[1]: \u001b[2Jno parser knows this <needle>',
  ].map((line, n) => `${at(n)} web-1 ${line}\n`);
  const path = '/api/v1/records?stream=hand&via=file%3A%2Fvar%2Flog%2Fauth.log';
  const headers = { 'content-type': 'application/octet-stream' };
  expect((await overSocket({ method: 'POST', path, headers, body: Buffer.from(lines.join('')) })).status).toBe(200);
  await until('all of it in the index', async () => (await server.status()).index.lag === 0);
}

/** An admin, who may all. */
async function signIn(): Promise<void> {
  const made = await overSocket({ ...get(`/api/v1/people?name=${NAME}&role=admin`), method: 'POST' });
  const { link } = JSON.parse(made.text) as { link: { url: string } };
  const form = new URLSearchParams({ name: NAME, password: PASSWORD, again: PASSWORD }).toString();
  const headers = { origin: server.address, 'content-type': 'application/x-www-form-urlencoded' };
  const sent = request({ ...where(), method: 'POST', path: new URL(link.url).pathname, headers });
  sent.end(form);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  cookie = (response.headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ');
  expect(cookie).toMatch(/spoor=/);
}

/** Asks many times, and holds each answer against the document. */
async function holds(
  contract: Contract,
  ask: (sent: Sent) => Promise<Answer>,
  operation: Operation,
  isFair: boolean,
): Promise<Set<number>> {
  const statuses = new Set<number>();
  const numRuns = SLOW.has(nameOf(operation)) ? FEW_RUNS : RUNS;
  await fc.assert(
    fc.asyncProperty(requestsOf(operation, isFair), async (sent) => {
      const answer = await ask(sent);
      statuses.add(answer.status);
      expect([sent.path.slice(0, 300), contract.fault(operation, answer)]).toEqual([expect.anything(), null]);
    }),
    { numRuns, endOnFailure: true },
  );
  return statuses;
}

describe('what the document says', () => {
  test('is of every route of the API, and of nothing else', async () => {
    const { version } = await server.status();
    expect(version).not.toBe('');
    expect(page.operations.length).toBeGreaterThan(35);
    expect(local.operations.map(nameOf)).toEqual(
      expect.arrayContaining(['POST /api/v1/records', 'GET /api/v1/doctor']),
    );
  });

  test('holds for what is asked rightly, on the page and by the socket', async () => {
    for (const operation of page.operations) await holds(page, inSession, operation, true);
    const own = local.operations.filter((one) => !page.operations.some((other) => nameOf(other) === nameOf(one)));
    for (const operation of own) await holds(local, overSocket, operation, true);
  });

  test('holds for what is asked wrongly', async () => {
    for (const operation of page.operations) await holds(page, inSession, operation, false);
    for (const operation of local.operations) await holds(local, overSocket, operation, false);
  });

  test('holds for whom nobody knows', async () => {
    for (const operation of page.operations) {
      const statuses = await holds(page, overTcp, operation, true);
      const isOpen = /^(?:GET \/(?:healthz|readyz|api\/v1\/openapi\.json)|POST \/api\/v1\/sign-in)/.test(
        nameOf(operation),
      );
      if (!isOpen) expect([nameOf(operation), [...statuses]]).toEqual([nameOf(operation), [401]]);
    }
  });
});

test('the right question is answered rightly', async () => {
  const body = Buffer.from('{"reason":"to test the answers"}');
  const headers = { 'content-type': 'application/json' };
  expect((await inSession({ method: 'POST', path: '/api/v1/unmask', headers, body })).status).toBe(200);
  const rightly = [
    'search?q=alice&limit=5',
    'who',
    'sessions',
    'attackers?by=network',
    'attackers/192.0.2.7',
    'new-access',
    'histogram',
    'events?q=root',
    'records/5/events',
    'status',
    'sources',
    'people',
    'sql/tables',
    'tokens',
    'passkeys',
    'account',
  ];
  for (const path of rightly) {
    const answer = await inSession(get(`/api/v1/${path}`));
    expect([path, answer.status, answer.text.slice(0, 300)]).toEqual([path, 200, expect.anything()]);
  }
  const found = JSON.parse((await inSession(get('/api/v1/search?limit=5'))).text) as {
    next: string;
    events: unknown[];
  };
  expect(found.events).toHaveLength(5);
  const after = JSON.parse((await inSession(get(`/api/v1/search?limit=50&cursor=${found.next}`))).text) as {
    events: unknown[];
  };
  expect(after.events.length).toBeGreaterThan(30);
});

describe('what is no request that a route could see', () => {
  test.each(['PATCH', 'TRACE', 'OPTIONS', 'DELETE', 'PUT', 'HEAD', 'PROPFIND'])('%s', async (method) => {
    const own = new Set(page.operations.flatMap((one) => (one.method === method ? [one.path] : [])));
    for (const path of new Set(page.operations.map((one) => one.path))) {
      if (own.has(path) || path.includes('{')) continue;
      const { status, type, text } = await inSession({ ...get(path), method });
      expect([path, [400, 404, 405].includes(status), type]).toEqual([
        path,
        true,
        expect.stringContaining('application/problem+json'),
      ]);
      if (method !== 'HEAD') expect(JSON.parse(text)).toMatchObject({ type: 'about:blank', status });
    }
  });

  const HEAD = 'GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\n';
  test.each([
    ['nothing of HTTP', 'hello\r\n\r\n', 400],
    ['a version that there is not', 'GET / HTTP/9.9\r\n\r\n', 400],
    ['no host', 'GET /api/v1/status HTTP/1.1\r\n\r\n', 421],
    ['two lengths', `${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400],
    ['a length and chunks', `${HEAD}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ['a length below zero', `${HEAD}Content-Length: -1\r\n\r\n`, 400],
    [
      'chunks that are none',
      'POST /api/v1/sql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
    ['a header without a name', `${HEAD}: x\r\n\r\n`, 400],
    ['a control byte in a header', `${HEAD}X-A: a\x00b\r\n\r\n`, 400],
    ['a folded header', `${HEAD}X-A: a\r\n\tb\r\n\r\n`, null],
    ['a header beyond all size', `${HEAD}X-A: ${'a'.repeat(40_000)}\r\n\r\n`, 431],
    [
      'an address beyond all size',
      `GET /api/v1/search?q=${'a'.repeat(40_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
      431,
    ],
    ['broken percent signs', 'GET /api/v1/attackers/%zz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', 400],
    [
      'the whole address of elsewhere',
      'GET http://evil.example/api/v1/status HTTP/1.1\r\nHost: evil.example\r\n\r\n',
      null,
    ],
  ])('%s', async (_, bytes, status) => {
    const text = await wired(bytes);
    const [, said = ''] = /^HTTP\/1\.1 (\d{3}) /.exec(text) ?? [];
    expect(Number(said)).toBeGreaterThanOrEqual(400);
    expect(Number(said)).toBeLessThan(500);
    if (status !== null) expect(said).toBe(String(status));
    expect(text.toLowerCase()).toContain('content-type: application/problem+json');
    expect(text).not.toMatch(/node_modules|at .*:\d+:\d+/);
  });

  test('requests that come in one go are answered in their order', async () => {
    const one = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
    const last = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n';
    const text = await wired(
      one('/healthz') + one('/nowhere') + one('/api/v1/status') + one('/api/v1/attackers/%zz') + last,
      5,
    );
    expect([...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status)).toEqual([
      '200',
      '404',
      '401',
      '400',
      '200',
    ]);
  });
});

/** What comes back for bytes, to the end of the connection, or of so many answers. */
async function wired(bytes: string, answers = 1): Promise<string> {
  const { host, port } = where();
  const socket = connect(Number(port), host);
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (piece) => {
    text += piece.toString('latin1');
    if (wholeOnes(text) >= answers) socket.destroy();
  });
  socket.write(Buffer.from(bytes, 'latin1'));
  await once(socket, 'close');
  return text;
}

/** How many answers of HTTP are there to their end, by the lengths that they say. */
function wholeOnes(text: string): number {
  const end = text.indexOf('\r\n\r\n') + 4;
  const length = /^content-length: (\d+)\r$/im.exec(text.slice(0, end))?.[1];
  if (end === 3 || length === undefined || text.length < end + Number(length)) return 0;
  return 1 + wholeOnes(text.slice(end + Number(length)));
}

test('nothing that was asked is a fault of the server’s', () => {
  expect(server.said).not.toContain('this is a bug');
});
