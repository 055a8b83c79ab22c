import {
  lstatSync,
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
import { stories } from '../report/fixtures/index.ts';
import type { Story } from '../trace/story.ts';
import { makeFolder } from './make-folder.ts';
import { writePage } from './page.ts';

const root = mkdtempSync(join(tmpdir(), 'spoor-page-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const at = (name: string) => join(root, name);
const quiet = stories['quiet'] as Story;

describe('a page', () => {
  test('is written whole, and nothing is left beside it', async () => {
    await writePage(at('a.html'), quiet, 'en');
    expect(readFileSync(at('a.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/i);
    expect(readdirSync(root)).toEqual(['a.html']);
  });

  test('a link in its place is replaced, not followed', async () => {
    writeFileSync(at('other'), 'safe');
    symlinkSync(at('other'), at('b.html'));
    await writePage(at('b.html'), quiet, 'en');
    expect(readFileSync(at('other'), 'utf8')).toBe('safe');
    expect(lstatSync(at('b.html')).isFile()).toBe(true);
  });

  // "--html /dev/stdout > x.html": a plain file behind a link in /dev
  test('what leads into /dev or /proc is written to, and stays', async () => {
    writeFileSync(at('out'), '');
    const { open } = await import('node:fs/promises');
    const handle = await open(at('out'), 'w');
    try {
      symlinkSync(`/proc/self/fd/${handle.fd}`, at('stdout'));
      await writePage(at('stdout'), quiet, 'en');
    } finally {
      await handle.close();
    }
    expect(lstatSync(at('stdout')).isSymbolicLink()).toBe(true);
    expect(readFileSync(at('out'), 'utf8')).toMatch(/<\/html>/);
  });

  test('a folder in its place is an error', async () => {
    mkdirSync(at('c.html'));
    await expect(writePage(at('c.html'), quiet, 'en')).rejects.toMatchObject({ code: 'E_OUTPUT' });
  });
});

describe('a folder', () => {
  test('is made with those above it, and only the last is closed to others', async () => {
    await makeFolder(at('x/y/z'), 0o700);
    await makeFolder(at('x/y/z'), 0o700);
    expect(lstatSync(at('x/y/z')).mode & 0o777).toBe(0o700);
    expect(lstatSync(at('x')).mode & 0o700).toBe(0o700);
  });

  test('a file in the way says so', async () => {
    writeFileSync(at('file'), '');
    await expect(makeFolder(at('file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(makeFolder(at('file'))).rejects.toMatchObject({ code: 'EEXIST' });
  });
});
