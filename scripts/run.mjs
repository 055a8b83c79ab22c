import { spawnSync } from 'node:child_process';
import { setup } from './setup.mjs';

// Runs one of the project's own TypeScript programs: `node scripts/run.mjs bench/main.ts --lines 1000000`.
await setup();
const { status } = spawnSync(process.execPath, ['--import', 'tsx', ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(status ?? 1);
