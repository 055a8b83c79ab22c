import { main } from '../src/cli/main.ts';

// The command line straight from the sources, for work on Spoor itself: `npx tsx scripts/spoor.ts parse FILE`.
process.exitCode = await main(process.argv.slice(2));
