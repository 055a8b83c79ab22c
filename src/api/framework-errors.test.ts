import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerFrameworkError, answerNoRequest } from './framework-errors.ts';

const app = Fastify({ frameworkErrors: answerFrameworkError, clientErrorHandler: answerNoRequest });
app.get('/a/:name', async () => 'x');
beforeAll(() => app.listen({ host: '127.0.0.1', port: 0 }));
afterAll(() => app.close());

/** What is answered to bytes. */
async function answer(bytes: string): Promise<string> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket.on('data', (piece: Buffer) => {
    text += piece.toString();
  });
  socket.end(bytes);
  await once(socket, 'close');
  return text;
}

test.each([
  ['an address that cannot be decoded', 'GET /a/%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
  ['what is no HTTP', '\u0016\u0003\u0001\r\n\r\n', 400],
  ['an endless header', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
])('%s is answered with a problem document', async (_, bytes, status) => {
  const text = await answer(bytes);
  expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(text.toLowerCase()).toContain('content-type: application/problem+json');
  expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))).toMatchObject({ type: 'about:blank', status });
});
