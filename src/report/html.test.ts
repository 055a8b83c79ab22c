import { describe, expect, test } from 'vitest';
import type { Session, Story } from '../trace/story.ts';
import { attacked } from './fixtures/attacked.ts';
import { traced as breached } from './fixtures/breached-tracks.ts';
import { emptyStory, guesser, session, step } from './fixtures/pieces.ts';
import { koreanDate, koreanDuration } from './html/dates.ts';
import { layOut } from './html/hop-graph.ts';
import { layLanes } from './html/lanes.ts';
import { landsOf } from './html/places.ts';
import { worldMap } from './html/world.ts';
import { htmlPage } from './html.ts';

const LINE = { file: 'auth.log', line: 1, raw: 'x'.repeat(5000) };

function many(index: number): Session {
  const start = new Date(Date.UTC(2026, 2, 1) + index * 60_000).toISOString();
  const steps = Array.from({ length: 10 }, (_, at) =>
    step({ at: start, text: `ls ${index} ${'y'.repeat(300)}`, evidence: { ...LINE, line: index * 10 + at } }),
  );
  return session({
    id: `s${index}`,
    host: `h${index % 50}`,
    user: `u${index}`,
    start,
    end: start,
    seconds: 1,
    steps,
    evidence: [LINE, LINE],
  });
}

/** 10,000 sessions of intruders with 100,000 steps, 1,000 attackers listed of 100,000, 100 campaigns of 1,000 addresses. */
function huge(): Story {
  const addresses = Array.from({ length: 1000 }, (_, at) => `198.18.${at >> 8}.${at & 255}`);
  const sessions = Array.from({ length: 10_000 }, (_, at) => many(at));
  const [entry] = breached.entries;
  const [campaign] = breached.campaigns;
  const [hop] = breached.hops;
  if (!entry || !campaign || !hop) throw new Error('the fixture lacks a part');
  return {
    ...breached,
    sessions,
    entries: sessions.map(({ id, host, start }) => ({
      ...entry,
      id: `e${id}`,
      host,
      at: start,
      session: id,
      evidence: [LINE],
    })),
    attackers: addresses.map((address) =>
      guesser(address, 9, { evidence: [LINE, LINE, LINE], names: Array.from({ length: 64 }, (_, at) => `name${at}`) }),
    ),
    campaigns: Array.from({ length: 100 }, () => ({ ...campaign, addresses, cidrs: addresses })),
    hops: sessions.map(({ host }, at) => ({
      ...hop,
      id: `h${at}`,
      to: { ...hop.to, host: `${host}-${at}` },
      evidence: [LINE],
    })),
    missing: sessions.map(() => breached.missing[0] as Story['missing'][number]),
    block: addresses,
    inputs: sessions.map(() => breached.inputs[0] as Story['inputs'][number]),
    totals: { ...breached.totals, attackers: 100_000, sessions: 10_000 },
  };
}

