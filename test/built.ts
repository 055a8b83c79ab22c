import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../', import.meta.url));

const BUILT_BY_MS = 180_000;

/** Builds what is stale, once: test files run at the same time, and the first to make the folder does it for all. */
async function build(): Promise<void> {
  const lock = join(tmpdir(), `spoor-e2e-${createHash('sha256').update(ROOT).digest('hex').slice(0, 16)}`);
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) > BUILT_BY_MS)
        rmSync(lock, { recursive: true, force: true }); // left by a run that was killed
      await pause(100);
    }
  }
  try {
    execFileSync(process.execPath, ['scripts/setup.mjs'], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

const named = process.env['SPOOR_PROGRAM'];
if (named === undefined) await build();

/** The executable: the one of the checkout, built anew, unless SPOOR_PROGRAM names another. */
export const SPOOR = named ?? join(ROOT, 'bin/spoor');

/** Arguments with which Node runs `spoor` in a process of its own. SPOOR_NODE: options of Node's, such as `--import tsx`. */
export const command = (...args: readonly string[]): string[] => [
  ...(process.env['SPOOR_NODE'] ?? '').split(' ').filter(Boolean),
  SPOOR,
  ...args,
];
