import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BACKUP_FORMAT, type BackupManifest, MANIFEST } from './backup-manifest.ts';
import { mustBeWhole, restoreInto } from './restore.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-restore-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const manifest: BackupManifest = {
  format: BACKUP_FORMAT,
  version: '1.0.0',
  made: '2026-01-02T03:04:05.000Z',
  origin: 'ledger.example',
  records: 0,
  checkpoint: null,
  act: null,
  isEncryptedAtRest: false,
  hasConfig: false,
  state: { migrations: [], tables: [] },
};

interface Entry {
  readonly name: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'fifo';
  readonly linkname?: string;
  readonly text?: string;
}

/** A tar with a right manifest, and what else is named. */
function tarOf(...entries: readonly Entry[]) {
  const tar = pack();
  tar.entry({ name: MANIFEST }, JSON.stringify(manifest));
  for (const { text = 'x', ...header } of entries)
    if (header.type === undefined || header.type === 'file') tar.entry(header, text);
    else tar.entry(header);
  tar.finalize();
  return tar as unknown as AsyncIterable<Uint8Array>;
}

describe('a restore', () => {
  test.each<Entry>([
    { name: '../outside' },
    { name: '/etc/outside' },
    { name: 'ledger/../../outside' },
    { name: 'ledger/./x' },
    { name: 'ledger//x' },
    { name: 'ledger/.hidden' },
    { name: 'tls/a\\..\\b' },
    { name: 'run/api.sock' },
    { name: 'ledger', type: 'directory' },
    { name: 'ledger/x', type: 'symlink', linkname: '/etc/passwd' },
    { name: 'ledger/x', type: 'link', linkname: 'spoor.yml' },
    { name: 'ledger/x', type: 'fifo' },
    { name: `ledger/${'a/'.repeat(9)}x` },
  ])('puts nothing of %j anywhere', async (entry) => {
    const data = join(folder, 'evil');
    await expect(restoreInto(data, tarOf(entry), undefined)).rejects.toMatchObject({ code: 'E_MALFORMED' });
    expect(existsSync(data)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('of a backup that has a file twice, or that is cut, leaves a folder that was there, empty', async () => {
    const data = join(folder, 'there');
    mkdirSync(data);
    await expect(restoreInto(data, tarOf({ name: 'ledger/x' }, { name: 'ledger/x' }), undefined)).rejects.toThrow();
    expect(readdirSync(data)).toEqual([]);
    const whole: Uint8Array[] = [];
    for await (const block of tarOf({ name: 'ledger/x', text: 'y'.repeat(9000) })) whole.push(block);
    const cut = async function* () {
      yield Buffer.concat(whole).subarray(0, 3000);
    };
    await expect(restoreInto(data, cut(), undefined)).rejects.toThrow();
    expect(readdirSync(data)).toEqual([]);
    rmSync(data, { recursive: true });
  });

  test('that did not end is known, and no server starts on it', async () => {
    const data = join(folder, 'killed');
    let killed: (error: Error) => void = () => {};
    let isFed: () => void = () => {};
    const fed = new Promise<void>((done) => {
      isFed = done;
    });
    const stalled = async function* () {
      for await (const block of tarOf({ name: 'ledger/x' })) yield block;
      isFed();
      await new Promise((_, failed) => {
        killed = failed;
      });
    };
    const restore = restoreInto(data, stalled(), undefined);
    await fed;
    expect(() => mustBeWhole(data)).toThrow('did not end');
    await expect(restoreInto(data, tarOf(), undefined)).rejects.toThrow('did not end');
    killed(new Error('the end'));
    await expect(restore).rejects.toThrow();
    expect(existsSync(data)).toBe(false);
    mustBeWhole(data);
  });
});
