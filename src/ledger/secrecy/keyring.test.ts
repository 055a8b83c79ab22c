import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { addKey, formatKeyFile, type Keyring, makeKeyFile, parseKeyFile, readKeyFile, restKey } from './keyring.ts';

const base = mkdtempSync(join(tmpdir(), 'spoor-keyring-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const ring = (...seeds: number[]): Keyring =>
  parseKeyFile(formatKeyFile(seeds.map((seed) => restKey(Buffer.alloc(32, seed)))));
const KEYS = ring(1);

describe('the key file', () => {
  const folder = join(base, 'ledger');
  mkdirSync(folder);

  test('is made for its owner only, outside of the folder, and takes new keys at its head', () => {
    const path = join(base, 'keys');
    makeKeyFile(path, folder, restKey(Buffer.alloc(32, 1)));
    expect(statSync(path).mode & 0o777).toBe(0o400);
    expect(() => makeKeyFile(path, folder, restKey(Buffer.alloc(32, 2)))).toThrow(/a file is there already/);
    const keys = addKey(path, folder, restKey(Buffer.alloc(32, 2)));
    expect(keys.keys.map(({ id }) => id)).toEqual(ring(2, 1).keys.map(({ id }) => id));
    expect([statSync(path).mode & 0o777, readKeyFile(path, folder)]).toEqual([0o400, keys]);
    for (const inside of [join(folder, 'keys'), join(folder, 'deeper', 'keys')])
      expect(() => makeKeyFile(inside, folder, KEYS.newest)).toThrow(/lies in the ledger's folder/);
  });

  test('one that others may read, or that is damaged, is refused without a word of it', () => {
    const path = join(base, 'open');
    const text = formatKeyFile(ring(3).keys);
    writeFileSync(path, text, { mode: 0o640 });
    expect(() => readKeyFile(path, folder)).toThrow(/may be read by others than its owner \(mode 640\)/);
    chmodSync(path, 0o600);
    expect(readKeyFile(path, folder).newest.id).toBe(ring(3).newest.id);
    const secret = text.slice(17, -1);
    for (let at = 0; at < text.length - 1; at += 1) {
      const changed = `${text.slice(0, at)}${text[at] === 'a' ? 'b' : 'a'}${text.slice(at + 1)}`;
      writeFileSync(path, changed);
      let said = '';
      try {
        readKeyFile(path, folder);
      } catch (error) {
        said = (error as Error).message;
      }
      expect(said, `character ${at}`).toMatch(/line 1 of the key file is no key/);
      expect(said).not.toContain(secret.slice(0, 10));
    }
    writeFileSync(path, '\n');
    expect(() => readKeyFile(path, folder)).toThrow(/has no key/);
    writeFileSync(path, text + text);
    expect(() => readKeyFile(path, folder)).toThrow(/twice/);
    writeFileSync(path, 'x'.repeat(20_000));
    expect(() => readKeyFile(path, folder)).toThrow(/longer than a key file/);
    expect(() => readKeyFile(join(base, 'none'), folder)).toThrow(/cannot read the key file/);
    expect(() => readKeyFile(base, join(base, 'elsewhere'))).toThrow();
    expect(readFileSync(path, 'utf8')).toHaveLength(20_000);
  });
});
