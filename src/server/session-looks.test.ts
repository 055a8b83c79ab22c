import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { line } from '../search/fixtures/session-line.ts';
import { pastSessions } from '../search/past-sessions.ts';
import type { SessionLine } from '../store/queries/person-sessions.ts';
import { MOST_LINES, toldOf, type Wish } from './session-looks.ts';

const DAY_US = 86_400_000_000;
const END_US = 400 * DAY_US;

const lineOf = (first: number, tsUs: number, action: string, pid: number) =>
  line(0, action, {
    ...{ first, ts_us: tsUs, pid },
    ...{ user: 'mina', owner: 'mina', service: 'sshd', source: '192.0.2.7', outcome: 'success' },
  });

/** Sessions that begin at these times and last so long, as their lines: the oldest first. */
function linesOf(sessions: readonly (readonly [beginUs: number, lastsUs: number])[]): SessionLine[] {
  return sessions
    .flatMap(([beginUs, lastsUs], nth) => [
      lineOf(3 * nth, beginUs, 'ssh_login', nth + 1),
      lineOf(3 * nth + 1, beginUs, 'session_open', nth + 1),
      lineOf(3 * nth + 2, beginUs + lastsUs, 'session_close', nth + 1),
    ])
    .sort((a, b) => a.ts_us - b.ts_us || a.first - b.first);
}

/** As the store answers; `asked`: how far back each look went, and how many lines it gave. */
function storeOf(lines: readonly SessionLine[]) {
  const asked: (readonly [days: number, lines: number])[] = [];
  return {
    asked,
    own: async ({ fromUs, toUs, limit }: { fromUs: unknown; toUs: unknown; limit: number }) => {
      const [from, to] = [Number(fromUs), Number(toUs)];
      const found = lines.filter(({ ts_us: tsUs }) => tsUs >= from && tsUs < to).slice(-limit);
      asked.push([(END_US - from) / DAY_US, found.length]);
      return found;
    },
    ending: async () => [],
  };
}

const wish = (more: Partial<Wish> = {}): Wish => ({
  person: 'mina',
  host: '',
  fromUs: 0,
  toUs: END_US,
  enough: 11,
  ...more,
});
const shown = (all: ReturnType<typeof pastSessions>) => all.map(({ session, endUs }) => [session.first, endUs]);

describe('how far back is looked', () => {
  test('page by page the sessions are those of all lines, the newest first', async () => {
    const day = fc.oneof(fc.integer({ min: 0, max: 398 }), fc.integer({ min: 380, max: 398 }));
    const session = fc.tuple(day, fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 3 }));
    const sessions = fc.uniqueArray(session, {
      minLength: 1,
      maxLength: 400,
      selector: ([at, part]) => `${at} ${part}`,
    });
    await fc.assert(
      fc.asyncProperty(sessions, fc.integer({ min: 1, max: 60 }), async (all, limit) => {
        const lines = linesOf(all.map(([at, part, lasts]) => [at * DAY_US + part * 4e9, lasts * 1e9]));
        const truth = shown(pastSessions(lines).reverse());
        const paged: unknown[] = [];
        for (let before: Wish['before']; ; ) {
          const told = await toldOf(storeOf(lines), wish({ enough: limit + 1, before }));
          const page = told.sessions.slice(0, limit);
          paged.push(...shown(page));
          const last = page.at(-1);
          if (told.sessions.length <= limit || last === undefined) break;
          before = { sinceUs: last.session.sinceUs, first: last.session.first };
        }
        expect(paged).toEqual(truth);
      }),
      { numRuns: 60 },
    );
  });

  test('who comes every day is found in the newest month, who came long ago by few looks', async () => {
    const often = storeOf(linesOf(Array.from({ length: 399 }, (_, at) => [at * DAY_US, 1e9])));
    expect((await toldOf(often, wish())).sessions.length).toBeGreaterThanOrEqual(11);
    expect(often.asked).toEqual([[30, 87]]);
    const once = storeOf(linesOf([[2 * DAY_US, 1e9]]));
    expect((await toldOf(once, wish())).cutUs).toBeNull();
    expect(once.asked.map(([days]) => days)).toEqual([30, 360, 400]);
  });

  test('what was found says how far to look', async () => {
    const often = storeOf(linesOf(Array.from({ length: 1600 }, (_, at) => [(at * DAY_US) / 4, 1e9])));
    const { sessions, cutUs } = await toldOf(often, wish({ enough: 501 }));
    expect([sessions.length >= 501, cutUs === null]).toEqual([true, false]);
    expect(often.asked).toHaveLength(2);
    expect(often.asked[1]?.[0]).toBeLessThan(200);
  });

  test('more lines than are looked at: what is older is not told, and it says so', async () => {
    const many = linesOf(Array.from({ length: MOST_LINES / 2 }, (_, at) => [END_US - DAY_US + at * 1e6, 5e5]));
    const { sessions, cutUs } = await toldOf(storeOf(many), wish({ enough: MOST_LINES }));
    expect(sessions.length).toBeGreaterThan(MOST_LINES / 3 - 2);
    expect(cutUs).toBeGreaterThan(END_US - DAY_US);
  });

  test('lines of one instant beyond a look’s limit come with the next', async () => {
    const at = END_US - DAY_US;
    const noise = Array.from({ length: 12_000 }, (_, nth) =>
      lineOf(1_000_000 + nth, at + (nth % 2), 'ssh_disconnect', 0),
    );
    const lines = [...linesOf(Array.from({ length: 20 }, () => [at, 0])), ...noise];
    const { sessions } = await toldOf(storeOf(lines.sort((a, b) => a.ts_us - b.ts_us || a.first - b.first)), wish());
    expect(sessions).toHaveLength(20);
  });
});
