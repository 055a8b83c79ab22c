import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { askServer } from '../../src/cli/server-client.ts';
import { engineClient } from '../../src/engine/client.ts';
import { hasEngine } from '../../src/store/fixtures/engine.ts';
import { command } from '../built.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// What an operator does by mistake.

const folder = mkdtempSync(join(tmpdir(), 'spoor-mishaps-'));
chmodSync(folder, 0o755); // PostgreSQL runs as another user
const servers: ServerProcess[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.killAll();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function made(name: string, sources: readonly object[], more: object = {}): ServerProcess {
  const server = new ServerProcess(join(folder, name), sources, more);
  servers.push(server);
  return server;
}

async function counted(server: ServerProcess): Promise<{ rows: number; records: number }> {
  const client = engineClient({ socketPath: server.paths.engineSocket });
  try {
    const query = "SELECT count() AS rows, uniqExact(first) AS records FROM spoor.events WHERE stream LIKE 'lines/%'";
    const [row] = await (await client.query({ query, format: 'JSONEachRow' })).json<{
      rows: number;
      records: number;
    }>();
    return row as { rows: number; records: number };
  } finally {
    await client.close();
  }
}

test('a start that fails ends, and leaves nothing running', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const server = made('taken', [], { http: { port: (other.address() as AddressInfo).port } });
  await expect(server.start()).rejects.toThrow(/ended \(69\).*cannot listen on 127\.0\.0\.1/s);
  expect(await server.left()).toEqual([]);
  other.close();
});

test('a data folder that cannot be one is told in a sentence', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const child = spawn(process.execPath, command('serve', '--data', join(file, 'data')));
  let said = '';
  child.stderr.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  expect(await once(child, 'close')).toEqual([74, null]);
  expect(said).toMatch(/^spoor: cannot keep data in \S+: ENOTDIR.+ \(E_OUTPUT\)\n$/);
});

describe.skipIf(!hasEngine)('an index whose position was removed', () => {
  test('is made anew: no event is in it twice', async () => {
    const lines = join(folder, 'lines.log');
    writeFileSync(lines, Array.from({ length: 500 }, (_, i) => `Nov 22 06:00:00 web1 sshd[1]: line ${i}\n`).join(''));
    const server = made('anew', [{ type: 'file', name: 'lines', include: [lines] }]);
    const all = { rows: 500, records: 500 };
    const indexed = async () => {
      const { ledger, index, parts } = await server.status();
      return parts.every(({ state }) => state === 'running') && ledger.size > 500 && index.lag === 0;
    };
    await server.start();
    server.closeOutput(); // it goes on, and says so where it still can
    await until('all is indexed', indexed);
    expect(await counted(server)).toEqual(all);
    const second = spawn(process.execPath, command('serve', '--data', server.paths.data, '--config', server.config));
    let said = '';
    second.stderr.on('data', (piece: Buffer) => {
      said += piece.toString();
    });
    expect(await once(second, 'close')).toEqual([69, null]);
    expect(said).toMatch(
      / is a server that keeps the ledger .*spoor status --data .*a second server needs another --data/,
    );
    const troubles = async () => (await server.status()).troubles.map(({ what }) => what).join('\n');
    await until('the closed output is told', async () => /standard output cannot be written/.test(await troubles()));
    expect(await server.stop()).toBe(0);
    rmSync(server.paths.pipeline, { recursive: true });
    await server.start();
    await until('all is indexed again', indexed);
    expect(await counted(server)).toEqual(all);
    expect(server.said).toContain('it is made anew from the ledger');
    expect(await server.stop()).toBe(0);
  });
});

test('a line that is too long for one record leaves out its file, not those after it', async () => {
  const evidence = join(folder, 'evidence');
  mkdirSync(evidence);
  writeFileSync(join(evidence, 'a.log'), Buffer.alloc(80 << 20, 'a '));
  writeFileSync(join(evidence, 'b.log'), 'Nov 22 06:00:00 web1 sshd[1]: hello\n');
  const server = made('import', []);
  await server.start();
  const child = spawn(process.execPath, command('import', '--data', server.paths.data, '--label', 'case', evidence));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => {
      said += piece.toString();
    });
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(said).toMatch(/not imported: \S+a\.log: the server says: a line of over 64 MiB/);
  expect(said).toMatch(/1 file, 1 record, durable; 1 file was left out/);
});

test.skipIf(!hasEngine)('an engine that stands still keeps no server that is told to stop', async () => {
  const lines = join(folder, 'before.log');
  writeFileSync(lines, Array.from({ length: 50 }, (_, i) => `Nov 22 06:00:00 web1 sshd[1]: line ${i}\n`).join(''));
  const server = made('still', [{ type: 'file', name: 'lines', include: [lines] }]);
  await server.start();
  await until('all lines', async () => (await counted(server)).rows === 50);
  const engine = server.processes().find(({ command: of }) => of.includes('/engine/main.'));
  process.kill(engine?.pid as number, 'SIGSTOP');
  const asked = askServer(server.paths, 'POST', '/api/v1/reindex').catch((error: unknown) => error);
  await pause(500);
  const patience = 150_000; // half of what a question may take
  expect(await Promise.race([server.stop(), pause(patience, 'it goes on', { ref: false })]), server.said).toBe(0);
  await asked;
  expect(await server.left()).toEqual([]);
});
