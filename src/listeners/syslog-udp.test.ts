import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { type HowToEmit, type Running, start } from './fixtures/running.ts';
import syslogUdp from './syslog-udp.ts';
import { dropsIn, procAddress } from './udp/kernel-drops.ts';
import { UdpSenders } from './udp/senders.ts';

const running: Running[] = [];

async function listen(config: object = {}, how: HowToEmit = {}): Promise<Running> {
  const listener = await start(syslogUdp, config, how);
  running.push(listener);
  return listener;
}

async function send(listener: Running, messages: readonly string[], host = '127.0.0.1'): Promise<number> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  for (const message of messages)
    await new Promise<void>((resolve, reject) =>
      socket.send(message, listener.port, host, (error) => (error ? reject(error) : resolve())),
    );
  const { port } = socket.address();
  socket.close();
  return port;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((listener) => listener.stop()));
});

describe('syslog-udp', () => {
  test('keeps each datagram as it came, with who sent it', async () => {
    const listener = await listen();
    const port = await send(listener, ['<13>one', '<13>two\nlines\n', '', '\0']);
    await listener.until(() => listener.records.length === 3);
    expect(listener.texts()).toEqual(['<13>one', '<13>two\nlines\n', '\0']);
    expect(listener.records[0]).toMatchObject({
      stream: 'syslog-udp/127.0.0.1',
      via: `udp:127.0.0.1:${port}`,
      peer: 'none',
    });
    expect(listener.batches.every(({ options }) => options?.mayDrop === true)).toBe(true);
    await listener.stop();
    expect(listener.said()).toMatchObject({ 'refused/empty': 1 });
  });

  test('over IPv6, where IPv4 senders come too', async () => {
    const listener = await listen({ host: '::' });
    const four = await send(listener, ['<13>four']);
    const six = await send(listener, ['<13>six'], '::1');
    await listener.until(() => listener.records.length === 2);
    expect(listener.records.map(({ stream, via }) => `${stream} ${via}`).sort()).toEqual(
      [`syslog-udp/127.0.0.1 udp:127.0.0.1:${four}`, `syslog-udp/::1 udp:[::1]:${six}`].sort(),
    );
  });

  test('gathers what comes close together, and ends with all that came', async () => {
    const listener = await listen();
    const lines = Array.from({ length: 3000 }, (_, i) => `<13>line ${i}`);
    await send(listener, lines);
    await listener.stop();
    expect(listener.texts()).toEqual(lines);
    expect(Math.max(...listener.batches.map(({ size }) => size))).toBeLessThanOrEqual(512);
    expect(listener.batches.length).toBeLessThan(1500);
  });

  test('ends with all that came, however long its turns are', async () => {
    const listener = await listen();
    const send = `const s = require('node:dgram').createSocket('udp4');
      let left = 200;
      for (let i = 0; i < 200; i++) s.send('<13>line ' + i, ${listener.port}, '127.0.0.1', () => --left || s.close());`;
    spawnSync(process.execPath, ['-e', send]); // nobody reads meanwhile
    const stopped = listener.stop();
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300));
    await stopped;
    expect(listener.records.length).toBe(200);
  });

  test.skipIf(!existsSync('/proc/net/udp')).each(['127.0.0.1', '::1'])(
    'what the kernel dropped is counted (%s)',
    async (host) => {
      const listener = await listen({ host, receiveBufferBytes: 65_536 });
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
      await new Promise<void>((resolve) => socket.connect(listener.port, host, resolve));
      const line = '<13>'.padEnd(2000, 'x');
      let sent = 0;
      // In one turn of the loop nobody reads: what is over the buffer is dropped.
      await new Promise<void>((resolve) => {
        for (; sent < 2000; sent++) socket.send(line);
        socket.send(line, () => resolve());
        sent++;
      });
      const lost = () => listener.said()['lost/receive_buffer'] ?? 0;
      await listener.until(() => listener.records.length + lost() === sent);
      expect(lost()).toBeGreaterThan(0);
      socket.close();
    },
  );

  test('says when the kernel gives less room than was asked for', async () => {
    const listener = await listen({ receiveBufferBytes: 1 << 30 });
    expect(listener.said()).toEqual({ 'trouble/small_receive_buffer': 1 });
    expect(listener.notes[0]?.detail).toContain('net.core.rmem_max');
  });

  test('a server that cannot keep any more says how much was lost', async () => {
    const listener = await listen({}, { keep: () => Promise.reject(new Error('stopping')) });
    await send(listener, ['<13>one', '<13>two']);
    await listener.until(() => listener.said()['lost/stopped'] === 2);
  });

  test('an address that is taken is an error', async () => {
    const listener = await listen();
    await expect(start(syslogUdp, { port: listener.port })).rejects.toThrow(/EADDRINUSE/);
  });
});

test('addresses as the kernel writes them', () => {
  expect(procAddress('127.0.0.1', 514)).toBe('0100007F:0202');
  expect(procAddress('::1', 514)).toBe('00000000000000000000000001000000:0202');
  expect(procAddress('::', 514)).toBe('00000000000000000000000000000000:0202');
  const table = [
    '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops             ',
    '  341: 0100007F:0202 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 42 2 0000000000000000 17          ',
  ].join('\n');
  expect(dropsIn(table, '0100007F:0202')).toBe(17);
  expect(dropsIn(table, '0100007F:0203')).toBeNull();
});

test('forged senders cannot make streams without end', () => {
  const senders = new UdpSenders('udp', 2);
  const streams = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.1'].map(
    (address) => senders.of(address, 514, 0).stream,
  );
  expect(streams).toEqual(['udp/192.0.2.1', 'udp/192.0.2.2', 'udp/other', 'udp/192.0.2.1']);
  expect(senders.of('192.0.2.9', 7, 0).via).toBe('udp:192.0.2.9:7');
  expect(senders.of('192.0.2.1', 7, 0).via).toBe('udp:192.0.2.1:7');
  expect(senders.sweep(1000)).toBe(2);
  senders.of('192.0.2.1', 514, 4_000_000);
  expect(senders.sweep(4_000_000)).toBe(0);
  expect(senders.of('192.0.2.3', 514, 4_000_000).stream).toBe('udp/192.0.2.3');
});
