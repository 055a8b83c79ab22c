import { describe, expect, test } from 'vitest';
import { investigateFiles } from '../../test/scenario.ts';

const GUESSED = 'Web login guessed';

interface Asked {
  readonly request: string;
  readonly status: number;
  readonly times?: number;
  /** Seconds from each to the next. */
  readonly step?: number;
  readonly user?: string;
  readonly from?: string;
}

function access(asked: readonly Asked[]): string {
  let at = Date.parse('2026-05-01T03:00:00Z');
  return asked
    .flatMap(({ request, status, times = 1, step = 2, user = '-', from = '203.0.113.9' }) =>
      Array.from({ length: times }, () => {
        at += step * 1000;
        const [, day, month, year, clock] =
          /^\w+, (\d\d) (\w+) (\d{4}) ([\d:]+)/.exec(new Date(at).toUTCString()) ?? [];
        return `${from} - ${user} [${day}/${month}/${year}:${clock} +0000] "${request} HTTP/1.1" ${status} ${4000 + status} "-" "Mozilla/5.0 (compatible)"\n`;
      }),
    )
    .join('');
}

async function told(...asked: readonly Asked[]): Promise<string> {
  const story = await investigateFiles({ 'web1/var/log/nginx/access.log': access(asked) });
  return `${story.verdict}: ${story.findings.map(({ title, detail }) => `${title}: ${detail}`).join(', ')}`;
}

const WORDPRESS = 'POST /wp-login.php';

describe('a login is guessed', () => {
  test('of WordPress', async () => {
    const wrong = { request: WORDPRESS, status: 200, times: 400 };
    const detail = '203.0.113.9: somebody let in at /wp-login.php after 400 wrong answers';
    expect(await told(wrong, { request: WORDPRESS, status: 302 })).toBe(`breached: ${GUESSED}: ${detail}`);
  });

  test('of WordPress, and the guesser goes on with another account', async () => {
    const wrong = { request: WORDPRESS, status: 200, times: 40 };
    const right = { request: WORDPRESS, status: 302 };
    expect(await told(wrong, right, wrong, right, { request: 'GET /wp-admin/', status: 200 })).toContain(GUESSED);
  });

  test('of phpMyAdmin', async () => {
    const login = 'POST /phpmyadmin/index.php?route=/';
    expect(await told({ request: login, status: 200, times: 200 }, { request: login, status: 302 })).toContain(GUESSED);
  });

  test('of a form that sends whoever is right to another page', async () => {
    const login = 'POST /account/login';
    const right = { request: login, status: 302 };
    const wrong = { request: login, status: 200, times: 60 };
    expect(await told(wrong, right, { request: 'GET /account/orders', status: 200 })).toContain(GUESSED);
    expect(await told(wrong, right, { request: 'GET /account/locked', status: 200 })).not.toContain(GUESSED);
    expect(await told(wrong, { ...right, times: 30 })).not.toContain(GUESSED);
    expect(await told(wrong, right)).toContain(GUESSED); // the guesser needs no more
    expect(await told(wrong, right, { request: 'GET /', status: 200, step: 900 })).toContain(GUESSED);
    expect(await told(wrong, right, { request: 'GET /account/login', status: 200 })).not.toContain(GUESSED);
  });

  test('of a program that answers by its status', async () => {
    const login = 'POST /api/v1/login';
    expect(await told({ request: login, status: 401, times: 60 }, { request: login, status: 200 })).toContain(GUESSED);
  });

  test('over HTTP itself, with and without names in the log', async () => {
    const request = 'GET /manager/html';
    const right = { request, status: 200, user: 'tomcat', step: 1 };
    for (const user of ['tomcat', '-'])
      expect(await told({ request, status: 401, times: 80, step: 1, user }, right)).toContain('tomcat let in');
  });

  test('what is to be done names the page', async () => {
    const files = access([
      { request: WORDPRESS, status: 200, times: 30 },
      { request: WORDPRESS, status: 302 },
    ]);
    const { actions, attackers } = await investigateFiles({ 'web1/var/log/nginx/access.log': files });
    expect(actions.map(({ target }) => target)).toContain('the login /wp-login.php');
    expect(attackers).toMatchObject([{ address: '203.0.113.9', kinds: ['web_guessing'], webFailures: 30 }]);
  });
});

const OLD = { request: 'PROPFIND /dav/', status: 401, times: 300 };
const HONEST: readonly (readonly [string, readonly Asked[]])[] = [
  [
    'somebody who forgot it',
    [
      { request: WORDPRESS, status: 200, times: 8, step: 20 },
      { request: WORDPRESS, status: 302 },
    ],
  ],
  [
    'somebody who asks for a new one',
    [
      { request: WORDPRESS, status: 200, times: 25 },
      { request: `${WORDPRESS}?action=lostpassword`, status: 302 },
    ],
  ],
  [
    'a guesser who is sent away from then on',
    [
      { request: WORDPRESS, status: 200, times: 100 },
      { request: WORDPRESS, status: 302, times: 40 },
    ],
  ],
  ['a guesser who never was right', [{ request: WORDPRESS, status: 200, times: 400 }]],
  [
    'a guesser, and another who is right',
    [
      { request: WORDPRESS, status: 200, times: 400 },
      { request: WORDPRESS, status: 302, from: '198.51.100.7' },
    ],
  ],
  [
    'a guesser, and somebody who is right there half an hour later',
    [
      { request: WORDPRESS, status: 200, times: 400 },
      { request: WORDPRESS, status: 302, step: 1800 },
    ],
  ],
  [
    'a program with an old password',
    [
      { ...OLD, user: 'ada' },
      { ...OLD, times: 1, status: 207, user: 'ada' },
    ],
  ],
  [
    'a slow one',
    [
      { ...OLD, step: 30, user: 'admin' },
      { ...OLD, times: 1, status: 207, user: 'admin' },
    ],
  ],
  [
    'a monitor that logs in each minute, until the page is changed',
    [
      ...Array.from({ length: 60 }, (_, at) => [
        { request: 'POST /login', status: at < 50 ? 200 : 302, step: 60 },
        { request: 'GET /dashboard', status: 200 },
      ]).flat(),
    ],
  ],
  [
    'a client that is asked first each time',
    [
      ...Array.from({ length: 60 }, () => [
        { request: 'GET /repo.git/info/refs', status: 401 },
        { request: 'GET /repo.git/info/refs', status: 200, user: 'ci' },
      ]).flat(),
    ],
  ],
  [
    'whoever works in phpMyAdmin',
    [
      { request: 'POST /phpmyadmin/index.php?route=/', status: 302 },
      { request: 'POST /phpmyadmin/index.php?route=/sql', status: 200, times: 80, step: 4 },
      { request: 'POST /phpmyadmin/index.php?route=/export', status: 302 },
    ],
  ],
];

test.each(HONEST)('%s: no guess was right', async (_label, asked) => {
  expect(await told(...asked)).not.toContain(GUESSED);
});
