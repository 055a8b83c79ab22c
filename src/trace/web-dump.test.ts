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

const seconds = (at: number) => new Date(Date.parse('2026-05-01T08:00:00Z') + at * 1000);
const asked = (at: number, injected: string, bytes: number, status = 200) => {
  const [date = '', time = ''] = seconds(at).toISOString().slice(0, 19).split('T');
  const stamp = `${date.slice(8)}/May/2026:${time} +0000`;
  return `203.0.113.9 - - [${stamp}] "GET /product.php?id=${encodeURIComponent(injected)} HTTP/1.1" ${status} ${bytes} "-" "Mozilla/5.0"`;
};

/** The same requests, each from another of so many addresses. */
const fromMany = (lines: readonly string[], many: number) =>
  lines.map((line, at) => line.replace('203.0.113.9', `203.0.113.${10 + (at % many)}`));

async function judgedLines(lines: readonly string[]) {
  const story = await investigateFiles({ 'web1/var/log/nginx/access.log': `${lines.join('\n')}\n` });
  const dumped = story.findings.filter(({ title }) => title === 'Database read through a web page');
  return { verdict: story.verdict, told: dumped.map(({ detail }) => detail) };
}

/** Asks for each character by halves, as `answer` says whether it is beyond. `every`: of so many requests one is not in the log. */
function byHalves(secret: string, answer: (character: number, middle: number) => boolean, every = 0): string[] {
  const lines: string[] = [];
  let at = 0;
  for (const [position, character] of [...secret].entries()) {
    let [low, high] = [0, 127];
    while (low < high) {
      const middle = (low + high) >> 1;
      const isBeyond = answer(character.charCodeAt(0), middle);
      at += 1;
      const question = `7 AND ORD(MID((SELECT pass FROM members LIMIT 0,1),${position + 1},1))>${middle}`;
      if (every === 0 || at % every !== 0) lines.push(asked(at, question, isBeyond ? 5200 : 5100));
      if (isBeyond) low = middle + 1;
      else high = middle;
    }
  }
  return lines;
}

const SECRET = '9b74c9897bac770ffc029102a200c5de';

test('characters that were asked for by halves, each by the answer before', async () => {
  const { verdict, told } = await judgedLines(byHalves(SECRET, (character, middle) => character > middle));
  expect(verdict).toBe('breached');
  expect(told).toEqual([
    expect.stringMatching(/^203\.0\.113\.9: 2\d\d questions, each by the answer to the one before: /),
  ]);
  const seldom = byHalves(SECRET, (character, middle) => character > middle, 4);
  expect((await judgedLines(seldom)).verdict, 'with holes in the log').toBe('breached');
});

test('not where every answer was the same', async () => {
  for (const answer of [() => false, () => true])
    for (const every of [0, 2, 3, 5])
      expect(await judgedLines(byHalves(SECRET, answer, every)), `${every}`).toEqual({ verdict: 'attacked', told: [] });
});

test('a list of guesses that ends where one is right, and one that is always gone through', async () => {
  const guesses = (isRight: (guess: string, character: string) => boolean) =>
    [...SECRET].flatMap((character, position) => {
      const all = [...'0123456789abcdef'];
      const end = all.findIndex((guess) => isRight(guess, character));
      return all.slice(0, end === -1 ? all.length : end + 1).map((guess) => ({ guess, position }));
    });
  const lines = (given: readonly { guess: string; position: number }[]) =>
    given.map(({ guess, position }, at) =>
      asked(at, `7' and substring((select pass from members limit 1),${position + 1},1)='${guess}'-- -`, 5100),
    );
  expect((await judgedLines(lines(guesses((guess, character) => guess === character)))).verdict).toBe('breached');
  expect(await judgedLines(lines(guesses(() => false)))).toEqual({ verdict: 'attacked', told: [] });
});

test('rows in turn, each of its own length, where the trials are all alike', async () => {
  const trials = Array.from({ length: 10 }, (_, at) => asked(at, `7' and ${at}=${at % 2}-- -`, 5100 + (at % 2)));
  const rows = (length: (at: number) => number) =>
    Array.from({ length: 80 }, (_, at) =>
      asked(20 + at, `-7' union all select null,email from members limit ${at},1-- -`, length(at)),
    );
  const different = await judgedLines([...trials, ...rows((at) => 5120 + ((at * 7919) % 43))]);
  expect(different.verdict).toBe('breached');
  for (const length of [() => 5100, (at: number) => 5100 + String(at).length])
    expect(await judgedLines([...trials, ...rows(length)])).toEqual({ verdict: 'attacked', told: [] });
});

test('a page that takes queries has been asked for them; without a table only columns were tried', async () => {
  const of = (injected: (at: number) => string) => [
    ...Array.from({ length: 8 }, (_, at) => asked(at, `7' and ${at}=${at}-- -`, 6400)),
    ...Array.from({ length: 60 }, (_, at) => asked(20 + at, injected(at), 41_000 + at * 37)),
  ];
  const console_ = of((at) => `select name from goods union select name from old_goods limit ${at}`);
  expect(await judgedLines(console_)).toMatchObject({ told: [] });
  const beside = of((at) => `-7 union select email from members limit ${at}`).map((line) =>
    line.replace('?id=', '?a=select%201&id='),
  );
  expect((await judgedLines(beside)).verdict).toBe('breached');
  expect(await judgedLines(of((at) => `-7 union select null,${at}`))).toMatchObject({ verdict: 'attacked', told: [] });
});

test('one trial that gave everything hides nothing', async () => {
  const lines = [
    ...Array.from({ length: 8 }, (_, at) => asked(at, `7' and ${at}=${at}-- -`, 6400)),
    asked(9, "7' or 1=1-- -", 95_000),
    ...Array.from({ length: 60 }, (_, at) =>
      asked(20 + at, `-7 union select email from members limit ${at}0,10`, 41_000 + at * 37),
    ),
  ];
  expect((await judgedLines(lines)).verdict).toBe('breached');
});

test('what many addresses asked for in turn', async () => {
  const trials = Array.from({ length: 30 }, (_, at) => asked(at, `7' and ${at}=${at}-- -`, 6400));
  const reads = Array.from({ length: 60 }, (_, at) =>
    asked(40 + at, `-7 union select email from members limit ${at}0,10`, 41_000 + at * 37),
  );
  const byMany = await judgedLines(fromMany([...trials, ...reads], 30));
  expect(byMany).toMatchObject({
    verdict: 'breached',
    told: [expect.stringMatching(/^203\.0\.113\.\d+ and 29 more: /)],
  });
  const blind = byHalves(SECRET, (character, middle) => character > middle);
  expect((await judgedLines(fromMany(blind, 30))).told).toHaveLength(1);
  const nothing = byHalves(SECRET, () => false);
  expect(await judgedLines(fromMany(nothing, 30))).toEqual({ verdict: 'attacked', told: [] });
});

test('strangers who tried the same page on other days did not read it together', async () => {
  const lines = Array.from({ length: 60 }, (_, at) =>
    at % 2 === 0
      ? asked(at * 4000, `7' and ${at}=${at}-- -`, 6400)
      : asked(at * 4000, '-7 union select email from members', 41_000 + at * 37),
  );
  expect(await judgedLines(fromMany(lines, 60))).toMatchObject({ told: [] });
});
