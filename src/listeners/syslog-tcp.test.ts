import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type HowToEmit, type Running, start } from './fixtures/running.ts';
import syslogTcp from './syslog-tcp.ts';

const running: Running[] = [];
const clients: Socket[] = [];

async function listen(config: object = {}, how: HowToEmit = {}): Promise<Running> {
  const listener = await start(syslogTcp, config, how);
  running.push(listener);
  return listener;
}

async function client(listener: Running, host = '127.0.0.1', from?: string): Promise<Socket> {
  const socket = connect({ port: listener.port, host, ...(from && { localAddress: from }) });
  socket.on('error', () => {});
  clients.push(socket);
  await once(socket, 'connect');
  return socket;
}

afterEach(async () => {
  for (const socket of clients.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((listener) => listener.stop()));
});

describe('syslog-tcp', () => {
  test('keeps messages of both framings, with who sent them', async () => {
    const listener = await listen({}, { name: 'office' });
    const socket = await client(listener);
    socket.write('<13>one\n<13>t');
    await listener.until(() => listener.records.length === 1);
    socket.write('wo\n');
    const other = await client(listener, '127.0.0.1', '127.0.0.2');
    other.end('7 <13>a\nb6 <13>cd');
    await listener.until(() => listener.records.length === 4);
    expect(listener.texts().sort()).toEqual(['<13>a\nb', '<13>cd', '<13>one', '<13>two']);
    expect(listener.records[0]).toEqual({
      stream: 'office/127.0.0.1',
      bytes: Buffer.from('<13>one'),
      receivedAtUs: expect.any(Number),
      via: `tcp:127.0.0.1:${socket.localPort}`,
      peer: 'none',
    });
    await listener.until(() => listener.said()['disconnected/closed'] === 1);
    expect(listener.said()).toEqual({ 'connected/connected': 2, 'disconnected/closed': 1 });
  });

  test('an IPv4 sender is the same when it comes over an IPv6 socket', async () => {
    const listener = await listen({ host: '::' });
    expect(listener.address).toMatch(/^\[::\]:\d+$/);
    (await client(listener)).end('<13>four\n');
    (await client(listener, '::1')).end('<13>six\n');
    await listener.until(() => listener.records.length === 2);
    expect(listener.records.map(({ stream }) => stream).sort()).toEqual(['syslog-tcp/127.0.0.1', 'syslog-tcp/::1']);
    expect(listener.records.map(({ via }) => via).sort()[1]).toMatch(/^tcp:\[::1\]:\d+$/);
  });

  test('does not read on while what was read is not durable, and reads on after', async () => {
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const listener = await listen({}, { keep: () => gate });
    const socket = await client(listener);
    const line = Buffer.from(`<13>${'x'.repeat(995)}\n`);
    let written = 0;
    // What the sender can get rid of is bounded by the sockets' buffers and by ours, which is small.
    while (written < 200_000 && socket.writableLength < 4 << 20) {
      for (let i = 0; i < 500; i++, written++) socket.write(line);
      await delay(5);
    }
    expect(socket.bytesWritten - socket.writableLength).toBeLessThan(24 << 20);
    expect(listener.records.length).toBe(0);
    open();
    socket.end();
    await listener.until(() => listener.records.length === written);
  });

  test('what was cut is kept, and counted', async () => {
    const listener = await listen();
    (await client(listener)).end('<13>whole\n<13>no end');
    (await client(listener)).end('40 <13>no more');
    const reset = await client(listener);
    reset.write('<13>before\n<13>res');
    await listener.until(() => listener.texts().includes('<13>before'));
    reset.resetAndDestroy();
    await listener.until(() => listener.notes.filter(({ kind }) => kind === 'disconnected').length === 3);
    expect(listener.texts().sort()).toEqual(['<13>before', '<13>no end', '<13>no more', '<13>res', '<13>whole']);
    expect(listener.said()).toMatchObject({ 'trouble/unended_line': 1, 'lost/cut_frame': 2, 'disconnected/reset': 1 });
  });

  test('refuses endless frames, slow ones, silence and too many connections, and serves the others', async () => {
    const limits = { maxFrameBytes: 2048, frameSeconds: 0.5, idleSeconds: 3, maxConnectionsPerAddress: 4 };
    const listener = await listen(limits);
    const good = await client(listener, '127.0.0.1', '127.0.0.9');
    const beat = setInterval(() => good.write('<13>still here\n'), 100);
    const endless = await client(listener);
    endless.write('<13>first\n');
    endless.write('x'.repeat(5000));
    const counted = await client(listener);
    counted.write('9999999 <13>');
    await listener.until(() => listener.said()['refused/frame_too_long'] === 2);
    const slow = await client(listener);
    slow.write('<13>sl');
    const silent = await client(listener);
    await listener.until(() => listener.said()['refused/slow_frame'] === 1);
    const many = await Promise.all(Array.from({ length: 5 }, () => client(listener)));
    await listener.until(() => listener.said()['refused/too_many_from_address'] === 2);
    await listener.until(() => listener.said()['refused/idle'] === 4);
    clearInterval(beat);
    expect(listener.texts()).toContain('<13>sl');
    expect(listener.texts()).toContain('<13>first');
    expect(listener.texts().filter((text) => text === '<13>still here').length).toBeGreaterThan(10);
    await listener.until(() => silent.destroyed && many[0]?.destroyed === true);
    expect(good.destroyed).toBe(false);
  });

  test('who waited for us while we were away is not slow', async () => {
    const listener = await listen({ frameSeconds: 2, idleSeconds: 2 });
    const socket = await client(listener);
    socket.write('<13>one\n<13>ha');
    await listener.until(() => listener.records.length === 1);
    socket.write('lf\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4000); // as a machine that is paused
    await listener.until(() => listener.records.length === 2);
    expect(listener.texts()).toEqual(['<13>one', '<13>half']);
    expect(listener.said()).toEqual({ 'connected/connected': 1 });
  });

  test('when all places are taken, who never sent anything makes room', async () => {
    const listener = await listen({ maxConnections: 5 });
    const first = await client(listener);
    first.write('<13>here\n');
    await listener.until(() => listener.records.length === 1);
    for (let i = 0; i < 12; i++) await client(listener);
    await listener.until(() => listener.said()['refused/displaced'] === 8);
    first.write('<13>still here\n');
    await listener.until(() => listener.records.length === 2);
    expect(listener.said()['connected/connected']).toBe(13);
  });

  test('when it stops, senders are told, and what they had written is kept', async () => {
    const listener = await listen({}, { keep: () => delay(30) });
    const socket = await client(listener);
    const lines = Array.from({ length: 20_000 }, (_, i) => `<13>line ${i}\n`);
    socket.write(lines.join(''));
    socket.on('end', () => socket.end('<13>last word\n'));
    socket.resume();
    await listener.until(() => listener.records.length > 0);
    await listener.stop();
    expect(listener.records.length).toBe(20_001);
    expect(listener.said()).toEqual({ 'connected/connected': 1, 'disconnected/stopped': 1 });
  });

  test('a server that cannot keep any more says how much was lost', async () => {
    const listener = await listen({}, { keep: () => Promise.reject(new Error('stopping')) });
    const socket = await client(listener);
    socket.write('<13>one\n<13>two\n');
    await listener.until(() => listener.said()['lost/stopped'] === 2);
    expect(listener.records).toEqual([]);
  });

  test('an address that is taken is an error', async () => {
    const listener = await listen();
    await expect(start(syslogTcp, { port: listener.port })).rejects.toThrow(/EADDRINUSE/);
  });
});
