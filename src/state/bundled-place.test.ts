import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { passableFolder } from '../../test/state-folder.ts';
import { type Account, accountFor, barrier } from './account.ts';
import { binariesAt, bundledBinaries, reachableBinaries } from './binaries.ts';
import { openState, type State } from './open.ts';

const ROOT = process.getuid?.() === 0;
const NOBODY: Account = { name: 'nobody', uid: 65534, gid: 65534 };
const base = passableFolder();
let open: State[] = [];

async function opened(where: string, options = {}): Promise<State> {
  const state = await openState({ folder: where, ...options });
  open.push(state);
  return state;
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
}

afterEach(async () => {
  await Promise.all(open.map((state) => state.close()));
  open = [];
});
afterAll(() => base.remove());

describe('where the bundled server is', () => {
  test('a path too long for a socket gets a short one beside it, which goes again', async () => {
    const short = passableFolder('s-');
    const deep = join(base.path, 'd'.repeat(60), 'e, "f"'.repeat(8));
    mkdirSync(deep, { recursive: true });
    const first = await opened(deep, { shortFolder: short.path });
    await first.ping();
    expect(readdirSync(short.path)).toHaveLength(1);
    process.kill(first.pid ?? 0, 'SIGKILL'); // as after a crash: its socket stays
    await until(() => first.pid === null);
    await first.restart();
    await first.ping();
    await first.close();
    expect(readdirSync(short.path)).toEqual([]);
    short.remove();
  });

  test('a database of another version is not touched', async () => {
    const old = join(base.path, 'old');
    mkdirSync(join(old, 'data'), { recursive: true });
    writeFileSync(join(old, 'data', 'PG_VERSION'), '9\n');
    const error = {
      code: 'E_CONFIG',
      message: expect.stringMatching(/was made by PostgreSQL 9, and the bundled one is \d+/),
    };
    if (ROOT) execFileSync('chown', ['-R', 'nobody', join(old, 'data')]);
    await expect(opened(old)).rejects.toMatchObject(error);
    await expect(opened(old)).rejects.toMatchObject(error); // and the folder is free again
  });

  test('a first start that was cut off begins anew', async () => {
    const half = join(base.path, 'half');
    mkdirSync(join(half, 'data.new', 'base'), { recursive: true });
    writeFileSync(join(half, 'password'), 'of before\n');
    await (await opened(half)).ping();
    expect(existsSync(join(half, 'data.new'))).toBe(false);
  });

  test.runIf(ROOT)('under root, a folder that is closed to its account is named, with what to do', async () => {
    const closed = join(base.path, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o700);
    await expect(opened(join(closed, 'state'))).rejects.toMatchObject({
      code: 'E_UNREADABLE',
      message: expect.stringMatching(/closed" is closed to it: .*chmod o\+x/),
    });
  });

  test('who it runs as: an account that is there, the owner of what is there, never root', async () => {
    const data = join(base.path, 'none');
    expect(await accountFor(data, { uid: 1000 })).toBeNull();
    expect(await accountFor(data, { uid: 0, names: ['no-such-account', 'root', 'nobody'] })).toMatchObject({
      name: 'nobody',
      uid: NOBODY.uid,
    });
    await expect(accountFor(data, { uid: 0, names: ['no-such-account', 'root'] })).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringMatching(/^PostgreSQL does not run as root.*useradd --system no-such-account/),
    });
  });

  test.runIf(ROOT)('programs in a closed folder are copied to where the account can reach them', async () => {
    const bundled = await bundledBinaries();
    const closed = join(base.path, 'root-home');
    const linked = join(base.path, 'linked');
    cpSync(dirname(dirname(bundled.postgres)), join(closed, 'native'), { recursive: true, verbatimSymlinks: true });
    chmodSync(closed, 0o700);
    symlinkSync(join(closed, 'native'), linked);
    expect(barrier(join(linked, 'bin', 'nothing'), NOBODY)).toBe(closed);
    const there = await binariesAt(join(linked, 'bin'));
    expect(await reachableBinaries(there, null, base.path)).toBe(there);
    const copy = await reachableBinaries(there, NOBODY, base.path);
    expect(copy).toMatchObject({ major: bundled.major, version: bundled.version });
    expect(barrier(copy.postgres, NOBODY)).toBeNull();
    expect(
      execFileSync(copy.postgres, ['--version'], { uid: NOBODY.uid, gid: NOBODY.gid, cwd: '/', encoding: 'utf8' }),
    ).toContain(bundled.version);
    expect(await reachableBinaries(there, NOBODY, base.path)).toEqual(copy);
  });

  test('a platform without programs, and programs that are none, are said', async () => {
    const advice = /set DATABASE_URL to a PostgreSQL of your own/;
    await expect(bundledBinaries('plan9', 'x64')).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringMatching(advice),
    });
    await expect(bundledBinaries('linux', 'ppc64')).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringMatching(/is not installed.*DATABASE_URL/),
    });
    await expect(binariesAt('/nowhere')).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringMatching(/does not run/),
    });
  });
});
