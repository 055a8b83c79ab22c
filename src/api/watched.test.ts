import { expect, test } from 'vitest';
import { permissionsOf } from '../access/roles.ts';
import { AppError } from '../core/errors.ts';
import type { AccessView } from './access.ts';
import { createApp } from './app.ts';
import type { TailPart } from './asking.ts';
import { NO_EVENTS, NO_STORY, NO_SUMMARIES } from './fixtures/empty-views.ts';
import { UNWATCHED } from './fixtures/unwatched.ts';
import type { ServerView } from './view.ts';
import type { Deed, WatchedView } from './watched.ts';

const person = {
  kind: 'person',
  name: 'ann',
  may: permissionsOf('analyst'),
  personId: 1,
  role: 'analyst',
  sessionId: 1,
  provenMs: 0,
};
const access = { callers: { isOpen: async () => false, byToken: async () => person } } as unknown as AccessView;
const headers = { host: '127.0.0.1', authorization: 'Bearer x' };
const STATUS = { ledger: { tampered: null }, parts: [], index: { horizon: null } };

function appWith(watched: Partial<WatchedView>, more: Partial<ServerView> = {}) {
  const view = {
    access,
    asking: NO_EVENTS,
    summaries: NO_SUMMARIES,
    investigating: NO_STORY,
    status: () => STATUS,
    events: async () => [],
    watched: { ...UNWATCHED, ...watched },
    ...more,
  };
  return createApp(view as unknown as ServerView, { local: false });
}

const QUESTIONS = [
  'search',
  'who',
  'records/1/events',
  'tail',
  'sessions',
  'attackers',
  'attackers/192.0.2.7',
  'new-access',
  'histogram',
  'events',
  'story',
];

test('what cannot be put on record is not answered; how the server is, is', async () => {
  const did = async () => {
    throw new AppError('E_UNAVAILABLE', 'the disk is full');
  };
  const app = appWith({ did });
  for (const path of QUESTIONS) {
    const answer = await app.inject({ url: `/api/v1/${path}`, headers });
    expect([path, answer.statusCode, answer.json<{ detail: string }>().detail]).toEqual([
      path,
      503,
      'the disk is full',
    ]);
  }
  for (const path of ['status', 'unmask'])
    expect((await app.inject({ url: `/api/v1/${path}`, headers })).statusCode).toBe(200);
});

test('each question is on record, with what it asked and what was found, or why not', async () => {
  const deeds: Deed[] = [];
  const app = appWith(
    { did: async (_, deed) => void deeds.push(deed) },
    { asking: { ...NO_EVENTS, who: async () => Promise.reject(new AppError('E_USAGE', 'no such time')) } },
  );
  for (const path of QUESTIONS) await app.inject({ url: `/api/v1/${path}`, headers });
  await app.inject({ url: '/api/v1/search?q=user:mina&limit=5', headers });
  expect(deeds.map(({ what }) => what)).toEqual([
    'search',
    'who',
    'record.view',
    'tail',
    'sessions',
    'attackers',
    'address',
    'new-access',
    'histogram',
    'search',
    'story',
    'search',
  ]);
  expect(deeds.at(-1)).toEqual({ what: 'search', detail: { q: 'user:mina', limit: 5, clear: true, found: 0 } });
  expect(deeds[1]?.detail).toMatchObject({ failed: 'no such time' });
});

test('who follows in the clear does so no longer than he may', async () => {
  let isOver = false;
  const tail = async function* (): AsyncGenerator<TailPart> {
    yield { kind: 'events', events: [], at: 1 };
    isOver = true;
    yield {
      kind: 'events',
      events: [{ position: '1', stream: 's', parser: 'p', document: { 'user.name': 'mina' } }],
      at: 2,
    };
  };
  const unmasked = () => (isOver ? null : { reason: 'a reason', until: '' });
  const app = appWith({ unmasked }, { asking: { ...NO_EVENTS, tail } });
  const { body } = await app.inject({ url: '/api/v1/tail', headers });
  expect(body).toContain('masked again');
  expect(body).not.toContain('mina');
});

test('a story is told in the clear or not at all', async () => {
  const app = appWith({ unmasked: () => null });
  const answer = await app.inject({ url: '/api/v1/story', headers });
  expect([answer.statusCode, answer.json<{ detail: string }>().detail]).toEqual([
    400,
    expect.stringContaining('unmask'),
  ]);
});
