import { describe, expect, test } from 'vitest';
import type { ReadInput } from './gather-events.ts';
import { historyUser, rootOf, settleHosts } from './hosts.ts';
import type { PieceReport } from './piece.ts';

describe('where a host’s file system begins', () => {
  test.each([
    ['web1/var/log/auth.log', 'web1'],
    ['/srv/evidence/web1/var/log/nginx/access.log', '/srv/evidence/web1'],
    ['web1/home/maria/.bash_history', 'web1'],
    ['web1/root/.bash_history', 'web1'],
    ['web1/var/lib/postgresql/.bash_history', 'web1'],
    ['/var/log/auth.log', ''],
    ['x.tar.gz!/web1/var/log/auth.log', 'x.tar.gz!/web1'],
    ['x.tar.gz!/var/log/wtmp', 'x.tar.gz'],
    ['logs/auth.log', 'logs'],
    ['auth.log', ''],
  ])('%s', (path, root) => {
    expect(rootOf(path).replace(/[!/]+$/, '')).toBe(root);
  });
});

/** Inputs, each with the hosts that its lines name and how often. */
function settle(given: Readonly<Record<string, Readonly<Record<string, number>>>>): string[] {
  const inputs = Object.keys(given).map((path, task) => ({ path, source: '', tasks: [task] }) as unknown as ReadInput);
  const reports = Object.values(given).map((hosts, task) => {
    const coverage = Object.entries(hosts).map(([host, events]) => ({ host, events }));
    return [task, { coverage } as unknown as PieceReport] as const;
  });
  return settleHosts(inputs, new Map(reports));
}

describe('the host of files whose lines name none', () => {
  test('is the one that the other logs of its file system speak of', () => {
    expect(
      settle({
        'a/var/log/auth.log': { web1: 90, '': 5 },
        'a/var/log/wtmp': { '': 3 },
        'b/var/log/auth.log': { db1: 9 },
        'b/var/log/wtmp': {},
      }),
    ).toEqual(['web1', 'web1', 'db1', 'db1']);
  });

  test('is the folder that the file system lies in, where no line tells', () => {
    expect(settle({ 'cases/web1/var/log/wtmp': {}, 'cases/db1/home/maria/.bash_history': {} })).toEqual([
      'web1',
      'db1',
    ]);
  });

  test('is unknown where the lines name many, or the folder no host', () => {
    expect(settle({ 'logs/relay.log': { web1: 10, web2: 10 }, 'logs/wtmp': {} })).toEqual(['', '']);
    expect(settle({ '/var/log/wtmp': {} })).toEqual(['']);
    expect(settle({ 'evidence.tar.gz!/var/log/wtmp': {} })).toEqual(['']);
  });

  test('is that of the folder above, for a program’s own folder in a copy of /var/log', () => {
    expect(settle({ 'copy/auth.log': { web1: 9 }, 'copy/nginx/access.log': {}, 'copy/audit/audit.log': {} })).toEqual([
      'web1',
      'web1',
      'web1',
    ]);
    expect(settle({ 'nginx/access.log': {}, 'mysql/error.log': {} })).toEqual(['nginx', 'mysql']); // nothing above tells
    expect(settle({ 'all/auth.log': { web1: 9 }, 'all/web2/access.log': {} })).toEqual(['web1', 'web2']);
    expect(settle({ 'all/auth.log': { web1: 9 }, 'all/nginx/auth.log': { edge: 9 } })).toEqual(['web1', 'edge']);
  });

  test('one stray line of another host changes nothing', () => {
    expect(settle({ 'a/var/log/auth.log': { web1: 99, evil: 1 }, 'a/var/log/wtmp': {} })).toEqual(['web1', 'web1']);
  });
});

describe('whose history', () => {
  test.each([
    ['web1/home/maria/.bash_history', 'maria'],
    ['/root/.bash_history', 'root'],
    ['x.tar!/home/a.b-c/.zsh_history', 'a.b-c'],
    ['home/maria/deep/.bash_history', ''],
    ['web1/var/log/auth.log', ''],
    ['web1/var/lib/postgresql/.bash_history', 'postgres'],
    ['web1/var/www/.bash_history', 'www-data'],
    ['web1/var/lib/other/.bash_history', ''],
    ['.bash_history', ''],
  ])('%s', (path, user) => {
    expect(historyUser(path)).toBe(user);
  });
});
