import { expect, test } from 'vitest';
import { investigateFiles } from '../../test/scenario.ts';

const AGENTS = Array.from(
  { length: 9 },
  (_, at) => `Mozilla/5.0 (X11; Linux x86_64; rv:${120 + at}.0) Gecko/20100101 Firefox/${120 + at}.0`,
);
const PAGES = ['/', '/about', '/style.css', '/shop/lamp', '/shop/chair', '/img/a.png'];
const ATTACKS = ['/.env', '/.git/config', '/item?id=1%27%20UNION%20SELECT%20password%20FROM%20users--'];

interface Site {
  /** Who asks for the nth time. */
  readonly from: (nth: number) => string;
  readonly agent?: (nth: number) => string;
  /** Of so many requests one attacks. */
  readonly every?: number;
  readonly seconds?: number;
  readonly referrer?: string;
}

function requests({
  from,
  agent = (nth) => AGENTS[nth % 9] ?? '',
  every = 10,
  seconds = 600,
  referrer = 'https://shop.example/',
}: Site): string[] {
  return Array.from({ length: 600 }, (_, nth) => {
    const [day = '', time = ''] = new Date(Date.parse('2026-05-01T00:00:00Z') + nth * seconds * 1000)
      .toISOString()
      .slice(0, 19)
      .split('T');
    const isAttack = nth % every === 0;
    const path = isAttack ? ATTACKS[nth % 3] : PAGES[nth % 6];
    return `${from(nth)} - - [${day.slice(8)}/May/2026:${time} +0000] "GET ${path} HTTP/1.1" ${isAttack ? 404 : 200} 500 "${isAttack ? '-' : referrer}" "${isAttack ? 'curl/8.5.0' : agent(nth)}"`;
  });
}

async function told(sites: readonly Site[]) {
  const { block, motives, attackers } = await investigateFiles({
    'web1/var/log/nginx/access.log': `${sites.flatMap(requests).join('\n')}\n`,
  });
  return {
    attackers: attackers.length,
    blocked: block.length > 0,
    said: motives.some(({ title }) => title === 'The web log does not say who asked'),
  };
}

const edge = (nth: number) => `172.70.${nth % 7}.${nth % 3}`;

test('who passes on what many people ask is told, and not blocked', async () => {
  const found = await told([{ from: edge }]);
  expect(found).toMatchObject({ blocked: false, said: true });
  expect(found.attackers).toBeGreaterThan(10);
});

test('a proxy beside the server, as the gateway of a container is, needs no others like it', async () => {
  expect(await told([{ from: () => '172.17.0.1' }])).toMatchObject({ blocked: false, said: true });
  expect(await told([{ from: () => '198.51.100.1' }])).toMatchObject({ blocked: true, said: false });
});

test('over IPv6 as well', async () => {
  expect(await told([{ from: (nth) => `2a06:98c0:3600::${(nth % 7) + 1}` }])).toMatchObject({
    blocked: false,
    said: true,
  });
});

test.each<[string, Site[]]>([
  [
    'a network from which few of the visitors come',
    [
      { from: edge },
      ...['81.2', '91.3', '84.5'].map((net) => ({
        from: (nth: number) => `${net}.${nth % 9}.${nth % 200}`,
        every: 1000,
      })),
    ],
  ],
  ['clients of one kind', [{ from: edge, agent: () => 'python-requests/2.32' }]],
  ['who asks for pages alone', [{ from: edge, referrer: '-', agent: (nth: number) => `scan/${nth % 9}`, every: 2 }]],
  [
    'a rush',
    [
      { from: edge, seconds: 1 },
      { from: () => '81.2.3.4', agent: () => AGENTS[0] ?? '', every: 1000, seconds: 3600 },
    ],
  ],
])('not %s', async (_, sites) => {
  expect(await told(sites)).toMatchObject({ blocked: true, said: false });
});
