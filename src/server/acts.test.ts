import { describe, expect, test } from 'vitest';
import { Acts } from './acts.ts';

interface Kept {
  readonly who: string;
  readonly what: string;
  readonly detail: Record<string, unknown>;
}

function recording() {
  const kept: Kept[] = [];
  const state = { nowMs: 1_000_000, broken: false, kept };
  const fail = () => {
    if (state.broken) throw new Error('the disk is full');
  };
  const acts = new Acts({
    act: async (who, what, _about, detail) => {
      fail();
      kept.push({ who, what, detail });
    },
    mustBeOpen: fail,
    nowMs: () => state.nowMs,
    onError: () => {},
  });
  return Object.assign(state, { acts });
}
const search = (q: string) => ({ what: 'search', detail: { q } });

describe('acts', () => {
  test('twenty a minute are told one by one, the others together, and no query is left out', async () => {
    const { acts, kept } = recording();
    for (let n = 0; n < 300; n += 1) await acts.did('ann', search(`q${n % 250}`));
    await acts.did('bob', search('his own'));
    expect(kept.filter(({ what }) => what === 'search')).toHaveLength(21);
    expect(kept[20]).toMatchObject({ what: 'many', detail: { words: expect.stringContaining('more than 20') } });
    await acts.stop();
    const together = kept.flatMap(({ detail }) => (detail['acts'] ?? []) as { detail: { q: string }; count: number }[]);
    expect(together.reduce((sum, { count }) => sum + count, 0)).toBe(280);
    const told = new Set([...kept.map(({ detail }) => detail['q']), ...together.map(({ detail }) => detail.q)]);
    for (let n = 0; n < 250; n += 1) expect(told.has(`q${n}`)).toBe(true);
    for (const { detail } of kept) expect(JSON.stringify(detail).length).toBeLessThan(60_000);
  });

  test('a new minute begins with what waited', async () => {
    const state = recording();
    for (let n = 0; n < 30; n += 1) await state.acts.did('ann', search(`q${n}`));
    state.nowMs += 60_000;
    await state.acts.did('ann', search('later'));
    expect(state.kept.slice(21).map(({ what }) => what)).toEqual(['many', 'search']);
    expect(state.kept[21]?.detail).toMatchObject({ count: 10 });
    await state.acts.stop();
  });

  test('what cannot be kept is not done, also among many; what was counted is not lost', async () => {
    const state = recording();
    for (let n = 0; n < 25; n += 1) await state.acts.did('ann', search(`q${n}`));
    state.broken = true;
    await expect(state.acts.did('ann', search('q'))).rejects.toThrow('full');
    await expect(state.acts.did('bob', search('q'))).rejects.toThrow('full');
    await expect(state.acts.flush()).rejects.toThrow('full');
    state.nowMs += 60_000;
    await expect(state.acts.did('ann', search('q'))).rejects.toThrow('full');
    state.broken = false;
    await state.acts.stop();
    const counted = state.kept.reduce((sum, { detail }) => sum + Number(detail['count'] ?? 0), 0);
    expect(counted).toBe(5);
  });

  test('a page that loads again by itself is told once an hour', async () => {
    const state = recording();
    for (let n = 0; n < 5; n += 1) await state.acts.didOnce('ann', search('page'));
    expect(state.kept).toHaveLength(1);
    state.nowMs += 3_600_000;
    await state.acts.didOnce('ann', search('page'));
    expect(state.kept).toHaveLength(2);
    await state.acts.stop();
  });
});
