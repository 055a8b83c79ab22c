import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Citation, Story } from '../../src/trace/story.ts';
import { makeTar } from '../archives.ts';
import { BREACH, OWN_TIME, put } from './own-logs.ts';
import { ROOT, SAMPLE_TIME, scratch, storyOf } from './program.ts';

const at = scratch();
const BINARY = /\/(?:wtmp|btmp|lastlog)$/;

/** Every citation anywhere in a story. */
function citations(value: unknown): Citation[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('raw' in value && 'file' in value) return [value as Citation];
  return Object.values(value).flatMap(citations);
}

/** Text lines, numbered from 1, of a file that is cited. */
const lineOf = (path: string, line: number) => readFileSync(path, 'utf8').split('\n')[line - 1];

function check(story: Story, least: number): void {
  const all = citations(story);
  expect(all.length).toBeGreaterThan(least);
  const text = all.filter(({ file }) => !BINARY.test(file));
  for (const { file, line, raw } of text)
    for (const [offset, joined] of raw.split('\n').entries())
      expect({ file, line: line + offset, raw: joined }).toEqual({
        file,
        line: line + offset,
        raw: lineOf(file, line + offset),
      });
}

test.each(['incident', 'no-breach'])('every line cited from %s stands in that file at that place', async (name) => {
  check(await storyOf([...SAMPLE_TIME, join(ROOT, 'sample', name)]), 50);
});

test('so it does in a long log that is read in pieces by threads', async () => {
  const early = Array.from({ length: 250_000 }, (_, index) => {
    const minute = String(Math.floor(index / 60) % 60).padStart(2, '0');
    const clock = `0${Math.floor(index / 3600) % 10}:${minute}:${String(index % 60).padStart(2, '0')}`;
    return `Mar  ${1 + Math.floor(index / 36_000)} ${clock} web1 CRON[${1000 + (index % 30_000)}]: (root) CMD (run-parts /etc/cron.hourly)\n`;
  }).join('');
  const path = put(at('long.log'), early + BREACH);
  const story = await storyOf([...OWN_TIME, path]);
  expect(story.totals).toMatchObject({ lines: 250_034, unparsed: 0, failures: 30 });
  expect(story.entries).toMatchObject([{ user: 'root', address: '203.0.113.9', failuresBefore: 30 }]);
  check(story, 5);
});

test('records of wtmp are cited by their number', async () => {
  const story = await storyOf([...SAMPLE_TIME, join(ROOT, 'sample/incident')]);
  for (const { file, line, raw } of citations(story).filter(({ file: path }) => BINARY.test(path))) {
    const record = readFileSync(file).subarray((line - 1) * 384, line * 384);
    const user = record.subarray(44, 76).toString('latin1').replace(/\0.*$/s, '');
    expect(raw).toContain(record.every((byte) => byte === 0) ? 'NULs' : `[${user}`);
  }
});

test('custody of each file: size, time and the hash that sha256sum gives', async () => {
  const { inputs } = await storyOf([...SAMPLE_TIME, join(ROOT, 'sample/incident')]);
  const sums = execFileSync(
    'sha256sum',
    inputs.map(({ path }) => path),
  )
    .toString()
    .trim()
    .split('\n');
  const expected = sums.map((line) => {
    const [sha256 = '', path = ''] = line.split('  ');
    const { size, mtime } = statSync(path);
    return { path, container: null, sha256, size, mtime: mtime.toISOString(), refused: null };
  });
  expect(
    inputs.map(({ path, container, sha256, size, mtime, refused }) => ({
      path,
      container,
      sha256,
      size,
      mtime: mtime && new Date(mtime).toISOString(),
      refused,
    })),
  ).toEqual(expected);
  expect(inputs.length).toBe(21);
});

test('custody of an archive is of the archive, its members say where they are', async () => {
  const path = at('web1.tar.gz');
  writeFileSync(path, gzipSync(makeTar([{ name: 'web1/var/log/auth.log', body: Buffer.from(BREACH) }])));
  const { inputs } = await storyOf([...OWN_TIME, path]);
  const [sum = ''] = execFileSync('sha256sum', [path]).toString().split(' ');
  expect(inputs).toMatchObject([
    { path: `${path}!/web1/var/log/auth.log`, container: path, sha256: sum, size: BREACH.length, lines: 34 },
  ]);
});

test('custody of standard input', async () => {
  const { inputs } = await storyOf([...OWN_TIME, '-'], { input: BREACH });
  const sum = execFileSync('sha256sum', { input: BREACH }).toString().split(' ')[0];
  expect(inputs).toMatchObject([
    { path: '-', sha256: sum, size: BREACH.length, mtime: null, lines: 34, refused: null },
  ]);
});
