import { describe, expect, test } from 'vitest';
import { parseGlob } from './glob.ts';
import { uncompressed, unrotated } from './rotated.ts';

describe('parseGlob', () => {
  test.each([
    [
      '/var/log/**/*.log',
      '/var/log',
      ['/var/log/a.log', '/var/log/x/y/a.log'],
      ['/var/log/.a.log', '/var/log/.x/a.log', '/var/log/a.log.1'],
    ],
    ['/var/log/syslog', '/var/log', ['/var/log/syslog'], ['/var/log/syslog1', '/var/log/x/syslog']],
    [
      '/srv/*/log/a?[bc]-[!0-9].txt',
      '/srv',
      ['/srv/w/log/axb-x.txt'],
      ['/srv/w/v/log/axb-x.txt', '/srv/w/log/axb-1.txt', '/srv/w/log/a/b-x.txt'],
    ],
    ['/a/**', '/a', ['/a/b', '/a/b/c'], ['/a/.b', '/b']],
    ['/a.b/c+(d)', '/a.b', ['/a.b/c+(d)'], ['/axb/c+(d)']],
  ])('%s', (pattern, base, matching, others) => {
    const glob = parseGlob(pattern);
    expect(glob.base).toBe(base);
    expect(matching.filter((path) => !glob.matches(path))).toEqual([]);
    expect(others.filter((path) => glob.matches(path))).toEqual([]);
  });

  test.each(['relative/*.log', '/var/log/', '', '/a/[z-a]'])('refuses %j', (pattern) => {
    expect(() => parseGlob(pattern)).toThrow(expect.objectContaining({ code: 'E_CONFIG' }));
  });
});

test('names of rotated and of compressed files', () => {
  const rotated = ['.1', '-20260131', '.20260131', '-2026013112', '-20260131-1769817600', '.old'];
  expect(rotated.map((suffix) => unrotated(`/var/log/a.log${suffix}`))).toEqual(rotated.map(() => '/var/log/a.log'));
  const others = ['/var/log/a.log', '/var/log/.1', '/var/log/node18', '/var/log/app.12345'];
  expect(others.map(unrotated)).toEqual(others);
  expect(['/a.log.2.gz', '/a.log'].map(uncompressed)).toEqual(['/a.log.2', null]);
});
