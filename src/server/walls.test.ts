import { spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { layout } from './paths.ts';
import { type Wall, wallFor, wallSigner } from './walls.ts';

const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write('walls: SKIPPED in part, they need root\n');

let folder = '';
const mask = process.umask();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-walls-'));
  chmodSync(folder, 0o755);
});

afterEach(() => {
  process.umask(mask);
  rmSync(folder, { recursive: true });
});

test.skipIf(isRoot)('an ordinary user has none, and is told what is missing', async () => {
  const wall = await wallFor('engine', layout(folder));
  expect(wall).toMatchObject({ ids: {}, account: null, missing: expect.stringContaining('the same user as Spoor') });
});

describe.runIf(isRoot)('under root', () => {
  test('engine and signer have accounts of their own, which are neither root nor the same', async () => {
    const [engine, signer] = [await wallFor('engine', layout(folder)), await wallFor('signer', layout(folder))];
    expect([engine.missing, signer.missing]).toEqual([null, null]);
    expect(new Set([0, engine.ids.uid, signer.ids.uid]).size).toBe(3);
    expect(spawnSync('id', ['-u'], { ...engine.ids, encoding: 'utf8' }).stdout).toBe(`${engine.ids.uid}\n`);
  });

  test.each([
    ['a data folder that is closed', () => chmodSync(folder, 0o700), []],
    ['a file that it needs and may not read', () => {}, ['/etc/shadow']],
  ])('%s: no wall, and why', async (_name, close, more) => {
    close();
    const wall = await wallFor('signer', layout(join(folder, '.')), more);
    expect(wall).toMatchObject({ ids: {}, account: null });
    expect(wall.missing).toContain(`may not read ${more[0] ?? folder}`);
  });

  const signer = {
    part: 'signer',
    ids: { uid: 61_002, gid: 61_002 },
    account: 'uid 61002',
    missing: null,
  } satisfies Wall;
  const owned = (path: string) => {
    const { uid, gid, mode } = lstatSync(path);
    return [uid, gid, (mode & 0o7777).toString(8)];
  };

  test('the signer alone has the key, and reads the ledger; what is written later, too', () => {
    const ledger = join(folder, 'ledger');
    mkdirSync(join(ledger, 'wal'), { recursive: true, mode: 0o750 });
    mkdirSync(join(ledger, 'signer'), { mode: 0o700 });
    writeFileSync(join(ledger, 'wal/a'), 'a', { mode: 0o600 });
    writeFileSync(join(ledger, 'signer/key'), 'key', { mode: 0o400 });
    writeFileSync(join(folder, 'ours'), 'ours');
    symlinkSync(join(folder, 'ours'), join(ledger, 'signer/planted'));
    wallSigner(ledger, signer);
    wallSigner(ledger, signer);
    expect(owned(join(ledger, 'signer'))).toEqual([61_002, 61_002, '700']);
    expect(owned(join(ledger, 'signer/key'))).toEqual([61_002, 61_002, '400']);
    expect(owned(join(ledger, 'wal'))).toEqual([0, 61_002, '2750']);
    expect(statSync(join(folder, 'ours')).uid).toBe(0); // links are not followed
    mkdirSync(join(ledger, 'pack'), { mode: 0o750 });
    writeFileSync(join(ledger, 'pack/0'), 'b', { mode: 0o640 });
    const cat = (path: string, ids: Wall['ids']) =>
      spawnSync('cat', [join(ledger, path)], { ...ids, stdio: 'ignore' }).status;
    expect(['wal/a', 'pack/0', 'signer/key'].map((path) => cat(path, signer.ids))).toEqual([0, 0, 0]);
    const other = { uid: 61_001, gid: 61_001 };
    expect(['wal/a', 'pack/0', 'signer/key'].map((path) => cat(path, other))).toEqual([1, 1, 1]);
    expect(spawnSync('touch', [join(ledger, 'wal/a')], { ...signer.ids, stdio: 'ignore' }).status).toBe(1);
    wallSigner(ledger, { ...signer, ids: {}, account: null, missing: 'moved' });
    expect(owned(join(ledger, 'signer/key'))).toEqual([0, 0, '400']);
  });
});
