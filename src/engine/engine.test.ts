import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { engineFrom } from './chdb.ts';
import { engineClient } from './client.ts';
import { startEngine } from './engine.ts';
import { eventually, rowsOf, startTestEngine, tableIn, withoutEngine, withTable } from './fixtures/engine-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'spoor-e-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const quiet = () => {};
const place = (name: string) => ({
  dataFolder: join(folder, name, 'index'),
  socketPath: join(folder, name, 'run/e.sock'),
  log: quiet,
});
/** A process without a parent may stay in the list, dead, where nothing collects such. */
const alive = (pid: number) =>
  existsSync(`/proc/${pid}`) && !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

/** Starts an engine below that folder, and says its process id; to be killed. */
const parentOf = (name: string) =>
  spawn(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      fileURLToPath(new URL('./fixtures/parent.ts', import.meta.url)),
      join(folder, name),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );

/** The processes of engines that were told to open this index. */
const openedBy = (name: string) =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(
          `{"folder":${JSON.stringify(join(folder, name, 'index'))}`,
        );
      } catch {
        return false; // it has ended
      }
    });

describe.skipIf(withoutEngine())('the engine', () => {
  test('what was inserted is there after stop and after SIGKILL, and the end is told', async () => {
    await withTable(place('kept'));
    const engine = await startEngine(place('kept'));
    expect([await tableIn(engine), engine.rebuilt]).toEqual([[{ n: 7 }], false]);
    process.kill(engine.pid, 'SIGKILL');
    expect(await engine.exited).toEqual({ code: null, signal: 'SIGKILL', expected: false });
    await engine.stop(); // does nothing more
    const again = await startEngine(place('kept'));
    expect(await tableIn(again)).toEqual([{ n: 7 }]);
    await again.stop();
    await again.stop();
    expect(await again.exited).toEqual({ code: 0, signal: null, expected: true });
    expect(readdirSync(join(folder, 'kept/run'))).toEqual([]);
    expect(statSync(join(folder, 'kept/index')).mode & 0o777).toBe(0o700);
  });

  test('a running query does not keep it from ending', async () => {
    const started = await startTestEngine({ drainMs: 100 });
    const waiting = rowsOf(started, 'SELECT sum(cityHash64(number)) FROM numbers(1000000000000)').catch(
      (error: Error) => error,
    );
    await eventually(async () => (await rowsOf(started, 'SELECT 1 FROM system.processes')).length > 1);
    process.kill(started.engine.pid, 'SIGTERM');
    expect(await started.engine.exited).toMatchObject({ code: 0 });
    expect(await waiting).toBeInstanceOf(Error);
    await started.stop();
  });

  test('it ends when its parent is killed', async () => {
    const parent = parentOf('orphan');
    const [pid] = await new Promise<number[]>((resolve) => {
      createInterface({ input: parent.stdout }).once('line', (line) => resolve([Number(line)]));
    });
    expect(alive(pid ?? 0)).toBe(true);
    parent.kill('SIGKILL');
    // Another may start at once: it waits for the lock.
    const next = await startEngine(place('orphan'));
    expect(next.rebuilt).toBe(false);
    await eventually(() => !alive(pid ?? 0));
    await next.stop();
  });

  test('it ends after its parent though chDB does not come back', async () => {
    mkdirSync(join(folder, 'hung/index'), { recursive: true });
    // chDB reads this file when it opens a folder, and waits for whoever is to write into it.
    execFileSync('mkfifo', ['-m', '666', join(folder, 'hung/index/status')]);
    const parent = parentOf('hung');
    await eventually(() => openedBy('hung').length > 0);
    const [pid = 0] = openedBy('hung');
    parent.kill('SIGKILL');
    await eventually(() => !alive(pid));
  });

  test('a path too long for a socket gets a short one', async () => {
    const long = join(folder, 'l'.repeat(120), 'e.sock');
    const engine = await startEngine({ ...place('long'), socketPath: long });
    expect(Buffer.byteLength(engine.socketPath)).toBeLessThan(104);
    await engine.stop();
    await eventually(() => !existsSync(dirname(engine.socketPath)));
  });

  test.skipIf(process.getuid?.() !== 0)('as another user', async () => {
    const base = mkdtempSync(join(tmpdir(), 'spoor-e-'));
    const nobody = { uid: 65534, gid: 65534 };
    const inOpen = { dataFolder: join(base, 'index'), socketPath: join(base, 'run/e.sock'), log: quiet, ...nobody };
    chmodSync(base, 0o755);
    const engine = await startEngine(inOpen);
    expect(statSync(`/proc/${engine.pid}`).uid).toBe(65534);
    expect(await (await engineClient(engine).query({ query: 'SELECT 1', format: 'TabSeparated' })).text()).toBe('1\n');
    await engine.stop();
    rmSync(base, { recursive: true });
  });

  test('it has nothing of our environment', async () => {
    process.env['SPOOR_TEST_SECRET'] = 'x';
    const started = await startTestEngine();
    delete process.env['SPOOR_TEST_SECRET'];
    expect(readFileSync(`/proc/${started.engine.pid}/environ`, 'latin1').split('\0').filter(Boolean).sort()).toEqual([
      'LANG=C.UTF-8',
      'MALLOC_ARENA_MAX=2',
      'TZ=UTC',
      'UV_THREADPOOL_SIZE=64',
    ]);
    expect(await rowsOf(started, "SELECT timezone() AS z, getSetting('implicit_select') AS i")).toEqual([
      { z: 'UTC', i: false },
    ]);
    await started.stop();
  });

  test('a cluster of one shard, for what is written for many', async () => {
    const host = '<host>127.0.0.1</host><port>19000</port>';
    const configuration = `<tcp_port>19000</tcp_port><remote_servers><c1><shard><replica>${host}</replica></shard></c1></remote_servers>`;
    const started = await startTestEngine({ configuration });
    expect(await rowsOf(started, "SELECT * FROM clusterAllReplicas('c1', system.one)")).toEqual([{ dummy: 0 }]);
    await started.stop();
  });

  test('a start that is called off leaves nothing', async () => {
    const abort = new AbortController();
    const starting = startEngine({ ...place('off'), signal: abort.signal });
    abort.abort();
    await expect(starting).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  });
});

test('without chDB it says what to install', async () => {
  mkdirSync(join(folder, 'none'), { recursive: true });
  const start = startEngine({ ...place('none'), packageFolder: join(folder, 'none') });
  const message = expect.stringMatching(/npm install.*index\.clickhouse\.url/);
  await expect(start).rejects.toMatchObject({ code: 'E_UNAVAILABLE', message });
});

test('what to do for chDB is said as Spoor was installed', () => {
  const root = join(folder, 'installed');
  const list = join(folder, 'spoor.list');
  mkdirSync(join(root, 'scripts'), { recursive: true });
  writeFileSync(list, `/.\n${join(root, 'other')}\n`);
  expect(engineFrom(join(root, 'engine'), list)).toBe(`run \`npm install\` in ${join(root, 'engine')}`);
  writeFileSync(join(root, 'scripts/setup.mjs'), '');
  expect(engineFrom(join(root, 'engine'), list)).toBe(`run \`npm run setup\` in ${root}`);
  writeFileSync(list, `/.\n${join(root, 'package.json')}\n`);
  expect(engineFrom(`${root}/engine/`, list)).toBe('install the package spoor-engine, of the same version');
});
