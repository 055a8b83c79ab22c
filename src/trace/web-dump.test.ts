import { expect, test } from 'vitest';
import { investigateFiles } from '../../test/scenario.ts';

const request = (at: number, query: string, bytes: number) =>
  `203.0.113.9 - - [01/May/2026:08:${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')} +0000] "GET /product.php?id=${query} HTTP/1.1" 200 ${bytes} "-" "Mozilla/5.0"`;

/** Five trials, then sixty requests for rows, with the lengths of their answers. */
async function judged(trial: (at: number) => number, read: (at: number) => number) {
  const lines = Array.from({ length: 65 }, (_, at) =>
    at < 5
      ? request(at, `7%27%20AND%20${at}%3D${at}--%20-`, trial(at))
      : request(
          at,
          `-7%20UNION%20ALL%20SELECT%20NULL%2CCONCAT%28email%2Cpassword%29%20FROM%20users%20LIMIT%20${at}--`,
          read(at),
        ),
  );
  const { verdict, findings, block } = await investigateFiles({
    'web1/var/log/nginx/access.log': `${lines.join('\n')}\n`,
  });
  return {
    verdict,
    block,
    dumped: findings.filter(({ title }) => title === 'Database read through a web page').length,
  };
}

test('rows that come are a table that was read', async () => {
  expect(
    await judged(
      () => 6400,
      (at) => 41_000 + at * 37,
    ),
  ).toEqual({
    verdict: 'breached',
    block: ['203.0.113.9'],
    dumped: 1,
  });
});

test('not a page that says the same to all, that repeats what it was asked, or that found nothing', async () => {
  for (const [trial, read] of [
    [() => 6400, () => 41_000],
    [(at: number) => 6400 + at, (at: number) => 6600 + at * 3],
    [(at: number) => 9000 + at * 100, (at: number) => 3100 + at],
  ] as const)
    expect(await judged(trial, read)).toMatchObject({ verdict: 'attacked', dumped: 0 });
});
