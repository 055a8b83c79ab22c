import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { Authority } from './fixtures/certificates.ts';
import { type HowToEmit, type Running, start, until } from './fixtures/running.ts';
import { FrameReader } from './lumberjack/frames.ts';
import lumberjack from './lumberjack.ts';

const running: Running[] = [];
const sockets: Socket[] = [];

async function listen(config: object = {}, how: HowToEmit = {}): Promise<Running> {
  const listener = await start(lumberjack, config, how);
  running.push(listener);
  return listener;
}

const numbers = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at);
  return bytes;
};
const frame = (kind: string, ...parts: readonly Buffer[]): Buffer => Buffer.concat([Buffer.from(`2${kind}`), ...parts]);
const window = (events: number): Buffer => frame('W', numbers(events));
const event = (sequence: number, text: string): Buffer => {
  const json = Buffer.from(text);
  return frame('J', numbers(sequence, json.length), json);
};
const compressed = (...frames: readonly Buffer[]): Buffer => {
  const packed = deflateSync(Buffer.concat(frames));
  return frame('C', numbers(packed.length), packed);
};
const ack = (sequence: number): string => frame('A', numbers(sequence)).toString('hex');

/** What a sender says and hears. */
class Client {
  readonly socket: Socket;
  heard = '';
  closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      this.heard += bytes.toString('hex');
    });
    socket.on('close', () => {
      this.closed = true;
    });
  }

  async hears(hex: string): Promise<void> {
    await until(
      () => this.heard === hex,
      () => `${hex}, not ${this.heard}`,
    );
  }

  async isCut(): Promise<void> {
    await until(
      () => this.closed,
      () => 'the end',
    );
  }
}

const client = (listener: Running): Client => new Client(connect(listener.port, '127.0.0.1'));

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((listener) => listener.stop()));
});

describe('FrameReader', () => {
  const events = fc.array(fc.tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.string({ maxLength: 60 })));
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });

  test('gives back what was framed, packed or not, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), events), { maxLength: 4 }), cuts, (windows, sizes) => {
        const stream = Buffer.concat(
          windows.flatMap(([isPacked, sent]) => {
            const frames = sent.map(([sequence, text]) => event(sequence, text));
            return [window(sent.length), ...(isPacked ? [compressed(...frames)] : frames)];
          }),
        );
        const got: (number | [number, string])[] = [];
        const reader = new FrameReader(
          { maxEvent: 1000, maxCompressed: 10_000 },
          { window: (count) => got.push(count), event: (sequence, json) => got.push([sequence, json.toString()]) },
        );
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          reader.push(Buffer.from(stream.subarray(at, at + size)));
          at += size;
        }
        expect(got).toEqual(
          windows.flatMap(([, sent]) => [sent.length, ...sent.map(([at, text]) => [at, Buffer.from(text).toString()])]),
        );
        expect(reader.held).toBe(0);
      }),
    );
  });
});

