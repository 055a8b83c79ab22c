import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, SAMPLE_TIME, spoor, storyOf } from './program.ts';
import { truthOf } from './truth.ts';

const QUIET = join(ROOT, 'sample/no-breach');
const truth = truthOf('no-breach-truth.json');
const story = await storyOf([...SAMPLE_TIME, QUIET]);

test('attacked, not breached: no entry, nobody to lock out', () => {
  const { verdict, partial, entries } = story;
  expect({ verdict, partial, entries }).toEqual({ verdict: 'attacked', partial: false, entries: [] });
  expect(story.actions.filter(({ kind }) => kind !== 'block' && kind !== 'report')).toEqual([]);
});

test('all attackers, nobody else', () => {
  expect(story.attackers.map(({ address }) => address).sort()).toEqual(
    truth.attackers.map(({ address }) => address).sort(),
  );
  expect(story.attackers.filter(({ successAfterFailure }) => successAfterFailure)).toEqual([]);
});

test('people who mistyped are logged in, and never in the block list', () => {
  expect(story.block).toEqual(['198.51.100.34', '203.0.113.21', '203.0.113.22/31', '203.0.113.77', '203.0.113.140']);
  for (const { address, user } of truth.benignLogins)
    expect(story.sessions).toContainEqual(expect.objectContaining({ address, user, service: 'sshd' }));
});

test('nothing is called wiped with high suspicion', () => {
  expect(story.missing.filter(({ suspicion }) => suspicion === 'high')).toEqual([]);
});

test('--fail-on', async () => {
  const codes = await Promise.all(
    ['attacked', 'breached'].map(
      async (verdict) => (await spoor(['investigate', '--fail-on', verdict, ...SAMPLE_TIME, QUIET])).code,
    ),
  );
  expect(codes).toEqual([10, 0]);
});
