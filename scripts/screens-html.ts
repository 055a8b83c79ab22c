import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { traced } from '../src/report/fixtures/breached-tracks.ts';
import { htmlPage } from '../src/report/html.ts';
import { findBrowser } from './browser.mjs';

// Pictures of the HTML report for docs/, of a story in which every part has something to show: `npx tsx scripts/screens-html.ts`.
const OUT = fileURLToPath(new URL('../docs/screens/', import.meta.url));
/** Name, width, ground, language, and how much of the page: one whole, of the others the beginning. */
const SCREENS = [
  ['html-1440-light', 1440, 'light', 'en', Number.POSITIVE_INFINITY],
  ['html-1440-dark', 1440, 'dark', 'en', 2600],
  ['html-390-light', 390, 'light', 'en', 3200],
  ['html-390-dark', 390, 'dark', 'en', 3200],
  ['html-1440-korean', 1440, 'light', 'ko', 2600],
] as const;

const executablePath = findBrowser();
if (!executablePath) throw new Error('no Chromium: install it, or set SPOOR_CHROMIUM');
const folder = await mkdtemp(join(tmpdir(), 'spoor-screens-'));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  for (const [name, width, colorScheme, language, most] of SCREENS) {
    const file = join(folder, `${name}.html`);
    await writeFile(file, htmlPage(traced, language));
    const page = await browser.newPage({ viewport: { width, height: 1000 }, colorScheme });
    await page.goto(`file://${file}`);
    const height = Math.min(most, Number(await page.evaluate('document.documentElement.scrollHeight')));
    await page.screenshot({ path: `${OUT}${name}.png`, fullPage: true, clip: { x: 0, y: 0, width, height } });
    await page.close();
    process.stdout.write(`docs/screens/${name}.png\n`);
  }
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
