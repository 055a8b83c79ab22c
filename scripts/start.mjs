import { setup } from './setup.mjs';

// `npm start`: everything that is needed, then the main job. `npm start -- investigate PATH...` passes arguments on. npm hands the signals
// that end it to the shell that it starts, which would hand them to nobody: by `exec` (package.json) we are in the shell's place.
await setup();
const { main } = await import('../dist/cli/main.js');
const args = process.argv.slice(2);
process.exitCode = await main(args.length === 0 ? ['serve'] : args);
