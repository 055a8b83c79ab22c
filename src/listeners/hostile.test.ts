import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type Running, start } from './fixtures/running.ts';
import relp from './relp.ts';
import syslogTcp from './syslog-tcp.ts';

// A crowd that wants to keep others from being served. Full runs have the crowd that the limits are for.
const CROWD = process.env['SPOOR_FULL'] ? 9000 : 500;
const FRAMES = process.env['SPOOR_FULL'] ? 4 : 20; // of 10 kB
const MIB = 1 << 20;
const sockets: Socket[] = [];
let listener: Running | undefined;

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await listener?.stop();
});

/** Connects from many addresses of 127/8. */
async function crowd(port: number, count: number): Promise<Socket[]> {
  const made: Socket[] = [];
  for (let i = 0; i < count; i++) {
    const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.${1 + (i >> 7)}.${1 + (i & 127)}` });
    socket.on('error', () => {});
    sockets.push(socket);
    made.push(socket);
    if (i % 100 === 99) await delay(10);
  }
  return made;
}

/** Sends a line now and then, and knows when each was kept. */
async function steady(running: Running): Promise<() => Promise<void>> {
  const [socket] = (await crowd(running.port, 1)) as [Socket];
  let sent = 0;
  const timer = setInterval(() => socket.write(`<13>steady ${sent++}\n`), 20);
  const kept = () => running.texts().filter((text) => text.startsWith('<13>steady')).length;
  return async () => {
    const now = sent;
    await running.until(() => kept() >= now + 5, 'a line of the one who is good');
    clearInterval(timer);
    await running.until(() => kept() === sent, 'all lines of the one who is good');
    expect(socket.destroyed).toBe(false);
  };
}

test('frames without end from a crowd cost bounded memory, and others are served', async () => {
  listener = await start(syslogTcp, { frameSeconds: 600, maxConnections: 2 * CROWD });
  const served = await steady(listener);
  const before = process.memoryUsage();
  const piece = Buffer.alloc(32 << 10, 'x');
  const many = await crowd(listener.port, CROWD);
  for (let round = 0; round < 24; round++) {
    for (const socket of many) if (socket.writable && socket.writableLength === 0) socket.write(piece);
    await delay(5);
  }
  await listener.until(() => (listener?.said()['refused/frame_memory'] ?? 0) > 0);
  await served();
  const after = process.memoryUsage();
  expect(after.external - before.external).toBeLessThan(700 * MIB);
  expect(listener.said()['refused/frame_too_long']).toBeUndefined();
});

test('a crowd that is silent, slow, broken or gone leaves others alone', async () => {
  listener = await start(syslogTcp, { frameSeconds: 1, maxConnections: CROWD });
  const served = await steady(listener);
  const many = await crowd(listener.port, CROWD + 50);
  for (const [i, socket] of many.entries()) {
    if (i % 4 === 0) socket.write('<13>half');
    else if (i % 4 === 1) socket.write(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]));
    else if (i % 4 === 2) socket.write('9999999 <13>');
    else if (i % 8 === 3) socket.resetAndDestroy();
  }
  await listener.until(() => (listener?.said()['refused/frame_too_long'] ?? 0) > CROWD / 8);
  await listener.until(() => (listener?.said()['refused/slow_frame'] ?? 0) > CROWD / 8);
  await served();
  expect(listener.said()['refused/displaced'] ?? 0).toBeLessThan(100);
});

test('a crowd that floods while nothing becomes durable is not read on, and all of it comes in the end', async () => {
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  listener = await start(relp, { maxConnections: 2 * CROWD }, { keep: () => gate });
  const many = await crowd(listener.port, CROWD);
  const frames = Array.from({ length: FRAMES }, (_, i) => `${i + 2} syslog 10004 <13>${'x'.repeat(10_000)}\n`).join('');
  let acknowledged = 0;
  for (const socket of many) {
    socket.on('data', (bytes) => {
      acknowledged += bytes.toString('latin1').split('rsp 6 200 OK').length - 1;
    });
    socket.write(`1 open 30 relp_version=0\ncommands=syslog\n${frames}`);
  }
  await delay(1000);
  expect(process.memoryUsage().external).toBeLessThan(700 * MIB);
  expect([acknowledged, listener.records.length]).toEqual([0, 0]);
  open();
  await listener.until(() => acknowledged === FRAMES * CROWD, 'acknowledgements');
  expect(listener.records.length).toBe(FRAMES * CROWD);
});
