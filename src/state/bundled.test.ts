import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { passableFolder } from '../../test/state-folder.ts';
import type { AppError } from '../core/errors.ts';
import { openState, type State } from './open.ts';
import { servingProcesses } from './orphans.ts';

// Real servers, really killed. All that is waited for is waited for without a limit of its own: the test's is enough.

const ROOT = process.getuid?.() === 0;
const base = passableFolder();
const folder = join(base.path, 'state');
const data = join(folder, 'data');
let open: State[] = [];
let holders: ChildProcess[] = [];

async function opened(where = folder, options = {}): Promise<State> {
  const state = await openState({ folder: where, ...options });
  open.push(state);
  return state;
}

/** Another process that has the state open, with the server's process. */
async function holder(env: NodeJS.ProcessEnv = process.env): Promise<{ child: ChildProcess; pid: number }> {
  const script = new URL('../../test/state-holder.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  holders.push(child);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [line] = (await Promise.race([once(lines, 'line'), once(child, 'exit')])) as [unknown];
  if (typeof line !== 'string') throw new Error('the state did not open in another process');
  return { child, pid: Number(line) };
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const keepers = () =>
  readdirSync('/proc').filter((pid) => {
    return /^\d+$/.test(pid) && ofProcess(pid, 'cmdline').includes('spoor-state-keeper');
  });

afterEach(async () => {
  for (const child of holders) if (child.exitCode === null && child.signalCode === null) await killed(child);
  await Promise.all(open.map((state) => state.close()));
  open = [];
  holders = [];
});
afterAll(() => base.remove());

describe('the bundled server', () => {
  beforeAll(async () => {
    await (await opened()).close();
  });

  test('is small, has no TCP, keeps its promises to the disk, and lets nobody in but us', async () => {
    const { db, pid } = await opened();
    const settings = sql<{ name: string; setting: string }>`
      select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'listen_addresses',
        'server_encoding', 'lc_collate', 'data_checksums', 'shared_buffers')`;
    const said = Object.fromEntries((await settings.execute(db)).rows.map(({ name, setting }) => [name, setting]));
    expect(said).toMatchObject({
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      listen_addresses: '',
      server_encoding: 'UTF8',
      data_checksums: 'on',
    });
    const role = sql<{ super: boolean; others: number }>`
      select usesuper as super, (select count(*)::int from pg_roles where rolcanlogin and rolname <> current_user and rolpassword is null) as others
      from pg_user where usename = current_user`;
    expect((await role.execute(db)).rows).toMatchObject([{ super: false }]);
    await expect(sql`copy (select 1) to program 'true'`.execute(db)).rejects.toThrow(
      /permission denied|must be superuser/,
    );
    expect(readFileSync(join(data, 'pg_hba.conf'), 'utf8')).toBe('local spoor spoor scram-sha-256\n');
    expect(statSync(join(folder, 'password')).mode & 0o777).toBe(0o600);
    expect(statSync(data).mode & 0o777).toBe(0o700);
    const password = readFileSync(join(folder, 'password'), 'utf8').trim();
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(password);
    const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    expect(uid === '0').toBe(false);
    const pss = servingProcesses(data).map((process) => /^Pss:\s+(\d+)/m.exec(ofProcess(process, 'smaps_rollup'))?.[1]);
    expect(pss.reduce((sum, kb) => sum + Number(kb ?? 0), 0)).toBeLessThan(60_000);
  });

  test('a second opener is told, in this process and in another, and the first works on', async () => {
    const { child } = await holder();
    const told = { code: 'E_UNAVAILABLE', message: expect.stringMatching(/another Spoor is running on it/) };
    await expect(opened()).rejects.toMatchObject(told);
    await killed(child);
    const state = await opened(); // whatever was left over is ended first
    await expect(opened()).rejects.toMatchObject(told);
    expect(await state.settings.get('durable')).toEqual(expect.any(Number));
    await state.ping();
  });

  test('it ends when Spoor is killed', async () => {
    const { child, pid } = await holder();
    expect(servingProcesses(data)).toContain(pid);
    await killed(child);
    await until(() => servingProcesses(data).length === 0);
    expect(existsSync(join(data, 'postmaster.pid'))).toBe(false); // it ended in order
  });

  test('it ends when Spoor and the keeper are killed together', async () => {
    const { child } = await holder();
    for (const pid of keepers()) if (isChildOf(pid, child.pid)) end(Number(pid));
    await killed(child);
    await until(() => servingProcesses(data).length === 0);
  });

  test('it ends when Spoor is killed also where the kernel does not tell', async () => {
    const programs = join(base.path, 'programs');
    mkdirSync(programs);
    for (const name of ['sleep', 'id'])
      symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(programs, name));
    const { child } = await holder({ PATH: programs }); // there is no setpriv in it
    await killed(child);
    await until(() => servingProcesses(data).length === 0);
    expect(existsSync(join(data, 'postmaster.pid'))).toBe(false);
  });

  test('when all are killed together, the next start is an ordinary one', async () => {
    const { child } = await holder();
    for (const pid of servingProcesses(data)) end(pid);
    await killed(child);
    expect(existsSync(join(data, 'postmaster.pid'))).toBe(true);
    // The number in it is another's by now: ours, as luck in a container has it.
    const state = await opened();
    await state.ping();
  });

  test('a number in postmaster.pid that is another process by now stops nothing', async () => {
    const { child } = await holder();
    const other = spawn('sleep', ['1000'], ROOT ? { uid: statSync(data).uid } : {});
    holders.push(other);
    for (const pid of servingProcesses(data)) end(pid);
    await killed(child);
    const path = join(data, 'postmaster.pid');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^\d+/, String(other.pid)));
    await (await opened()).ping();
    expect(other.exitCode).toBeNull();
    await killed(other);
  });

  test('an orphan that runs on is ended before the next start', async () => {
    const { child, pid } = await holder();
    process.kill(pid, 'SIGSTOP'); // it does not hear that its parent died
    await killed(child);
    expect(servingProcesses(data)).toContain(pid);
    setTimeout(() => process.kill(pid, 'SIGCONT'), 300);
    const state = await opened();
    expect(state.pid).not.toBe(pid);
    await state.ping();
  });

  test('a server that was killed is told, and starts again in place with what was committed', async () => {
    const ends: AppError[] = [];
    let tell = () => {};
    const ended = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const onEnd = (error: AppError) => {
      ends.push(error);
      tell();
    };
    const state = await opened(folder, { onEnd });
    await state.settings.set('before', 1, 1);
    process.kill(state.pid ?? 0, 'SIGKILL');
    await ended;
    expect(ends).toMatchObject([{ code: 'E_UNAVAILABLE', message: expect.stringMatching(/ended \(SIGKILL\)/) }]);
    expect(state.pid).toBeNull();
    await expect(state.settings.get('before')).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
    await Promise.all([state.restart(), state.restart()]);
    expect(await state.settings.get('before')).toBe(1);
    await state.close();
    expect(ends).toHaveLength(1);
    await expect(state.restart()).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  });

  test('a backend that was killed costs a query, not the server', async () => {
    const state = await opened();
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(state.db);
    process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
    for (let answered = false; !answered; )
      answered = await state.ping().then(
        () => true,
        (error: AppError) => {
          expect(error.code).toBe('E_UNAVAILABLE');
          return false;
        },
      );
    expect(state.pid).not.toBeNull();
  });
});

function isChildOf(pid: string, parent: number | undefined): boolean {
  return new RegExp(`^PPid:\\s+${parent}$`, 'm').test(ofProcess(pid, 'status'));
}

/** What the system says of a process; empty for one that has ended. */
function ofProcess(pid: number | string, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8');
  } catch {
    return '';
  }
}

/** A server's processes end with the first of them, maybe before their turn. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {} // gone already
}
