import { investigateFiles } from '../../test/scenario.ts';
import type { ScoreRow } from '../row.ts';
import type { Suite } from '../suite.ts';
import { plantFlood, plantRush } from './flood.ts';
import { judgeCampaigns, judgeFlood } from './judge.ts';
import { plantWorld } from './world.ts';

const SEEDS = 20;
const FLOODS = 3;

/** Campaigns and floods planted into a background of 50,000 addresses: needs no corpus. Shares are told in tenths of a percent. */
export const scorePlanted: Suite = async (_corpusDir, onMiss) => [
  ...(await scoreCampaigns(onMiss)),
  ...(await scoreFloods(onMiss)),
];

async function scoreCampaigns(onMiss: (text: string) => void): Promise<ScoreRow[]> {
  let reached = 0;
  let invented = 0;
  let sum = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const world = plantWorld(seed);
    const { campaigns } = await investigateFiles(world.files);
    const judged = judgeCampaigns(world, campaigns);
    sum += judged.f1;
    invented += judged.invented;
    if (judged.f1 >= 0.9) reached += 1;
    if (judged.f1 < 0.95 || judged.invented > 0)
      onMiss(`planted seed ${seed}: F1 ${judged.f1.toFixed(3)}, ${judged.invented} campaigns of the background`);
  }
  const suite = 'planted';
  const mean = Math.round((1000 * sum) / SEEDS);
  return [
    { suite, name: 'campaigns: pairs of addresses, mean F1', right: mean, total: 1000, bar: '>= 90 %' },
    { suite, name: 'campaigns: seeds with F1 of 0.9 or more', right: reached, total: SEEDS, bar: '' },
    {
      suite,
      name: 'campaigns: none of the background alone',
      right: SEEDS - Math.min(SEEDS, invented),
      total: SEEDS,
      bar: 'exact',
    },
  ];
}

async function scoreFloods(onMiss: (text: string) => void): Promise<ScoreRow[]> {
  let [single, covered, foreign, quiet] = [0, 0, 0, 0];
  for (let seed = 1; seed <= FLOODS; seed += 1) {
    const flood = plantFlood(seed);
    const { campaigns, findings } = await investigateFiles(flood.files);
    const floods = campaigns.filter(({ kind }) => kind === 'flood');
    if (floods.length === 1 && findings.filter(({ title }) => title === 'Flood').length === 1) single += 1;
    const judged = judgeFlood(flood, floods[0]?.cidrs ?? []);
    if (judged.covered >= 0.99) covered += 1;
    if (judged.strange <= 0.01 && judged.bystanders <= 0.01) foreign += 1;
    onMiss(`planted flood ${seed}: ${JSON.stringify(judged)}, ${floods[0]?.cidrs.length} networks`);
    const rush = await investigateFiles(plantRush(seed));
    if (rush.campaigns.every(({ kind }) => kind !== 'flood')) quiet += 1;
  }
  const suite = 'planted';
  return [
    { suite, name: 'flood of 100,000: one campaign, one finding', right: single, total: FLOODS, bar: 'exact' },
    { suite, name: 'flood: 99 % or more covered', right: covered, total: FLOODS, bar: 'exact' },
    { suite, name: 'flood: 1 % or less foreign', right: foreign, total: FLOODS, bar: 'exact' },
    { suite, name: 'a rush of readers is no flood', right: quiet, total: FLOODS, bar: 'exact' },
  ];
}
