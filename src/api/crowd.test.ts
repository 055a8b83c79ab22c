import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, type Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bounded } from './crowd.ts';

const LARGE = 'x'.repeat(8 << 20);
let app: FastifyInstance;
let port: number;
/** Requests that wait. */
let inside: number;
let finish: () => void;
const sockets: Socket[] = [];

beforeEach(async () => {
  app = Fastify({ forceCloseConnections: true });
  bounded(app, { requests: 3, unread: LARGE.length, unreadMs: 2000 });
  const waiting = new Promise<string>((resolve) => {
    finish = () => resolve('done');
  });
  inside = 0;
  app.get('/wait', () => {
    inside += 1;
    return waiting;
  });
  app.get('/large', async () => LARGE);
  app.get('/small', async () => 'small');
  await app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = app.server.address() as AddressInfo);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app.close();
});

const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);

/** A client that asks and does not read. */
async function silent(path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  const begun = once(app.server, 'request');
  socket.pause().write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  await begun;
  return socket;
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('more requests than there is room for are told to come again, and then are let in', async () => {
  const first = [ask('/wait'), ask('/wait'), ask('/wait')];
  await eventually(async () => inside === 3);
  const refused = await ask('/small');
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('2');
  expect(await refused.json()).toMatchObject({ status: 503, code: 'E_UNAVAILABLE' });
  finish();
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200]);
  await eventually(async () => (await ask('/small')).status === 200);
});

test('an answer that nobody reads takes room, until its client is cut off', async () => {
  const socket = await silent('/large');
  await eventually(async () => (await ask('/small')).status === 503);
  const closed = once(socket.resume(), 'close');
  socket.pause();
  await eventually(async () => (await ask('/small')).status === 200);
  socket.resume();
  await closed;
  expect(socket.bytesRead).toBeLessThan(LARGE.length);
});
