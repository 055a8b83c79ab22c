import { expect, test } from 'vitest';
import { plantFlood, plantRush } from '../score/planted/flood.ts';
import { judgeCampaigns, judgeFlood } from '../score/planted/judge.ts';
import { plantWorld } from '../score/planted/world.ts';
import { investigateFiles } from './scenario.ts';

test.each([101, 102])(
  'campaigns planted into a crowd of strangers are found, and no others (seed %i)',
  async (seed) => {
    const world = plantWorld(seed, { crowd: 8000, campaigns: 7 });
    const { campaigns } = await investigateFiles(world.files);
    const { f1, invented } = judgeCampaigns(world, campaigns);
    expect(f1).toBeGreaterThanOrEqual(0.9);
    expect(invented).toBe(0);
    const members = new Set(campaigns.flatMap(({ addresses }) => addresses));
    for (const nat of world.nats) expect(members.has(nat)).toBe(false);
    expect(members.size).toBe(campaigns.reduce((sum, { addresses }) => sum + addresses.length, 0));
    for (const { reasons, evidence, id } of campaigns) {
      expect(reasons, id).not.toEqual([]);
      expect(evidence.length, id).toBeGreaterThan(1);
    }
  },
);

test('strangers alone make no campaign', async () => {
  const world = plantWorld(7, { crowd: 8000, campaigns: 0 });
  const { campaigns } = await investigateFiles(world.files);
  expect(campaigns).toEqual([]);
});

test('any number of threads finds the same campaigns', async () => {
  const world = plantWorld(9, { crowd: 3000, campaigns: 4 });
  const [alone, shared] = [await investigateFiles(world.files), await investigateFiles(world.files, { workers: 2 })];
  expect(shared.campaigns).toEqual(alone.campaigns);
});

test('a flood is one campaign and one finding, and its networks cover it and hardly anybody else', async () => {
  const flood = plantFlood(5, 12_000);
  const { campaigns, findings } = await investigateFiles(flood.files);
  expect(campaigns.map(({ kind }) => kind)).toEqual(['flood']);
  expect(findings.filter(({ title }) => title === 'Flood')).toHaveLength(1);
  const { covered, bystanders, strange } = judgeFlood(flood, campaigns[0]?.cidrs ?? []);
  expect(covered).toBeGreaterThanOrEqual(0.99);
  expect(bystanders).toBeLessThanOrEqual(0.01);
  expect(strange).toBeLessThanOrEqual(0.01);
});

test('a rush of readers is no flood', async () => {
  const { campaigns } = await investigateFiles(plantRush(5, 6000));
  expect(campaigns).toEqual([]);
});
