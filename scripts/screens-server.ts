import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findBrowser } from './browser.mjs';

// Pictures of the server's page for docs/, with the sample incident in its store: `npx tsx scripts/screens-server.ts`.
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const SCREENS = [
  ['server-1440', 1440, 'light'],
  ['server-1440-dark', 1440, 'dark'],
  ['server-390', 390, 'light'],
] as const;
const MOST = 1500;

const executablePath = findBrowser();
if (!executablePath) throw new Error('no Chromium: install it, or set SPOOR_CHROMIUM');
const folder = await mkdtemp(join(tmpdir(), 'spoor-screens-'));
const config = join(folder, 'spoor.yml');
await writeFile(config, 'ledger: { origin: ledger.example/main }\nhttp: { port: 0 }\nsources: []\n');
const spoor = (...args: string[]) =>
  spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'scripts/spoor.ts'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
const server = spoor('serve', '--data', folder, '--config', config);
try {
  const address = await addressOf(server.stdout);
  await once(spoor('import', '--data', folder, '--label', 'incident', 'sample/incident'), 'exit');
  await indexed(address);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  for (const [name, width, colorScheme] of SCREENS) {
    const page = await browser.newPage({ viewport: { width, height: 1000 }, colorScheme });
    await page.goto(address);
    const height = Math.min(MOST, Number(await page.evaluate('document.documentElement.scrollHeight')));
    await page.screenshot({
      path: join(ROOT, `docs/screens/${name}.png`),
      fullPage: true,
      clip: { x: 0, y: 0, width, height },
    });
    await page.close();
    process.stdout.write(`docs/screens/${name}.png\n`);
  }
  await browser.close();
} finally {
  server.kill('SIGTERM');
  await once(server, 'exit');
  await rm(folder, { recursive: true, force: true });
}

/** Its output is read on to its end: a server that may say nothing more ends. */
function addressOf(output: Readable): Promise<string> {
  return new Promise((found, failed) => {
    let said = '';
    output.on('data', (block: Buffer) => {
      said += block.toString();
      const address = /Open (http:\S+)/.exec(said)?.[1];
      if (address !== undefined) found(address);
    });
    output.once('end', () => failed(new Error('the server ended before it listened')));
  });
}

/** Waits until all is in the index, and sums of sources are kept. */
async function indexed(address: string): Promise<void> {
  for (let tried = 0; tried < 240; tried += 1) {
    const [status, known] = await Promise.all(
      ['status', 'sources'].map((what) =>
        fetch(`${address}/api/v1/${what}`).then((answer) => (answer.ok ? answer.json() : {})),
      ),
    );
    const { index } = status as { index?: { lag: number; rows: number } };
    const { sources = [] } = known as { sources?: unknown[] };
    if (index?.lag === 0 && index.rows > 1000 && sources.length > 10) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('the sample did not come into the index');
}
