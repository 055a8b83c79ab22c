import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Layout } from '../server/paths.ts';
import { serverEvents } from './server-events.ts';

test('text of a stranger is data, whatever lines others would see in it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-sse-'));
  const socket = join(folder, 'x.sock');
  const message = 'a\u2028event: forged\u2029data: {}\u0085b\rc';
  const server = createServer((_, response) => {
    response.write(':\nid: 6\n\n');
    response.end(`id: 7\nevent: event\ndata: ${JSON.stringify({ message })}\n\n`);
  }).listen(socket);
  const told = [];
  for await (const one of serverEvents({ socket } as Layout, '/', AbortSignal.timeout(10_000))) told.push(one);
  expect(told).toEqual([{ event: 'event', data: { message } }]);
  server.close();
  rmSync(folder, { recursive: true });
});
