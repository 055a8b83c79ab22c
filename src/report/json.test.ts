import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyStory } from './fixtures/any-story.ts';
import { stories } from './fixtures/index.ts';
import { toJson } from './json.ts';
import { storySchema } from './schema.ts';

describe('the JSON document', () => {
  test.each(Object.entries(stories))('of the %s story holds all of it', (_, story) => {
    expect(JSON.parse(toJson(story))).toEqual(JSON.parse(JSON.stringify(story)));
  });

  test.each(['breached', 'attacked', 'quiet', 'cannot-tell'])('of the %s story is of the schema', (name) => {
    expect(storySchema.parse(JSON.parse(toJson(stories[name] as never)))).toEqual(stories[name]);
  });

  test('of any story is of the schema', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { success, error } = storySchema.safeParse(JSON.parse(toJson(story)));
        if (!success) expect.fail(error.message);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ['a key too many', { extra: 1 }],
    ['another version', { schema: 'spoor.investigation/2' }],
    ['another verdict', { verdict: 'fine' }],
    ['an instant with an offset', { from: '2026-03-09T10:00:00+09:00' }],
  ])('with %s is not', (_, part) => {
    expect(storySchema.safeParse({ ...stories['breached'], ...part }).success).toBe(false);
  });
});
