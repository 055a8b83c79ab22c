import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { printable } from '../../src/core/text.ts';
import { anyStory } from '../../src/report/fixtures/any-story.ts';
import { traced as breached } from '../../src/report/fixtures/breached-tracks.ts';
import { stories as others } from '../../src/report/fixtures/index.ts';
import { htmlPage } from '../../src/report/html.ts';
import type { Story } from '../../src/trace/story.ts';
import { anatomy, browser, describeInBrowser } from './browser.ts';

const FULL = process.env['SPOOR_FULL'] !== undefined;
const stories: Readonly<Record<string, Story>> = { ...others, breached };
const folder = mkdtempSync(join(tmpdir(), 'spoor-html-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string): string => join(folder, name);
const { open } = browser();

const ELEMENTS = new Set(
  'html head meta title style body a header p span div fieldset legend label input nav ol ul li main h1 h2 h3 h4 section strong small dl dt dd br details summary code pre table thead tbody tr th td article abbr svg defs marker pattern path rect circle line g text tspan'.split(
    ' ',
  ),
);
const ATTRIBUTES = new Set(
  'lang charset http-equiv content name class href type id checked open tabindex role scope colspan aria-label aria-labelledby viewBox width height x y x1 y1 x2 y2 cx cy r rx d refX refY markerWidth markerHeight markerUnits orient marker-end patternUnits patternTransform'.split(
    ' ',
  ),
);

/** What must hold of every page, whatever its story. */
async function expectHarmless(story: Story, name: string): Promise<string> {
  const { page, deeds } = await open();
  const file = path(`${name}.html`);
  writeFileSync(file, htmlPage(story, 'en'));
  await page.goto(`file://${file}`);
  const { elements, attributes, links, text, scripts } = await anatomy(page);
  expect(deeds).toEqual([]);
  expect(scripts).toBe(0);
  expect(elements.filter((element) => !ELEMENTS.has(element))).toEqual([]);
  expect(attributes.filter((attribute) => !ATTRIBUTES.has(attribute))).toEqual([]);
  expect(links.filter((link) => !/^#[\w-]+$/.test(link))).toEqual([]);
  expect(await page.evaluate('window.pwned')).toBeUndefined();
  return text;
}

/** Texts of a story that the page shows whole. */
function shown(story: Story): string[] {
  const raws = [...story.entries, ...story.hops, ...story.motives].flatMap(({ evidence }) =>
    evidence.map(({ raw }) => raw),
  );
  return [
    ...raws,
    ...story.reasons,
    ...story.entries.flatMap(({ host, user, address, reasons }) => [host, user, address, ...reasons]),
    ...story.campaigns.flatMap(({ addresses, cidrs, reasons, names, client }) => [
      ...addresses,
      ...cidrs,
      ...reasons,
      ...names,
      client,
    ]),
    ...story.hops.flatMap(({ from, to, key, reasons }) => [
      from.host || from.address,
      to.host || to.address,
      key,
      ...reasons,
    ]),
    ...story.controllers.flatMap(({ address, reasons }) => [address, ...reasons]),
    ...story.motives.flatMap(({ title, detail, mend }) => [title, detail, mend.replaceAll('`', '')]),
    ...story.missing.filter(({ kind, detail }) => kind !== 'ends_early' && detail !== '').map(({ detail }) => detail),
    ...story.attackers.map(({ address }) => address),
    ...story.inputs.map(({ sha256 }) => sha256),
    ...story.block,
  ].filter((text) => text.length <= 2000);
}

function expectShown(text: string, story: Story): void {
  const absent = shown(story).filter((one) => !text.includes(printable(one)));
  expect(absent.slice(0, 3)).toEqual([]);
}

const PAYLOADS = [
  '<script>window.pwned=1</script>',
  '"><img src=x onerror=window.pwned=1>',
  "'><svg/onload=window.pwned=1>",
  '</style></title></textarea><iframe src="javascript:window.parent.pwned=1">',
  '<!--',
  ']]><a href="javascript:alert(1)">x</a>',
  '&lt;&#x3c;b&gt;',
  '" onmouseover="alert(1)" x="',
  '<style>*{background:url(http://192.0.2.1/)}</style><meta http-equiv=refresh content="0;url=http://192.0.2.1">',
];
const FIXED = new Set(
  'schema verdict confidence kind kinds level state outcome suspicion zone from to at first last start end mtime id chain after'.split(
    ' ',
  ),
);

/** The story with markup behind every text that a stranger can write. */
function poisoned<T>(value: T, payload: string, key = ''): T {
  if (typeof value === 'string') return (FIXED.has(key) ? value : `${value}${payload}`) as T;
  if (Array.isArray(value)) return (FIXED.has(key) ? value : value.map((one) => poisoned(one, payload))) as T;
  if (value === null || typeof value !== 'object') return value;
  const isEnd = (name: string) =>
    (name === 'from' || name === 'to') && typeof (value as Record<string, unknown>)[name] === 'object';
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      isEnd(name) ? poisoned(one, payload) : poisoned(one, payload, name),
    ]),
  ) as T;
}

describeInBrowser('the page of a story', () => {
  test.each(Object.keys(stories))('%s is harmless and holds the story’s text', async (name) => {
    const story = stories[name] as Story;
    const text = await expectHarmless(story, name);
    expectShown(text, story);
  });

  test.each(PAYLOADS.map((payload) => [payload]))('no text becomes markup: %s', async (payload) => {
    const story = poisoned(breached, payload);
    const text = await expectHarmless(story, 'poisoned');
    expectShown(text, story);
  });

  test('whatever the story', async () => {
    await fc.assert(
      fc.asyncProperty(anyStory, fc.constantFrom(...PAYLOADS), async (story, payload) => {
        const bad = poisoned(story, payload);
        const text = await expectHarmless(bad, 'any');
        expectShown(text, bad);
      }),
      { numRuns: FULL ? 300 : 10 },
    );
  }, 600_000);

  const looks = [
    ['light', 'en', 1440],
    ['dark', 'ko', 390],
    ...(FULL
      ? ([
          ['dark', 'en', 1440],
          ['light', 'ko', 390],
        ] as const)
      : []), // each of the above in another company
  ] as const;
  test.each(looks)('has no fault that axe finds: %s, %s, %i px', async (colorScheme, language, width) => {
    for (const story of [breached, stories['attacked'] as Story, stories['quiet'] as Story]) {
      const { page, deeds } = await open({ colorScheme, viewport: { width, height: 900 } });
      const file = path('axe.html');
      writeFileSync(file, htmlPage(story, language));
      await page.goto(`file://${file}`);
      // biome-ignore lint/suspicious/noExplicitAny: two packages, two types of the same page
      const { violations } = await new AxeBuilder({ page: page as any }).setLegacyMode(true).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html }) => html)])).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(deeds).toEqual([]);
    }
  });

  test('speaks both languages and has both grounds, without a script', async () => {
    const { page } = await open({ colorScheme: 'light' });
    writeFileSync(path('both.html'), htmlPage(breached, 'en'));
    await page.goto(`file://${path('both.html')}`);
    const heading = page.locator('h1');
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(await heading.innerText()).toBe('Somebody got in');
    const light = await ground();
    await page.locator('#lang-ko').check();
    await page.locator('#theme-dark').check();
    expect(await heading.innerText()).toBe('누군가 침입했습니다');
    expect(await ground()).not.toBe(light);
  });

  test('opens a row to its raw line, and all rows on paper', async () => {
    const { page } = await open();
    writeFileSync(path('rows.html'), htmlPage(breached, 'en'));
    await page.goto(`file://${path('rows.html')}`);
    const row = page.locator('#deeds details').first();
    const line = row.locator('code').first();
    expect(await line.isVisible()).toBe(false);
    await row.locator('summary').click();
    expect(await line.isVisible()).toBe(true);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#deeds details').nth(3).locator('code').first().isVisible()).toBe(true);
    expect(await page.locator('.switches').isVisible()).toBe(false);
  });
});
