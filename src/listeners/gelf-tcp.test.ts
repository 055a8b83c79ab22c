import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { type HowToEmit, type Running, start } from './fixtures/running.ts';
import { GelfStream } from './gelf/stream.ts';
import gelfTcp from './gelf-tcp.ts';
import { Batch } from './stream/protocol.ts';

const running: Running[] = [];
const clients: Socket[] = [];

async function listen(config: object = {}, how: HowToEmit = {}): Promise<Running> {
  const listener = await start(gelfTcp, config, how);
  running.push(listener);
  return listener;
}

function client(listener: Running): Socket {
  const socket = connect(listener.port, '127.0.0.1');
  socket.on('error', () => {});
  clients.push(socket);
  return socket;
}

afterEach(async () => {
  for (const socket of clients.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((listener) => listener.stop()));
});

describe('GelfStream', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 });
  const text = fc.string({ minLength: 1, maxLength: 60 }).map((inner) => `{${inner.replaceAll('\0', '')}}`);

  test('gives each message back, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(text), cuts, (messages, sizes) => {
        const stream = Buffer.from(messages.map((message) => `${message}\0`).join(''));
        const protocol = new GelfStream({ stream: 's', via: 'v', peer: 'none' }, 1000);
        const into = new Batch();
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          protocol.read(Buffer.from(stream.subarray(at, at + size)), 1, into);
          at += size;
        }
        expect(into.records.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(messages);
        expect(protocol.held).toBe(0);
      }),
    );
  });

  test.each([[3000], [1500, 1500], [2048, 952]])(
    'keeps the beginning of what is too long, in pieces of %j',
    (...sizes) => {
      const protocol = new GelfStream({ stream: 's', via: 'v', peer: 'none' }, 2048);
      const into = new Batch();
      const read = () => {
        for (const size of sizes) protocol.read(Buffer.alloc(size, 'x'), 1, into);
      };
      expect(read).toThrow(expect.objectContaining({ reason: 'frame_too_long' }));
      protocol.end(false, 1, into);
      expect(into.records.map(({ bytes }) => bytes.length)).toEqual([2048]);
      expect(protocol.takeRemarks()).toMatchObject([{ kind: 'lost', reason: 'cut_frame' }]);
    },
  );
});

describe('gelf-tcp', () => {
  test('keeps each message, and counts none for what stands between', async () => {
    const listener = await listen();
    client(listener).end('{"short_message":"one"}\0\0{"short_message":\n"two"}\n\0\r\n\0{"short_message":"no end"}');
    await listener.until(() => listener.said()['disconnected/closed'] === 1);
    expect(listener.texts()).toEqual([
      '{"short_message":"one"}',
      '{"short_message":\n"two"}\n',
      '{"short_message":"no end"}',
    ]);
    expect(listener.records[0]).toMatchObject({ stream: 'gelf-tcp/127.0.0.1', peer: 'none' });
    expect(listener.said()).toMatchObject({ 'trouble/unended_message': 1 });
  });

  test('refuses a message without an end, keeps its beginning, and serves others', async () => {
    const listener = await listen({ maxFrameBytes: 2048 });
    const endless = client(listener);
    endless.write('x'.repeat(3000));
    await listener.until(() => listener.said()['disconnected/refused'] === 1);
    client(listener).write('{}\0');
    await listener.until(() => listener.texts().includes('{}'));
    expect(listener.said()).toMatchObject({ 'refused/frame_too_long': 1 });
    await listener.until(() => listener.texts().includes('x'.repeat(2048)));
  });
});