describe('lumberjack', () => {
  test('keeps each event as it came, and acknowledges a window when all of it is durable', async () => {
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const listener = await listen({}, { keep: () => gate, name: 'beats' });
    const sender = client(listener);
    const { socket } = sender;
    socket.write(Buffer.concat([window(2), event(1, '{"message":"one"}'), event(2, '{"message": "t\\u00e4o"}')]));
    socket.write(Buffer.concat([window(3), compressed(event(1, '{"a":1}'), event(2, '{"a":2}'), event(3, '{"a":3}'))]));
    await until(
      () => socket.bytesWritten > 100,
      () => 'written',
    );
    expect(sender.heard).toBe('');
    expect(listener.records).toEqual([]);
    release();
    await sender.hears(ack(2) + ack(3));
    expect(listener.texts()).toEqual([
      '{"message":"one"}',
      '{"message": "t\\u00e4o"}',
      '{"a":1}',
      '{"a":2}',
      '{"a":3}',
    ]);
    expect(listener.records.map(({ sourceSeq }) => sourceSeq)).toEqual([1, 2, 3, 4, 5]);
    expect(listener.records[0]).toMatchObject({
      stream: 'beats/127.0.0.1',
      via: `tcp:127.0.0.1:${socket.localPort}`,
      peer: 'none',
    });
    socket.end();
    await listener.until(() => listener.said()['disconnected/closed'] === 1);
  });

  test('a frame of millions of small ones is refused, and costs nobody else any time', async () => {
    const refused = (listener: Running) => listener.notes.filter(({ kind }) => kind === 'refused');
    for (const small of [window(5), event(1, ''), event(1, '1')]) {
      const listener = await listen();
      const bomber = client(listener);
      bomber.socket.write(compressed(Buffer.alloc(small.length * 2_000_000, small)));
      await bomber.isCut();
      expect(refused(listener).at(-1)).toMatchObject({ reason: 'too_many_frames' });
      expect(listener.notes.length).toBeLessThan(10);
    }
  });

  test('what a server that stops does not keep is not acknowledged', async () => {
    const listener = await listen({}, { keep: () => Promise.reject(new Error('stopping')) });
    const sender = client(listener);
    sender.socket.write(Buffer.concat([window(1), event(1, '{}')]));
    await sender.isCut();
    expect(sender.heard).toBe('');
    expect(listener.said()).toEqual({ 'connected/connected': 1, 'disconnected/stopped': 1 });
  });

  test('who leaves before all is acknowledged has not left well', async () => {
    let ended: () => void = () => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const listener = await listen({}, { keep: () => end });
    const sender = client(listener);
    sender.socket.end(Buffer.concat([window(1), event(1, '{}')]));
    await once(sender.socket, 'finish');
    await delay(100);
    for (let turn = 0; turn < 5; turn++) await nextTurn(); // its end was heard
    ended();
    await listener.until(() => listener.said()['disconnected/reset'] === 1);
    expect(listener.texts()).toEqual(['{}']);
  });

  test.each<[string, Buffer, string]>([
    ['version 1', Buffer.from('1W\0\0\0\u0001'), 'version'],
    ['an event of version 1', Buffer.concat([window(1), frame('D', numbers(1, 0))]), 'protocol'],
    ['no Lumberjack', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'protocol'],
    ['a frame in a frame in a frame', compressed(compressed(event(1, '{}'))), 'protocol'],
    ['a compressed frame that ends too early', compressed(event(1, '{}').subarray(0, 11)), 'protocol'],
    ['a damaged frame', frame('C', numbers(4), Buffer.from('nope')), 'packing'],
    ['a bomb', compressed(event(1, 'x'.repeat(200_000))), 'frame_too_long'],
    ['a length that nobody can hold', frame('C', numbers(0xffffffff)), 'frame_too_long'],
    ['an event that is too long', frame('J', numbers(1, 0x7fffffff)), 'frame_too_long'],
  ])('refuses %s, and serves others', async (_, bytes, reason) => {
    const listener = await listen({ maxCompressedBytes: 100_000 });
    const good = client(listener);
    good.socket.write(window(1));
    const bad = client(listener);
    bad.socket.write(bytes);
    await bad.isCut();
    expect(bad.heard).toBe('');
    good.socket.write(event(1, '{"still":"here"}'));
    await good.hears(ack(1));
    expect(listener.texts()).toEqual(['{"still":"here"}']);
    expect(listener.said()[`refused/${reason}`]).toBe(1);
  });

  test('over TLS, with the name of the sender’s certificate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spoor-lumberjack-'));
    try {
      const authority = await Authority.make(folder, 'ours');
      const server = await authority.issue('server', { cn: 'spoor', names: [{ type: 'ip', value: '127.0.0.1' }] });
      const web1 = await authority.issue('web-1', { cn: 'web-1', names: [{ type: 'dns', value: 'web-1' }] });
      const { certificate, key, ca } = server;
      const listener = await listen({ certificate, key, ca });
      const [cert, own, authorities] = [web1.certificate, web1.key, ca].map((file) => readFileSync(file));
      const options = { port: listener.port, host: '127.0.0.1', ca: authorities as Buffer };
      const sender = new Client(connectTls({ ...options, cert: cert as Buffer, key: own as Buffer }));
      sender.socket.write(Buffer.concat([window(1), event(1, '{}')]));
      await sender.hears(ack(1));
      expect(listener.records[0]).toMatchObject({ stream: 'lumberjack/web-1', peer: 'web-1' });
      expect(listener.records[0]?.via).toMatch(/^tls:/);
      await new Client(connectTls(options)).isCut();
      await listener.until(() => listener.said()['refused/certificate'] === 1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a certificate without a key is an error', async () => {
    await expect(start(lumberjack, { certificate: '/x.pem' })).rejects.toThrow(/needs certificate, key and ca/);
  });
});
