import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { MARK } from '../report/abuse/readme.ts';
import { checkDraftFolder, writeDrafts } from './draft-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'spoor-drafts-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const at = (...names: string[]): string => join(root, ...names);
const files = (...names: string[]) =>
  new Map([...names.map((name) => [name, `text of ${name}`] as const), ['README.txt', `${MARK}\n`]]);

describe('a folder of drafts', () => {
  test('is made, and made anew', async () => {
    await writeDrafts(at('a/b'), files('AS1.txt', 'net-203.0.113.0-24.csv'));
    expect(readdirSync(at('a/b')).sort()).toEqual(['AS1.txt', 'README.txt', 'net-203.0.113.0-24.csv']);
    writeFileSync(at('a/b/own.txt'), 'mine');
    await writeDrafts(at('a/b'), files('AS2.txt'));
    expect(readdirSync(at('a/b')).sort()).toEqual(['AS2.txt', 'README.txt', 'own.txt']);
  });

  test('an empty one is taken, one of somebody else is not touched', async () => {
    mkdirSync(at('empty'));
    await expect(checkDraftFolder(at('empty'))).resolves.toBeUndefined();
    mkdirSync(at('theirs'));
    writeFileSync(at('theirs/AS1.txt'), 'theirs');
    await expect(writeDrafts(at('theirs'), files('AS1.txt'))).rejects.toMatchObject({ code: 'E_USAGE' });
    expect(readFileSync(at('theirs/AS1.txt'), 'utf8')).toBe('theirs');
  });

  test('a file in its place', async () => {
    writeFileSync(at('file'), '');
    await expect(checkDraftFolder(at('file'))).rejects.toMatchObject({ code: 'E_USAGE' });
  });

  test('a link in the place of a draft is replaced, not followed', async () => {
    await writeDrafts(at('linked'), files());
    writeFileSync(at('outside'), 'safe');
    symlinkSync(at('outside'), at('linked/AS1.txt'));
    await writeDrafts(at('linked'), files('AS1.txt'));
    expect(readFileSync(at('outside'), 'utf8')).toBe('safe');
    expect(readFileSync(at('linked/AS1.txt'), 'utf8')).toBe('text of AS1.txt');
  });

  test('a draft that cannot be written is an error, and leaves no half of it', async () => {
    await writeDrafts(at('taken'), files());
    mkdirSync(at('taken/AS1.txt/below'), { recursive: true });
    await expect(writeDrafts(at('taken'), files('AS1.txt'))).rejects.toMatchObject({ code: 'E_OUTPUT' });
    expect(readdirSync(at('taken')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(existsSync(at('taken/README.txt'))).toBe(true);
  });
});