describe('the page', () => {
  test('of a huge story stays small, and says what it leaves out', () => {
    const page = htmlPage(huge(), 'en');
    expect(Buffer.byteLength(page)).toBeLessThan(5_000_000);
    const said = ['99,000 more: spoor investigate --json', '48 of 10,000 sessions are drawn', 'The 200 weightiest of '];
    expect(said.filter((text) => !page.includes(text))).toEqual([]);
  });

  test('allows its own style sheet and nothing else, and asks for nothing', () => {
    const page = htmlPage(breached, 'en');
    expect(page).toMatch(/content="default-src &#39;none&#39;; style-src &#39;sha256-[\w+/]{43}=&#39;; base-uri/);
    expect(page).not.toMatch(/<script|https?:\/\/|url\((?!#)|@import|\son\w+="|\sstyle="/);
  });

  test('leaves out parts that have nothing to tell', () => {
    const parts = (story: Story) => [...htmlPage(story, 'en').matchAll(/<section id="([\w-]+)"/g)].map(([, id]) => id);
    expect(parts(emptyStory)).toEqual(['made']);
    expect(parts(attacked)).toEqual([
      'actions',
      'missing',
      'found',
      'sessions',
      'attackers',
      'world',
      'block',
      'inputs',
      'made',
    ]);
    expect(parts(breached)).toHaveLength(15);
  });

  test('is the same twice', () => {
    expect(htmlPage(breached, 'ko')).toBe(htmlPage(structuredClone(breached), 'ko'));
  });
});

describe('the hop graph', () => {
  test('has each machine once, in its layer, and no two in one place', () => {
    const { nodes, edges, width, height } = layOut(breached.hops);
    expect(nodes.map(({ name, layer, logs, outside }) => [name, layer, logs, outside])).toEqual([
      ['203.0.113.140', 0, false, true],
      ['gate', 1, true, false],
      ['shop', 2, true, false],
      ['vault', 2, true, false],
      ['db1', 3, false, false],
    ]);
    expect(edges.map(({ from, to }) => `${from.name}>${to.name}`)).toEqual([
      '203.0.113.140>gate',
      'gate>shop',
      'gate>vault',
      'vault>db1',
    ]);
    expect(new Set(nodes.map(({ x, y }) => `${x} ${y}`)).size).toBe(nodes.length);
    for (const { x, y } of nodes) expect(x >= 0 && y >= 0 && x < width && y < height).toBe(true);
  });
});

describe('the lanes', () => {
  test('show the intruders and what is near, with the holes of their hosts', () => {
    const lanes = layLanes(breached);
    expect(
      lanes?.lanes.map(({ host, bars, holes }) => [host, bars.map(({ session: { id } }) => id), holes.length]),
    ).toEqual([
      ['gate', ['s17'], 0],
      ['shop', ['s18'], 0],
      ['vault', ['s19'], 2],
    ]);
    expect(layLanes({ ...breached, sessions: [session({ id: 's1', host: 'a', user: 'b' })] })).toBeNull();
  });
});

describe('the map', () => {
  test('knows the countries, also the small ones', () => {
    const codes = worldMap().map(({ code }) => code);
    for (const code of ['KR', 'US', 'CN', 'RU', 'FR', 'XK', 'SG', 'HK', 'MT']) expect(codes).toContain(code);
    expect(codes).not.toContain('AQ');
    expect(worldMap().filter(({ path }) => path !== '')).toHaveLength(176);
    for (const { middle } of worldMap()) expect(middle.every(Number.isFinite)).toBe(true);
    const seoul = worldMap().find(({ code }) => code === 'KR')?.middle ?? [0, 0];
    expect(seoul[0]).toBeGreaterThan(750);
  });

  test('counts addresses by country, and those without one', () => {
    const { lands, unknown } = landsOf(breached);
    expect(lands.map(({ code, addresses, entered }) => [code, addresses, entered])).toEqual([
      ['BR', 1, false],
      ['CN', 1, false],
      ['DE', 1, false],
      ['NL', 1, true],
    ]);
    expect(unknown).toBe(2);
  });
});

test('dates and lengths of time in Korean', () => {
  expect(
    [
      '9 Mar 2026',
      '9 Mar 10:21:50',
      '1–9 Mar 2026',
      '28 Feb – 9 Mar 2026',
      'from 9 Mar 2026',
      '9 Mar 2026 10:21–10:59',
    ].map(koreanDate),
  ).toEqual([
    '2026년 3월 9일',
    '3월 9일 10:21:50',
    '2026년 3월 1–9일',
    '2월 28일 – 2026년 3월 9일',
    '2026년 3월 9일부터',
    '2026년 3월 9일 10:21–10:59',
  ]);
  expect(['under 1 s', '88 s', '37 min', '2 h 5 min', '3 days', '1 d 4 h'].map(koreanDuration)).toEqual([
    '1초 미만',
    '88초',
    '37분',
    '2시간 5분',
    '3일',
    '1일 4시간',
  ]);
});
