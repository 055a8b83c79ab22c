import gelfPro, { type Logger } from 'gelf-pro';
import { afterEach, expect, test } from 'vitest';
import { type Running, start } from './fixtures/running.ts';
import gelfTcp from './gelf-tcp.ts';
import gelfUdp from './gelf-udp.ts';

// gelf-pro for Node sends to our listeners.

const running: Running[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((listener) => listener.stop()));
});

const said = (listener: Running) =>
  listener
    .texts()
    .map((text) => JSON.parse(text) as Record<string, unknown>)
    .map(({ short_message, level, _name, host }) => ({ short_message, level, _name, host }))
    .sort((a, b) => String(a.short_message).length - String(b.short_message).length);

test.each([
  ['udp', gelfUdp],
  ['tcp', gelfTcp],
] as const)('gelf-pro over %s: short ones, and one that needs chunks', async (adapterName, source) => {
  const listener = await start(source as typeof gelfTcp, {});
  running.push(listener);
  const client = Object.create(gelfPro) as Logger; // its module is one client
  client.setConfig({
    adapterName,
    adapterOptions: { host: '127.0.0.1', port: listener.port, protocol: 'udp4' },
    fields: { name: 'spoor' },
  });
  const noise = Array.from({ length: 8000 }, (_, at) => ((at * 7919) % 9973).toString(36)).join(' ');
  client.message('a short one', 6);
  client.message(`long: ${noise}`, 3);
  await listener.until(() => listener.records.length === 2);
  expect(said(listener)).toEqual([
    { short_message: 'a short one', level: 6, _name: 'spoor', host: expect.any(String) },
    { short_message: `long: ${noise}`, level: 3, _name: 'spoor', host: expect.any(String) },
  ]);
});
