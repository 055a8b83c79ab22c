import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FetchRequest, fetchList } from './fetch-list.ts';

let server: Server;
let base: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const asked: IncomingMessage[] = [];

beforeEach(async () => {
  asked.length = 0;
  server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

function fetchFrom(url: string, more: Partial<FetchRequest> = {}) {
  return fetchList({
    url,
    validators: { etag: '', lastModified: '' },
    header: null,
    allowPrivate: true,
    maxBytes: 10_000,
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    ...more,
  });
}

test('gets a list, and what to ask with the next time', async () => {
  answer = (_, response) =>
    response.setHeader('etag', '"1"').setHeader('last-modified', 'Sun, 22 Nov 2026 05:00:00 GMT').end('evil.example\n');
  const { body, ...validators } = await fetchFrom(`${base}/list`);
  expect(body?.toString()).toBe('evil.example\n');
  expect(validators).toEqual({ etag: '"1"', lastModified: 'Sun, 22 Nov 2026 05:00:00 GMT' });
  answer = (request, response) => response.writeHead(request.headers['if-none-match'] === '"1"' ? 304 : 200).end();
  expect(await fetchFrom(`${base}/list`, { validators })).toMatchObject({ body: null });
  expect(asked[1]?.headers['if-modified-since']).toBe('Sun, 22 Nov 2026 05:00:00 GMT');
});

describe('where it may go', () => {
  test.each([
    ['http://127.0.0.1:1/', 'it is not https'],
    ['http://lists.example/', 'it is not https'],
    ['https://127.0.0.1/', 'it leads into an inner network'],
    ['https://10.0.0.1/', 'it leads into an inner network'],
    ['https://[::1]/', 'it leads into an inner network'],
    ['https://[::ffff:10.0.0.1]/', 'it leads into an inner network'],
    ['https://0x7f000001/', 'it leads into an inner network'],
    ['https://169.254.169.254/', 'it leads into an inner network'],
    ['https://localhost/', 'its name leads into an inner network'],
    ['https://u:p@lists.example/', 'its address holds a password: use header'],
  ])('%s: %s', async (url, why) => {
    await expect(fetchFrom(url, { allowPrivate: false })).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      message: why,
    });
  });

  test('never to what a cloud keeps for its machines', async () => {
    await expect(fetchFrom('http://169.254.169.254/')).rejects.toThrow('it leads into an inner network');
    answer = (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/keys' }).end();
    await expect(fetchFrom(base)).rejects.toThrow('it leads into an inner network');
  });

  test('three redirects on, and not four; the key stays with its own server', async () => {
    const other = createServer((request, response) => {
      asked.push(request);
      response.end('here');
    });
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
    answer = ({ url }, response) => {
      const hops = Number(url?.slice(1));
      response.writeHead(302, { location: hops > 1 ? `/${hops - 1}` : elsewhere }).end();
    };
    const header = { name: 'Auth-Key', value: 'secret' };
    expect((await fetchFrom(`${base}/3`, { header })).body?.toString()).toBe('here');
    expect(asked.map(({ headers }) => headers['auth-key'])).toEqual(['secret', 'secret', 'secret', undefined]);
    await expect(fetchFrom(`${base}/4`, { header })).rejects.toThrow('it redirects more than 3 times');
    await new Promise((done) => other.close(done));
  });

  test('a redirect to nowhere, or to a file, is none', async () => {
    answer = (_, response) => response.writeHead(301).end();
    await expect(fetchFrom(base)).rejects.toThrow('it redirects to nowhere');
    answer = (_, response) => response.writeHead(301, { location: 'file:///etc/passwd' }).end();
    await expect(fetchFrom(base)).rejects.toThrow('it is not https');
  });
});

describe('what does not come whole', () => {
  test('is too long', async () => {
    answer = (_, response) => {
      const more = () => response.write('x'.repeat(5000)) && setImmediate(more);
      response.on('drain', more);
      more();
    };
    await expect(fetchFrom(base)).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
  });

  test('breaks off', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('evil', () => response.destroy());
    };
    await expect(fetchFrom(base)).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  });

  test('comes too slowly', async () => {
    answer = (_, response) => response.write('e');
    await expect(fetchFrom(base, { timeoutMs: 300 })).rejects.toThrow(/no whole answer within/);
  });

  test('is an error, or nobody is there', async () => {
    answer = (_, response) => response.writeHead(503).end('<html>busy</html>');
    await expect(fetchFrom(base)).rejects.toThrow('it answers with status 503');
    await expect(fetchFrom('http://127.0.0.1:1/')).rejects.toThrow('it refuses connections');
  });
});
