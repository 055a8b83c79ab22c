import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyStory } from '../report/fixtures/any-story.ts';
import { at, emptyStory, entry, finding, guesser, session, step } from '../report/fixtures/pieces.ts';
import type { Story } from '../trace/story.ts';
import { briefStory } from './brief-story.ts';

const many = <T>(count: number, one: (nth: number) => T): T[] => Array.from({ length: count }, (_, nth) => one(nth));
const sessionOf = (nth: number, steps = 0) =>
  session({
    id: `s${nth}`,
    host: 'web-1',
    user: 'root',
    steps: many(steps, (nth) => step({ text: `command ${nth}`, evidence: at('auth.log', nth, '') })),
  });

test('tells so many of each kind, those of the intruders first, and what is left', () => {
  const story: Story = {
    ...emptyStory,
    verdict: 'breached',
    entries: [entry({ id: 'e1', host: 'web-1', user: 'root', session: 's1500' })],
    sessions: many(2000, (nth) => sessionOf(nth, nth === 1500 ? 60 : 0)),
    findings: many(4, (nth) => finding({ id: `f${nth}`, title: 'a finding' })),
    attackers: many(5, (nth) => guesser(`192.0.2.${nth}`, 9)),
  };
  const { story: brief, left } = briefStory(story, 3);
  expect(left).toEqual(['1,997 sessions', '1 findings']);
  expect(brief.sessions.map(({ id }) => id)).toEqual(['s1500', 's0', 's1']);
  expect(brief.sessions[0]).toMatchObject({ steps: { length: 50 }, stepsTotal: 60 });
  expect(brief.sessions[0]?.steps[49]?.text).toBe('command 49');
  expect(brief.findings.map(({ id }) => id)).toEqual(['f0', 'f1', 'f2']);
  const { entries, attackers, verdict } = story; // few, or as many as were asked for
  expect(brief).toMatchObject({ entries, attackers, verdict });
});

test('a story that is short enough is told whole, its sessions in whatever order', () => {
  fc.assert(
    fc.property(anyStory, (story) => {
      const { story: brief, left } = briefStory(story, 1000);
      expect(left).toEqual([]);
      expect({ ...brief, sessions: new Set(brief.sessions) }).toEqual({ ...story, sessions: new Set(story.sessions) });
    }),
    { numRuns: 50 },
  );
});
