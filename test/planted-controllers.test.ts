import { expect, test } from 'vitest';
import { judgeWorld } from '../score/planted/controllers.ts';

// Seeds of each kind of log, with a beacon and without; `npm run score` judges twenty.
test.each([2, 7, 19])('the planted controller of seed %i ranks first', async (seed) => {
  const { world, controllers } = await judgeWorld(seed);
  expect(controllers[0]?.address).toBe(world.controller);
});
