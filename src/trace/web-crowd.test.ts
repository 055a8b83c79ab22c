import { expect, test } from 'vitest';
import { investigateFiles } from '../../test/scenario.ts';

interface Coming {
  readonly many: number;
  readonly path?: string;
  readonly status?: number;
  readonly referrer?: string;
  /** What each asks for besides. */
  readonly besides?: readonly string[];
}

async function told({ many, path = '/wp-login.php', status = 200, referrer = '-', besides = [] }: Coming) {
  const lines = Array.from({ length: many }, (_, at) => {
    const clock = `05:${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
    const line = (request: string, answer: number, referrer: string) =>
      `203.0.${at >> 8}.${at % 256} - - [01/May/2026:${clock} +0000] "${request} HTTP/1.1" ${answer} 4521 "${referrer}" "Mozilla/5.0 (X11; Linux x86_64)"\n`;
    const others = besides.map((one) => line(`GET ${one}`, 200, 'https://shop.example/'));
    return [...others, line(`POST ${path}`, status, referrer), line(`POST ${path}`, status, referrer)].join('');
  });
  const { verdict, attackers } = await investigateFiles({ 'web1/var/log/nginx/access.log': lines.join('') });
  return [verdict, attackers.length, ...new Set(attackers.flatMap(({ kinds }) => kinds))];
}

test('many addresses that guess twice each, and ask for nothing else', async () => {
  expect(await told({ many: 60 })).toEqual(['attacked', 60, 'web_guessing']);
  expect(await told({ many: 60, path: '/blog/wp-login.php' })).toEqual(['attacked', 60, 'web_guessing']);
  const referrer = 'https://shop.example/wp-login.php';
  expect(await told({ many: 60, referrer, besides: ['/wp-login.php'] })).toEqual(['attacked', 60, 'web_guessing']);
});

test.each([
  ['a few of them', { many: 8 }],
  ['people, whose browsers load the page', { many: 60, besides: ['/wp-login.php', '/wp-admin/css/login.min.css'] }],
  ['the site’s own app', { many: 60, path: '/api/v1/login', status: 401 }],
  ['logins that are right', { many: 60, status: 302 }],
] as [string, Coming][])('%s are no guessers', async (_label, coming) => {
  expect(await told(coming)).toEqual(['quiet', 0]);
});
