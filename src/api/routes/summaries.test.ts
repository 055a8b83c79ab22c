import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { createApp } from '../app.ts';
import { ANYONE } from '../fixtures/anyone.ts';
import { UNWATCHED } from '../fixtures/unwatched.ts';
import type { SummariesView } from '../summaries.ts';
import type { ServerView } from '../view.ts';

let app: FastifyInstance;
const asked: unknown[] = [];
const answers = (...given: unknown[]) => {
  asked.push(given.slice(0, -1));
  return Promise.resolve({ ok: true, sessions: [], attackers: [], hours: [], access: [], next: null } as never);
};

beforeEach(() => {
  asked.length = 0;
  const summaries: SummariesView = {
    sessions: answers,
    attackers: answers,
    address: answers,
    newAccess: answers,
    histogram: async () => {
      throw new AppError('E_TOO_LARGE', 'the question is too large');
    },
  };
  app = createApp({ access: ANYONE, watched: UNWATCHED, summaries } as unknown as ServerView, { local: true });
});
afterEach(() => app.close());
const get = (path: string) => app.inject({ url: `/api/v1/${path}` });

describe('routes of summaries', () => {
  test.each([
    ['sessions?person=mina&host=web-1&since=7d', [{ person: 'mina', host: 'web-1', since: '7d', limit: 100 }]],
    ['attackers?by=network&limit=5', [{ by: 'network', limit: 5 }]],
    ['attackers', [{ by: 'address', limit: 100 }]],
    ['attackers/2001:db8::1?since=1d', ['2001:db8::1', { since: '1d', limit: 100 }]],
    ['new-access?limit=3', [{ limit: 3 }]],
  ])('%s', async (path, wanted) => {
    expect((await get(path)).json()).toMatchObject({ ok: true });
    expect(asked).toEqual([wanted]);
  });

  test.each([
    'sessions?limit=0',
    'sessions?limit=1001',
    'sessions?who=x',
    `sessions?person=${'x'.repeat(1001)}`,
    'sessions?person=',
    'attackers?by=country',
    'attackers?cursor=',
    'attackers/x?limit=2',
    'new-access?since=',
    'histogram?step=x',
  ])('%s is a problem document', async (path) => {
    const answer = await get(path);
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(asked).toEqual([]);
  });

  test('what is too large is said to be', async () => {
    const answer = await get('histogram?q=x');
    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toMatchObject({ status: 413, detail: 'the question is too large' });
  });
});
