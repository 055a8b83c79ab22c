import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { findBrowser } from '../../scripts/browser.mjs';

const executablePath: string | null = findBrowser();
if (!executablePath && process.env['CI']) throw new Error('no Chromium: scripts/browser.mjs could not install it');
if (!executablePath)
  process.stderr.write('\nSKIPPED: no Chromium, so no page is looked at. Install chromium, or set SPOOR_CHROMIUM\n');

/** Tests that need a browser: skipped, and said so, where there is none; in CI that is a failure. */
export const describeInBrowser = executablePath ? describe : describe.skip;

/** What a page did that no report may do. */
export interface Watched {
  readonly page: Page;
  /** Requests beyond the page itself, scripts' words and dialogs, errors. */
  readonly deeds: string[];
}

/** One browser for a test file. Gives new pages that are watched. */
export function browser(): { open: (options?: Parameters<Browser['newContext']>[0]) => Promise<Watched> } {
  let running: Browser | null = null;
  const contexts: BrowserContext[] = [];
  beforeAll(async () => {
    if (executablePath) running = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await running?.close();
  });
  return {
    async open(options = {}) {
      for (const context of contexts.splice(0)) await context.close();
      const context = await (running as Browser).newContext(options);
      contexts.push(context);
      const page = await context.newPage();
      const deeds: string[] = [];
      page.on('request', (request) => {
        if (!request.isNavigationRequest()) deeds.push(`request ${request.url().slice(0, 200)}`);
      });
      page.on('console', (message) => deeds.push(`console ${message.text().slice(0, 300)}`));
      page.on('pageerror', (error) => deeds.push(`error ${error.message}`));
      page.on('dialog', (dialog) => {
        deeds.push(`dialog ${dialog.message()}`);
        void dialog.dismiss();
      });
      return { page, deeds };
    },
  };
}

/** Everything in a page that is markup: names of elements and attributes, targets of links, text. */
export interface Anatomy {
  readonly elements: string[];
  readonly attributes: string[];
  readonly links: string[];
  readonly text: string;
  readonly scripts: number;
}

/** Takes a page apart, as the browser has parsed it. */
export function anatomy(page: Page): Promise<Anatomy> {
  // In the page, where the types of the DOM are not known here.
  return page.evaluate(`(() => {
    const all = [...document.querySelectorAll('*')];
    return {
      elements: [...new Set(all.map((element) => element.localName))].sort(),
      attributes: [...new Set(all.flatMap((element) => element.getAttributeNames()))].sort(),
      links: [...new Set(all.flatMap((element) => ['href', 'src', 'action', 'xlink:href'].map((name) => element.getAttribute(name))).filter((link) => link !== null))],
      text: document.documentElement.textContent,
      scripts: document.scripts.length,
    };
  })()`) as Promise<Anatomy>;
}
