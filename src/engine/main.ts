import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { dirname, join } from 'node:path';
import { startThread } from '../core/thread.ts';
import { type Chdb, type Connection, loadChdb } from './chdb.ts';
import { serverConfiguration, usersConfiguration } from './configuration.ts';
import { createFront } from './front.ts';
import type { ParentWatch } from './parent-watch.ts';
import { type EngineOrder, type EngineWord, WORDS_FD } from './protocol.ts';
import { Queries } from './queries.ts';
import { Receiver } from './receive.ts';
import { Scratch } from './scratch.ts';

// The engine's process. It loads chDB and nothing else of Spoor. Its one argument is an EngineOrder; what it has to say goes to file
// descriptor 3, a line of JSON each. It ends when its standard input does, so it does not outlive its parent (`parent-watch.ts`).

const MIB = 1_048_576;
const RUNNING = 40; // of 64 threads; the rest is for KILL and files
const LIMITS = { statement: 16 * MIB, body: 256 * MIB, bodies: 1024 * MIB };

function say(word: EngineWord): void {
  try {
    writeSync(WORDS_FD, `${JSON.stringify(word)}\n`);
  } catch {
    // The parent is gone, which standard input says too.
  }
}

function watchParent({ parent, endMs }: EngineOrder): void {
  const own = import.meta.url.endsWith('.ts') ? './parent-watch.ts' : './parent-watch.js';
  const watch: ParentWatch = { parent, endMs };
  const thread = startThread(new URL(own, import.meta.url), watch);
  thread.on('error', () => {}); // better an engine that nobody watches than none
  thread.unref();
}

const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

interface Opened {
  readonly chdb: Chdb;
  readonly first: Connection;
  readonly version: string;
}

async function open(order: EngineOrder): Promise<Opened> {
  const folder = await mkdtemp(join(dirname(order.socketPath), 'start-'));
  try {
    const [users, server] = [join(folder, 'users.xml'), join(folder, 'engine.xml')];
    await writeFile(users, usersConfiguration(order), { mode: 0o600 });
    await writeFile(server, serverConfiguration(order, users), { mode: 0o600 });
    const chdb = loadChdb();
    const first = chdb.CreateConnection(order.folder, [`--config-file=${server}`]);
    if (first === null) throw new Error('chDB gave no connection');
    const { bytes } = await chdb.QueryAsyncConnection(first, 'SELECT version()', 'TabSeparated');
    return { chdb, first, version: Buffer.from(bytes).toString().trim() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function listen(server: Server, path: string): Promise<void> {
  await rm(path, { force: true }); // whoever had it is gone: the folder is locked by us
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
}

async function serve(order: EngineOrder): Promise<void> {
  const name = `spoor-engine-${createHash('sha256').update(order.folder).digest('hex').slice(0, 16)}`;
  const opened = await openAlone(order, name);
  if (opened === null) return;
  const { chdb, first, version, scratch } = opened;
  const queries = new Queries(chdb, order.folder, scratch, { running: RUNNING, waiting: 1024 });
  const server = createFront({
    queries,
    receiver: new Receiver(scratch, LIMITS),
    version,
    slowMs: order.slowMs,
    trouble: (text) => say({ trouble: text }),
  });
  await listen(server, order.socketPath);
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    server.close();
    server.closeIdleConnections();
    const clean = await queries.close(order.drainMs);
    server.closeAllConnections();
    await rm(order.socketPath, { force: true });
    await scratch.remove();
    if (!clean) process.kill(process.pid, 'SIGKILL'); // chDB cannot be closed under a running query; its folder stands a kill
    chdb.CloseConnection(first);
    process.exit(0);
  };
  process.on('SIGTERM', () => void end());
  process.stdin.on('end', () => void end());
  process.stdin.on('error', () => void end());
  process.stdin.resume();
  say({ ready: version });
}

async function openAlone(order: EngineOrder, name: string): Promise<(Opened & { scratch: Scratch }) | null> {
  try {
    const opened = await open(order);
    // Only now: before the folder is ours, the scratch folder may be that of another process.
    const scratch = await Scratch.open(dirname(order.socketPath), name, RUNNING);
    return { ...opened, scratch };
  } catch (error) {
    say({ failed: message(error) });
    process.exitCode = 1;
    return null;
  }
}

// Ctrl-C reaches the whole group; the parent says when to end, by our standard input.
process.on('SIGINT', () => {});
const order = JSON.parse(process.argv[2] ?? '{}') as EngineOrder;
watchParent(order);
serve(order).catch((error: unknown) => {
  say({ failed: message(error) });
  process.exit(70);
});
