import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../', import.meta.url));

const named = process.env['SPOOR_PROGRAM'];
// test files run at the same time: the set-up of the first does it for all, which wait for it
if (named === undefined)
  execFileSync(process.execPath, ['scripts/setup.mjs'], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });

/** The executable: the one of the checkout, built anew, unless SPOOR_PROGRAM names another. */
export const SPOOR = named ?? join(ROOT, 'bin/spoor');

/** Arguments with which Node runs `spoor` in a process of its own. SPOOR_NODE: options of Node's, such as `--import tsx`. */
export const command = (...args: readonly string[]): string[] => [
  ...(process.env['SPOOR_NODE'] ?? '').split(' ').filter(Boolean),
  SPOOR,
  ...args,
];
