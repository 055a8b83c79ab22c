import { createSocket } from 'node:dgram';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { type HowToEmit, type Running, start } from './fixtures/running.ts';
import { Chunks } from './gelf/chunks.ts';
import gelfUdp from './gelf-udp.ts';

const running: Running[] = [];
const LIMITS = { maxBytes: 1 << 20, maxHeld: 1 << 20, maxMessages: 100 };

async function listen(config: object = {}, how: HowToEmit = {}): Promise<Running> {
  const listener = await start(gelfUdp, config, how);
  running.push(listener);
  return listener;
}

async function send(listener: Running, datagrams: readonly Buffer[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const datagram of datagrams)
    await new Promise<void>((resolve, reject) =>
      socket.send(datagram, listener.port, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
    );
  socket.close();
}

const chunk = (id: string, at: number, of: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([0x1e, 0x0f]), Buffer.from(id.padEnd(8, '.'), 'latin1'), Buffer.from([at, of]), bytes]);

function chunked(id: string, message: Buffer, size: number): Buffer[] {
  const of = Math.ceil(message.length / size);
  return Array.from({ length: of }, (_, at) => chunk(id, at, of, message.subarray(at * size, (at + 1) * size)));
}

const said = (chunks: Chunks, nowMs = 0) =>
  Object.fromEntries(chunks.check(nowMs).map(({ kind, reason, count }) => [`${kind}/${reason}`, count]));

const message = (text: string): Buffer =>
  Buffer.from(JSON.stringify({ version: '1.1', host: 'web1', short_message: text }));

afterEach(async () => {
  await Promise.all(running.splice(0).map((listener) => listener.stop()));
});

describe('Chunks', () => {
  test('gives each message once, in whatever order its chunks come and however often', () => {
    const order = fc
      .array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 6 })
      .chain((messages) => {
        const all = messages.flatMap((bytes, id) => chunked(String(id), Buffer.from(bytes), 5));
        return fc.record({
          messages: fc.constant(messages),
          sent: fc
            .tuple(
              fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
              fc.subarray(all, { maxLength: all.length }),
            )
            .map(([once, again]) => [...once, ...again]),
        });
      });
    fc.assert(
      fc.property(order, ({ messages, sent }) => {
        const chunks = new Chunks(LIMITS);
        const got = sent.map((datagram) => chunks.take(datagram, 'a', 0)).filter((bytes) => bytes !== null);
        expect(got.map((bytes) => bytes.toString('latin1')).sort()).toEqual(
          messages.map((bytes) => Buffer.from(bytes).toString('latin1')).sort(),
        );
        expect(chunks.held).toBe(0);
      }),
    );
  });

  test('what one sender says is not mixed with what another does', () => {
    const chunks = new Chunks(LIMITS);
    expect(chunks.take(chunk('1', 0, 2, Buffer.from('a')), 'one', 0)).toBeNull();
    expect(chunks.take(chunk('1', 1, 2, Buffer.from('b')), 'two', 0)).toBeNull();
    expect(chunks.take(chunk('1', 1, 2, Buffer.from('c')), 'one', 0)?.toString()).toBe('ac');
  });

  test('counts what is no chunk, what does not fit, and what never becomes complete', () => {
    const chunks = new Chunks({ ...LIMITS, maxBytes: 10 });
    const refused = [
      chunk('1', 0, 1, Buffer.alloc(0)),
      chunk('1', 0, 129, Buffer.from('x')),
      chunk('1', 2, 2, Buffer.from('x')),
      chunk('1', 0, 0, Buffer.from('x')),
      Buffer.from([0x1e, 0x0f, 1]),
      chunk('2', 0, 1, Buffer.alloc(11)),
    ];
    for (const datagram of refused) expect(chunks.take(datagram, 'a', 0)).toBeNull();
    expect(chunks.take(chunk('3', 0, 2, Buffer.from('x')), 'a', 0)).toBeNull();
    expect(chunks.take(chunk('3', 1, 3, Buffer.from('x')), 'a', 0)).toBeNull();
    expect(said(chunks, 5000)).toEqual({
      'refused/chunk_malformed': 5,
      'refused/message_too_long': 1,
      'refused/chunk_mismatched': 1,
    });
    expect(said(chunks, 5001)).toEqual({ 'lost/chunks_missing': 1 });
    expect(chunks.held).toBe(0);
  });

  test('holds no more than it may, and lets the oldest go', () => {
    const chunks = new Chunks({ maxBytes: 1 << 20, maxHeld: 10_000, maxMessages: 3 });
    for (let id = 0; id < 10; id++) chunks.take(chunk(String(id), 0, 2, Buffer.alloc(10)), 'a', 0);
    expect(said(chunks)).toEqual({ 'lost/chunks_displaced': 7 });
    for (let id = 20; id < 60; id++) chunks.take(chunk(String(id), 0, 2, Buffer.alloc(8000)), 'a', 0);
    expect(chunks.held).toBeLessThan(20_000);
    expect(chunks.take(chunk('59', 1, 2, Buffer.from('x')), 'a', 0)?.length).toBe(8001);
  });
});

describe('gelf-udp', () => {
  test('keeps the JSON of each message, plain, packed and in chunks', async () => {
    const listener = await listen();
    const long = message('x'.repeat(3000));
    const packed = gzipSync(message('packed, then cut'));
    await send(listener, [
      message('plain'),
      gzipSync(message('gzip')),
      deflateSync(message('zlib')),
      ...chunked('aaaa', long, 1000).reverse(),
      ...chunked('bbbb', packed, 20),
    ]);
    await listener.until(() => listener.records.length === 5);
    expect(listener.texts().sort()).toEqual(
      ['plain', 'gzip', 'zlib', 'x'.repeat(3000), 'packed, then cut'].map((text) => message(text).toString()).sort(),
    );
    expect(listener.records[0]).toMatchObject({ stream: 'gelf-udp/127.0.0.1', peer: 'none' });
    expect(listener.batches.every(({ options }) => options?.mayDrop === true)).toBe(true);
  });

  test('refuses bombs and damage, counts them, and goes on', async () => {
    const listener = await listen({ maxMessageBytes: 10_000 });
    await send(listener, [
      gzipSync(Buffer.alloc(20_000_000)),
      deflateSync(Buffer.alloc(10_001)),
      Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]),
      deflateSync(message('cut short')).subarray(0, 20),
      Buffer.alloc(0),
      Buffer.alloc(10_001, 0x20),
      message('still here'),
    ]);
    await listener.until(() => listener.records.length === 1);
    await listener.stop();
    expect(listener.texts()).toEqual([message('still here').toString()]);
    expect(listener.said()).toMatchObject({
      'refused/message_too_long': 3,
      'refused/packing': 2,
      'refused/empty': 1,
    });
  });

  test('a datagram of a kilobyte does not become a megabyte of the ledger', async () => {
    const listener = await listen();
    const text = message('as '.repeat(20_000));
    await send(listener, [deflateSync(message('A'.repeat(1_000_000))), deflateSync(text)]);
    await listener.until(() => listener.records.length === 1);
    await listener.stop();
    expect(listener.texts()).toEqual([text.toString()]);
    expect(listener.said()).toMatchObject({ 'refused/message_too_long': 1 });
  });
});
