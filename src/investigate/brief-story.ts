import type { Story } from '../trace/story.ts';

type Lists = { readonly [K in keyof Story as Story[K] extends readonly unknown[] ? K : never]: Story[K] };

/** Lists that a flood of forged lines makes long, and what one of them is called. */
const LISTS = {
  entries: 'ways in',
  sessions: 'sessions',
  hops: 'hops',
  findings: 'findings',
  missing: 'holes',
  motives: 'motives',
  actions: 'actions',
  hosts: 'hosts',
  controllers: 'controllers',
  campaigns: 'campaigns',
} as const satisfies Partial<Record<keyof Lists, string>>;

const STEPS = 50;

/**
 * A story with at most so many of each kind, for one that is too long to be sent: sessions that are ways in go first, and each tells its
 * first 50 steps. `left` says in words how many are not told; empty: all are.
 */
export function briefStory(story: Story, most: number): { readonly story: Story; readonly left: readonly string[] } {
  const entered = new Set(story.entries.map(({ session }) => session));
  const [first, others] = [true, false].map((is) => story.sessions.filter(({ id }) => entered.has(id) === is));
  const ordered = { ...story, sessions: [...(first ?? []), ...(others ?? [])] };
  const names = Object.keys(LISTS) as (keyof typeof LISTS)[];
  const cut = Object.fromEntries(names.map((name) => [name, ordered[name].slice(0, most)]));
  const left = names.flatMap((name) => {
    const rest = story[name].length - most;
    return rest > 0 ? [`${rest.toLocaleString('en')} ${LISTS[name]}`] : [];
  });
  const brief: Story = { ...ordered, ...cut };
  const sessions = brief.sessions.map((session) => ({ ...session, steps: session.steps.slice(0, STEPS) }));
  return { story: { ...brief, sessions }, left };
}
