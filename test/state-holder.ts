import { openState } from '../src/state/open.ts';

// Opens the state in the folder that it is given, says the server's process, and stays until it is killed.
const state = await openState({ folder: process.argv[2] ?? '' });
await state.settings.set('durable', Date.now(), Date.now());
process.stdout.write(`${state.pid}\n`);
setInterval(() => {}, 1000);
