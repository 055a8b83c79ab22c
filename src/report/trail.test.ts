import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import type { Story } from '../trace/story.ts';
import type { Hop } from '../trace/tracks.ts';
import { followTrail } from '../trace/trail.ts';
import { anyStory } from './fixtures/any-story.ts';
import { stories } from './fixtures/index.ts';
import { trailSchema } from './schema-trail.ts';
import { trailText } from './trail.ts';

const KEY = 'SHA256:Zq1Pq99HIuBPq99HIuBPq99HIuBPq99HIuBPq99HIuB';
const end = (part: Partial<Hop['to']>): Hop['to'] => ({
  host: '',
  address: '',
  user: '',
  session: null,
  logs: true,
  ...part,
});
const hop = (part: Partial<Hop> & Pick<Hop, 'id' | 'from' | 'to'>): Hop => ({
  chain: 1,
  depth: 1,
  after: null,
  entry: null,
  at: '2026-03-09T01:21:50Z',
  method: 'password',
  key: '',
  port: null,
  skewSeconds: null,
  confidence: 'high',
  reasons: [],
  evidence: [{ file: '/evidence/gate/var/log/auth.log', line: 8840, raw: 'Accepted password' }],
  ...part,
});

const gate = end({ host: 'gate', address: '10.77.0.11', user: 'svc-batch', session: 's17' });
const shop = end({ host: 'shop', address: '10.77.0.12', user: 'svc-batch', session: 's18' });
const vault = end({ host: 'vault', address: '10.77.0.13', user: 'root', session: 's19' });
const hops: Hop[] = [
  hop({ id: 'h1', from: end({ address: '203.0.113.140', logs: false }), to: gate, entry: 'e1' }),
  hop({ id: 'h2', from: gate, to: shop, depth: 2, after: 'h1', entry: 'e2', at: '2026-03-09T01:23:05Z' }),
  hop({
    id: 'h3',
    from: gate,
    to: vault,
    depth: 2,
    after: 'h1',
    entry: 'e3',
    at: '2026-03-09T01:23:06Z',
    method: 'publickey',
    key: KEY,
    confidence: 'medium',
  }),
  hop({
    id: 'h4',
    from: vault,
    to: end({ host: 'db1', address: '10.0.0.9', logs: false }),
    depth: 3,
    after: 'h3',
    at: '2026-03-09T01:25:00Z',
    method: '',
    confidence: 'low',
  }),
];
const story: Story = { ...(stories['breached'] as Story), hops };
const idsOf = (text: string) => {
  const { before, own, after } = followTrail(story, text);
  return { before, own, after };
};

describe('a trail', () => {
  test('of the way in goes on to all that was touched', () => {
    expect(idsOf('203.0.113.140')).toEqual({ before: [], own: ['h1'], after: ['h2', 'h3', 'h4'] });
  });

  test('of a host goes back to the first way in and on', () => {
    expect(idsOf('vault')).toEqual({ before: ['h1'], own: ['h3'], after: ['h4'] });
    expect(idsOf('db1')).toEqual({ before: ['h3', 'h1'], own: ['h4'], after: [] });
  });

  test('of an account and of a key, by its beginning', () => {
    expect(idsOf('svc-batch')).toEqual({ before: [], own: ['h1', 'h2'], after: ['h3', 'h4'] });
    for (const name of [KEY, 'SHA256:Zq1Pq99HI', 'Zq1Pq99HI', `key:${KEY}`])
      expect(idsOf(name)).toEqual({ before: ['h1'], own: ['h3'], after: ['h4'] });
  });

  test('holds the sessions and findings of its hops, and nobody else’s', () => {
    const { sessions, findings, attackers } = followTrail(story, 'svc-batch');
    expect(sessions.map(({ id }) => id)).toEqual(['s17', 's18', 's19']);
    expect(findings.map(({ id }) => id)).toEqual(['f1']);
    expect(attackers.map(({ address }) => address)).toEqual(['203.0.113.140']);
  });

  test('says which when a name can be two things, and when it is none', () => {
    const twice: Story = { ...story, hosts: [...story.hosts, { host: 'mina', from: null, to: null, events: 1 }] };
    expect(() => followTrail(twice, 'mina')).toThrow(/can be user:mina or host:mina/);
    expect(followTrail(twice, 'host:mina').thing).toEqual({ kind: 'host', name: 'mina' });
    expect(() => followTrail(story, 'nobody')).toThrow(expect.objectContaining({ code: 'E_NOT_FOUND' }));
    expect(() => followTrail(story, 'user:vault')).toThrow(expect.objectContaining({ code: 'E_NOT_FOUND' }));
  });

  test('is what its schema says', () => {
    for (const name of ['203.0.113.140', 'vault', 'mina', KEY])
      expect(trailSchema.parse(followTrail(story, name))).toEqual(followTrail(story, name));
  });

  test.each([80, 140])('is told as a tree in %i columns', async (columns) => {
    for (const name of ['203.0.113.140', 'vault', 'mina', '198.51.100.23']) {
      const text = trailText(followTrail(story, name), story, { columns, color: false });
      await expect(text).toMatchFileSnapshot(`./golden/trail-${name}-${columns}.txt`);
    }
  });

  test('of any story is safe and as wide as the screen', () => {
    fc.assert(
      fc.property(anyStory, fc.constantFrom(40, 80, 132), (any, columns) => {
        const names = [
          ...any.attackers.map(({ address }) => `address:${address}`),
          ...any.hosts.map(({ host }) => `host:${host}`),
          ...any.sessions.map(({ user }) => `user:${user}`),
        ];
        for (const name of names) {
          const trail = tryTo(() => followTrail(any, name));
          if (trail === null) continue;
          for (const line of trailText(trail, any, { columns, color: false }).split('\n')) {
            expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
            expect(stringWidth(line)).toBeLessThanOrEqual(columns);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

function tryTo<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null; // an empty name, or one that is nothing
  }
}
