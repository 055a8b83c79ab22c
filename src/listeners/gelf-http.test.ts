import { createHash } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { type HowToEmit, type Running, start } from './fixtures/running.ts';
import gelfHttp from './gelf-http.ts';

const running: Running[] = [];
const TOKEN = 'b3d4c8e2f1a09d7c';
const TOKENS = [{ name: 'app-1', sha256: createHash('sha256').update(TOKEN).digest('hex') }];

async function listen(config: object = {}, how: HowToEmit = {}): Promise<Running> {
  const listener = await start(gelfHttp, config, how);
  running.push(listener);
  return listener;
}

async function send(listener: Running, body: string | Buffer, init: RequestInit = {}, path = '/gelf'): Promise<string> {
  const bytes = new Uint8Array(Buffer.from(body));
  const response = await fetch(`http://127.0.0.1:${listener.port}${path}`, { method: 'POST', body: bytes, ...init });
  return `${response.status} ${await response.text()}`;
}

const message = (text: string): string => JSON.stringify({ version: '1.1', host: 'web1', short_message: text });

afterEach(async () => {
  await Promise.all(running.splice(0).map((listener) => listener.stop()));
});

describe('gelf-http', () => {
  test('keeps a message, or one of each line, plain and packed, before it answers', async () => {
    const listener = await listen();
    const pretty = JSON.stringify({ version: '1.1', host: 'web1', short_message: 'pretty' }, null, 2);
    expect(await send(listener, message('one'))).toBe('202 ');
    expect(await send(listener, pretty)).toBe('202 ');
    expect(await send(listener, gzipSync(message('gzip')), { headers: { 'content-encoding': 'gzip' } })).toBe('202 ');
    const packed = deflateSync(`${message('two')}\n\n${message('three')}\r\n`);
    expect(await send(listener, packed, { headers: { 'content-encoding': 'deflate' } })).toBe('202 ');
    const asPygelf = { headers: { 'content-encoding': 'gzip,deflate' } };
    expect(await send(listener, deflateSync(message('pygelf')), asPygelf)).toBe('202 ');
    expect(await send(listener, 'no JSON\nat all')).toBe('202 ');
    expect(listener.texts()).toEqual([
      message('one'),
      pretty,
      message('gzip'),
      message('two'),
      message('three'),
      message('pygelf'),
      'no JSON\nat all',
    ]);
    expect(listener.records[0]).toMatchObject({ stream: 'gelf-http/127.0.0.1', peer: 'none' });
  });

  test('refuses millions of messages in a body of some kilobytes', async () => {
    const listener = await listen();
    const coding = { headers: { 'content-encoding': 'gzip' } };
    expect(await send(listener, gzipSync('{}\n'.repeat(1_000_000)), coding)).toContain('413 more than 100000 messages');
    expect(listener.records).toEqual([]);
    expect(await send(listener, gzipSync(`{\n${' \n'.repeat(1_000_000)}}`), coding)).toBe('202 ');
    expect(listener.records.length).toBe(1);
  });

  test('refuses other paths, methods, strangers, bombs and nothing', async () => {
    const listener = await listen({ tokens: TOKENS, maxBodyBytes: 10_000 });
    const authorization = `Basic ${Buffer.from(`gelf:${TOKEN}`).toString('base64')}`;
    const bomb = { headers: { authorization, 'content-encoding': 'gzip' } };
    expect(await send(listener, message('x'))).toMatch(/^401 /);
    expect(await send(listener, message('x'), { headers: { authorization: 'Bearer wrong' } })).toMatch(/^401 /);
    expect(await send(listener, message('x'), {}, '/other')).toMatch(/^404 /);
    expect((await fetch(`http://127.0.0.1:${listener.port}/gelf`)).status).toBe(405);
    expect(await send(listener, gzipSync(Buffer.alloc(5_000_000)), bomb)).toMatch(/^413 /);
    const odd = { headers: { authorization, 'content-encoding': 'gzip,deflate' } };
    expect(await send(listener, deflateSync(Buffer.alloc(5_000_000)), odd)).toMatch(/^413 /);
    expect(await send(listener, deflateSync('cut short').subarray(0, 8), odd)).toMatch(/^400 /);
    expect(await send(listener, '\n', { headers: { authorization } })).toMatch(/^400 /);
    expect(await send(listener, message('in'), { headers: { authorization } })).toBe('202 ');
    expect(listener.records).toMatchObject([{ stream: 'gelf-http/app-1', peer: 'app-1' }]);
    expect(listener.said()).toMatchObject({ 'refused/no_token': 1, 'refused/wrong_token': 1, 'refused/empty': 1 });
  });

  test('what a server that stops does not keep is not accepted', async () => {
    const listener = await listen({}, { keep: () => Promise.reject(new Error('stopping')) });
    expect(await send(listener, message('x'))).toMatch(/^503 /);
  });
});
