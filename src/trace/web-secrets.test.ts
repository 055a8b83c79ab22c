import { expect, test } from 'vitest';
import { investigateFiles } from '../../test/scenario.ts';

const LEAKED = 'Secrets handed out by the web server';

interface Given {
  readonly path: string;
  readonly bytes: number;
  readonly status?: number;
  readonly method?: string;
  readonly user?: string;
  readonly from?: string;
}

async function told(...all: readonly Given[]): Promise<string[]> {
  const lines = all.map(({ path, bytes, status = 200, method = 'GET', user = '-', from = '203.0.113.9' }, at) => {
    const clock = `05:${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
    return `${from} - ${user} [01/May/2026:${clock} +0000] "${method} ${path} HTTP/1.1" ${status} ${bytes} "-" "curl/8.5.0"\n`;
  });
  const story = await investigateFiles({ 'web1/var/log/nginx/access.log': lines.join('') });
  return [story.verdict, ...story.findings.map(({ title, detail }) => `${title}: ${detail}`)];
}

test('a file of secrets and a dump of the database', async () => {
  const given = await told({ path: '/.env', bytes: 812 }, { path: '/backup.sql.gz', bytes: 88_123_456 });
  expect(given).toEqual(['attacked', `${LEAKED}: 203.0.113.9 was given /.env, /backup.sql.gz`]);
});

test('a whole repository', async () => {
  const objects = Array.from({ length: 40 }, (_, at) => ({
    path: `/.git/objects/${(at + 16).toString(16)}/${String(at).padStart(38, 'a')}`,
    bytes: 100 + (at % 7),
  }));
  const given = await told({ path: '/.git/HEAD', bytes: 23 }, ...objects);
  expect(given).toEqual(['attacked', `${LEAKED}: 203.0.113.9 was given /.git/HEAD, 40 objects of a repository`]);
});

test.each([
  [
    'a page for whatever is asked',
    [
      { path: '/.env', bytes: 1432 },
      { path: '/.git/config', bytes: 1432 },
    ],
  ],
  [
    'a page that tells the time',
    [
      { path: '/.env', bytes: 5120 },
      { path: '/.git/config', bytes: 5124 },
    ],
  ],
  ['what is not there', [{ path: '/.env', bytes: 162, status: 404 }]],
  ['an answer of nothing', [{ path: '/.env', bytes: 0 }]],
  ['a look whether it is there', [{ path: '/.env', bytes: 812, method: 'HEAD' }]],
  ['somebody who signed in', [{ path: '/backup.sql.gz', bytes: 8_123_456, user: 'ada' }]],
  ['a host on the same network', [{ path: '/backup.sql.gz', bytes: 8_123_456, from: '10.0.0.5' }]],
  ['a page about it', [{ path: '/docs/.env.html', bytes: 8123 }]],
] as [string, Given[]][])('%s is no leak', async (_label, given) => {
  expect((await told(...given)).join()).not.toContain(LEAKED);
});

test('a job that fetches a backup each hour', async () => {
  const lines = Array.from(
    { length: 8 },
    (_, at) =>
      `198.51.100.60 - - [01/May/2026:${String(8 + at).padStart(2, '0')}:00:00 +0000] "GET /backup/dump-2026050${at}.sql.gz HTTP/1.1" 200 ${2_100_000_000 + at} "-" "Wget/1.21"\n`,
  );
  const { verdict, findings, attackers } = await investigateFiles({ 'web1/var/log/nginx/access.log': lines.join('') });
  expect({ verdict, findings, attackers }).toEqual({ verdict: 'quiet', findings: [], attackers: [] });
});
