import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import type { Story } from '../trace/story.ts';
import { anyStory } from './fixtures/any-story.ts';
import { stories } from './fixtures/index.ts';
import { attackerDetail, hostDetail, overview, sessionDetail, timeline } from './terminal.ts';

const { breached } = stories as { breached: Story };
const golden = (name: string): string => `./golden/${name}.txt`;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape codes of colours, and nothing else
const COLORS = /\u001b\[\d{1,3}m/g;
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Every way to show a story. */
function screens(story: Story, columns: number, color: boolean): string[] {
  const look = { columns, color };
  return [
    overview(story, look),
    timeline(story, look),
    ...story.attackers.map(({ address }) => attackerDetail(story, address, look)),
    ...story.sessions.map(({ id }) => sessionDetail(story, id, look)),
    ...story.hosts.map(({ host }) => hostDetail(story, host, look)),
  ];
}

function expectSafe(screen: string, columns: number): void {
  for (const line of screen.split('\n')) {
    const bare = line.replace(COLORS, '');
    if (UNSAFE.test(bare)) expect.fail(`unsafe character in ${JSON.stringify(line)}`);
    if (stringWidth(bare) > columns) expect.fail(`${stringWidth(bare)} columns of ${columns}: ${line}`);
  }
}

describe('the one screen', () => {
  const sizes = [80, 140, 200].flatMap((columns) => Object.keys(stories).map((name) => [name, columns] as const));

  test.each(sizes)('of the %s story in %i columns', async (name, columns) => {
    const screen = overview(stories[name] as Story, { columns, color: false });
    expectSafe(screen, columns);
    await expect(screen).toMatchFileSnapshot(golden(`${name}-${columns}`));
  });

  test('in colour is the same text', async () => {
    const screen = overview(breached, { columns: 80, color: true });
    await expect(screen).toMatchFileSnapshot(golden('breached-80-color'));
    expect(screen).not.toBe(screen.replace(COLORS, ''));
    expect(screen.replace(COLORS, '')).toBe(overview(breached, { columns: 80, color: false }));
  });

  test('lists as many attackers as asked for', () => {
    const shown = (top: number) =>
      overview(breached, { columns: 80, color: false, top }).match(/^ {14}[\d.:a-f]{9,} /gm)?.length;
    expect([shown(1), shown(6)]).toEqual([1, 6]);
  });
});

describe('the details', () => {
  const look = { columns: 100, color: false };

  test.each([
    ['attacker', () => attackerDetail(breached, '203.0.113.140', look)],
    ['session', () => sessionDetail(breached, 's17', look)],
    ['host', () => hostDetail(breached, 'vault', look)],
    ['timeline', () => timeline(breached, look)],
  ])('%s', async (name, tell) => {
    await expect(tell()).toMatchFileSnapshot(golden(`detail-${name}-100`));
  });

  test('of what is not there are refused', () => {
    const notFound = expect.objectContaining({ code: 'E_NOT_FOUND' });
    expect(() => attackerDetail(breached, '192.0.2.1', look)).toThrow(notFound);
    expect(() => sessionDetail(breached, 's99', look)).toThrow(notFound);
    expect(() => hostDetail(breached, 'gate2', look)).toThrow(notFound);
  });
});

test('no story makes a line too wide or sends a control character', () => {
  fc.assert(
    fc.property(anyStory, fc.integer({ min: 40, max: 220 }), fc.boolean(), (story, columns, color) => {
      for (const screen of screens(story, columns, color)) expectSafe(screen, columns);
    }),
    { numRuns: 150 },
  );
});
