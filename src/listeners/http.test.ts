import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { fc, test as property } from '@fast-check/vitest';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RawRecord, Source } from '../core/stages.ts';
import { type OpenDoor, openDoor, TOKEN, TOKENS } from './fixtures/door.ts';
import { BodyLines } from './http/body-lines.ts';
import http from './http.ts';

const run = promisify(execFile);
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-http-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops) await stop();
  stops = [];
});

/** A listener on a free port. `gate` is waited for before a batch is durable. */
async function listening(
  options: object = {},
  gate?: () => Promise<void>,
): Promise<OpenDoor & { readonly url: string }> {
  const door = await openDoor(http as unknown as Source, options, gate);
  stops.push(door.stop);
  return { ...door, url: `${door.base}/ingest` };
}

const NDJSON = { 'content-type': 'application/x-ndjson' };
const texts = (records: readonly RawRecord[]) => records.map(({ bytes }) => Buffer.from(bytes).toString());

describe('lines', () => {
  test('are records, and the answer counts them when they are durable', async () => {
    const { url, records } = await listening();
    const answer = await fetch(url, { method: 'POST', headers: NDJSON, body: '{"a":1}\n\n{"b":2}' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ records: 2 });
    expect(texts(records)).toEqual(['{"a":1}', '{"b":2}']);
    expect(records[0]).toMatchObject({ stream: 'http/127.0.0.1', peer: 'none', receivedAtUs: 1_700_000_000_000_000 });
    expect(records[0]?.via).toMatch(/^http:127\.0\.0\.1:\d+$/);
  });

  test('from a page in a browser of this machine are none, unless it has a token', async () => {
    const { url, records, base } = await listening();
    const post = (address: string, headers: Record<string, string>) =>
      new Promise<number | undefined>((done, failed) => {
        const request = httpRequest(address, { method: 'POST', headers: { 'content-type': 'text/plain', ...headers } });
        request.once('response', (response) => done(response.resume().statusCode)).once('error', failed);
        request.end('forged');
      });
    expect(await post(url, { origin: 'http://elsewhere.example' })).toBe(403);
    expect(await post(url, { 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await post(url, { origin: base, host: 'rebound.example' })).toBe(403);
    expect(records).toEqual([]);
    const own = await listening({ tokens: TOKENS });
    expect(await post(own.url, { origin: 'http://shop.example', authorization: `Bearer ${TOKEN}` })).toBe(200);
  });

  test('from curl: plain, packed, many megabytes, with a token', async () => {
    const { url, records } = await listening({ tokens: TOKENS });
    const lines = Array.from({ length: 100_000 }, (_, at) => `line ${at} of what curl sends`);
    const file = join(folder, 'lines');
    writeFileSync(file, lines.join('\n'));
    const curl = (...more: string[]) =>
      run('curl', ['-sS', '-H', 'Content-Type: text/plain', '-H', `Authorization: Bearer ${TOKEN}`, ...more, url]);
    expect((await curl('--data-binary', `@${file}`)).stdout).toBe('{"records":100000}');
    execFileSync('gzip', ['-kf', file]);
    const packed = await curl('--data-binary', `@${file}.gz`, '-H', 'Content-Encoding: gzip');
    expect(packed.stdout).toBe('{"records":100000}');
    expect(texts(records)).toEqual([...lines, ...lines]);
    expect(new Set(records.map(({ stream, peer }) => `${stream} ${peer}`))).toEqual(new Set(['http/web-1 web-1']));
  });

  test('are taken over HTTPS', async () => {
    const [certificate, key] = [join(folder, 'c.pem'), join(folder, 'k.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    execFileSync('openssl', [...made, '-keyout', key, '-out', certificate, ...subject], { stdio: 'ignore' });
    const { port, records } = await listening({ tls: { certificate, key }, tokens: TOKENS });
    const headers = ['-H', 'Content-Type: text/plain', '-H', `Authorization: Bearer ${TOKEN}`];
    const to = [
      '--cacert',
      certificate,
      '--resolve',
      `localhost:${port}:127.0.0.1`,
      `https://localhost:${port}/ingest`,
    ];
    const { stdout } = await run('curl', ['-sS', ...headers, '--data-binary', 'one', ...to]);
    expect(stdout).toBe('{"records":1}');
    expect(records[0]?.via).toMatch(/^https:127/);
  });

  property.prop([fc.array(fc.uint8Array({ minLength: 0, maxLength: 60 })), fc.integer({ min: 1, max: 50 })])(
    'come out the same, however the body is cut',
    (parts, size) => {
      const body = Buffer.from(Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')])).subarray(0, -1));
      const lines = new BodyLines({ stream: 's', via: 'v', peer: 'none', maxLine: 100_000 });
      for (let at = 0; at < body.length; at += size) lines.push(body.subarray(at, at + size), 1);
      lines.end(1);
      const expected = body
        .toString('latin1')
        .split('\n')
        .filter((line) => line !== '');
      expect(lines.take().map(({ bytes }) => Buffer.from(bytes).toString('latin1'))).toEqual(expected);
    },
  );
});

describe('refused', () => {
  test.each([
    ['a token is missing', {}, 401, 'no_token'],
    ['a token is unknown', { headers: { ...NDJSON, authorization: 'Bearer nobody' } }, 401, 'wrong_token'],
    ['another network', { headers: { ...NDJSON, authorization: 'Bearer away' } }, 403, 'wrong_network'],
    ['another place', { path: '/other' }, 404, 'not_found'],
    ['another method', { method: 'PUT' }, 405, 'method'],
    [
      'another type',
      { headers: { 'content-type': 'text/html', authorization: `Bearer ${TOKEN}` } },
      415,
      'content_type',
    ],
  ])(
    '%s',
    async (_, {
      path = '/ingest',
      method = 'POST',
      headers = NDJSON,
    }: { path?: string; method?: string; headers?: Record<string, string> }, status, reason) => {
      const { port, notes, records } = await listening({ tokens: TOKENS });
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body: 'x' });
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.json()).toMatchObject({ type: `urn:spoor:${reason}`, status, records: 0 });
      expect(notes).toMatchObject([{ kind: 'refused', reason }]);
      expect(records).toEqual([]);
      expect(JSON.stringify(notes)).not.toContain(TOKEN);
    },
  );

  test('a bomb, a long line, broken gzip: with how many lines are durable', async () => {
    const { url, records } = await listening({ maxBodyBytes: 4 << 20, maxLineBytes: 2000 });
    const send = async (body: Uint8Array, packed = true) => {
      const headers = { ...NDJSON, ...(packed && { 'content-encoding': 'gzip' }) };
      const answer = await fetch(url, { method: 'POST', headers, body });
      return [answer.status, (await answer.json()) as { type: string; records: number }] as const;
    };
    const bomb = gzipSync(Buffer.from(`${'x'.repeat(1000)}\n`.repeat(100_000)));
    const [status, problem] = await send(bomb);
    expect([status, problem.type]).toEqual([413, 'urn:spoor:body_too_long']);
    expect(problem.records).toBe(records.length);
    expect(problem.records).toBeGreaterThan(1000);
    const [tooLong, line] = await send(Buffer.from(`ok\n${'y'.repeat(3000)}\n`), false);
    expect([tooLong, line.type, line.records]).toEqual([413, 'urn:spoor:line_too_long', 0]);
    const [broken, gzip] = await send(bomb.subarray(0, 5000));
    expect([broken, gzip.type]).toEqual([400, 'urn:spoor:gzip']);
    const [length] = await send(Buffer.alloc(5 << 20), false);
    expect(length).toBe(413);
  });

  test('a slow sender, and one that goes away, while others are served', async () => {
    const { port, url, notes } = await listening({ idleSeconds: 1 });
    const head = 'POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n';
    const slow = connect(port, '127.0.0.1');
    slow.write(`${head}one\n`);
    const said = new Promise<string>((resolve) => slow.once('data', (bytes) => resolve(bytes.toString())));
    const gone = connect(port, '127.0.0.1');
    gone.write(`${head}one\n`, () => gone.destroy());
    const answer = await fetch(url, { method: 'POST', headers: NDJSON, body: 'x' });
    expect(answer.status).toBe(200);
    expect(await said).toContain('408 Request Timeout');
    slow.destroy();
    await expect.poll(() => notes.map(({ reason }) => reason).sort()).toEqual(['cut_off', 'slow']);
  });

  test('too many at once, from one sender and in all; garbage is answered', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let isIn = false;
    const keep = () => {
      isIn = true;
      return gate;
    };
    const { port, url } = await listening({ maxRequestsPerSender: 1, maxRequests: 1 }, keep);
    const first = fetch(url, { method: 'POST', headers: NDJSON, body: 'x' });
    await expect.poll(() => isIn).toBe(true);
    expect((await fetch(url, { method: 'POST', headers: NDJSON, body: 'y' })).status).toBe(429);
    open();
    expect((await first).status).toBe(200);
    const garbage = connect(port, '127.0.0.1');
    const said = new Promise<string>((resolve) => garbage.once('data', (bytes) => resolve(bytes.toString())));
    garbage.write('\x16\x03\x01 no http\r\n\r\n');
    expect(await said).toContain('400 Bad Request');
    garbage.destroy();
  });

  test('an open listener without tokens, and one whose server stops', async () => {
    await expect(listening({ host: '0.0.0.0' })).rejects.toThrow(expect.objectContaining({ code: 'E_CONFIG' }));
    const { url } = await listening({}, () => Promise.reject(new Error('stopping')));
    const answer = await fetch(url, { method: 'POST', headers: NDJSON, body: 'x' });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
  });

  test('before the body is sent, when the sender asks first', async () => {
    const { port } = await listening({ tokens: TOKENS });
    const headers = { ...NDJSON, expect: '100-continue', 'content-length': '1000000' };
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest({ port, host: '127.0.0.1', path: '/ingest', method: 'POST', headers });
      request.on('response', ({ statusCode }) => {
        resolve(statusCode);
        request.destroy();
      });
      request.on('error', reject);
      request.flushHeaders();
    });
    expect(status).toBe(401);
  });
});

test('a body is read no faster than it becomes durable', async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { port, records } = await listening({}, () => gate);
  const socket = connect(port, '127.0.0.1');
  socket.write('POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n');
  const chunk = `10000\r\n${'z'.repeat(1023).concat('\n').repeat(64)}\r\n`;
  let written = 0;
  while (written < 2000 && socket.write(chunk)) written += 1;
  for (let quiet = 0; quiet < 3 && written < 2000; ) {
    const drained = await Promise.race([
      new Promise((resolve) => socket.once('drain', () => resolve(true))),
      new Promise((resolve) => setTimeout(() => resolve(false), 100)),
    ]);
    if (!drained) quiet += 1;
    else while (written < 2000 && socket.write(chunk)) written += 1;
  }
  expect(written).toBeLessThan(500); // of 64 KiB each; the rest waits at the sender
  expect(records).toEqual([]);
  open();
  await expect.poll(() => records.length).toBeGreaterThan(1000);
  socket.destroy();
});
