import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { everything } from '../../src/investigate/fixtures/everything.ts';
import { investigate } from '../../src/investigate/run.ts';
import type { Controller } from '../../src/trace/tracks.ts';
import type { ScoreRow } from '../row.ts';
import { filesOf } from './controller-files.ts';
import { buildWorld, type World } from './controller-world.ts';

const NOW = Date.parse('2026-05-20T12:00:00Z');
const SEEDS = 20;
const BAR = '>= 90 %'; // 18 of 20

/** What an investigation of a planted world's logs says of who leads its hosts. */
export async function judgeWorld(seed: number): Promise<{ world: World; controllers: readonly Controller[] }> {
  const world = buildWorld(seed);
  const { files, sources } = filesOf(world, seed);
  const folder = mkdtempSync(join(tmpdir(), 'spoor-planted-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const { controllers } = await investigate([join(folder, 'own')], {
      ...everything(NOW),
      top: 100,
      sources: sources.map(({ label, path }) => ({ label, path: join(folder, path) })),
    });
    return { world, controllers };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How often the planted controller ranks first. */
export async function scoreControllers(onMiss: (text: string) => void): Promise<ScoreRow[]> {
  let right = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { world, controllers } = await judgeWorld(seed);
    const rank = controllers.findIndex(({ address }) => address === world.controller);
    if (rank === 0) right += 1;
    else onMiss(`controllers seed ${seed}: ranks ${rank + 1} of ${controllers.length}, by ${world.view}`);
  }
  return [{ suite: 'planted', name: 'controller ranks first', right, total: SEEDS, bar: BAR }];
}
