import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ansiToSvg } from './ansi-svg.ts';

// Pictures of the real program on the bundled incident, for README.md and docs/: `npx tsx scripts/screens.ts`.
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const SCREENS = [
  ['investigate-80', 80, []],
  ['investigate-140', 140, []],
  ['timeline-140', 140, ['--timeline']],
] as const;

await mkdir(`${ROOT}docs/screens`, { recursive: true });
for (const [name, columns, more] of SCREENS) {
  const words = ['investigate', 'sample/incident', '--now', '2026-11-21T12:00:00Z', ...more];
  const run = ['--import', 'tsx', 'scripts/spoor.ts', ...words, '--columns', String(columns), '--tz', 'UTC'];
  const env = { ...process.env, FORCE_COLOR: '1', NO_COLOR: '' };
  const { stdout } = await promisify(execFile)(process.execPath, run, { cwd: ROOT, env });
  await writeFile(`${ROOT}docs/screens/${name}.svg`, ansiToSvg(stdout, columns, `$ spoor ${words.join(' ')}`));
  process.stdout.write(`docs/screens/${name}.svg\n`);
}
