import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import Fastify from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { UNWATCHED } from '../fixtures/unwatched.ts';
import type { InvestigatingView, StoryAsked, StoryPart } from '../investigating.ts';
import type { ServerView } from '../view.ts';
import { registerInvestigate } from './investigate.ts';

const ID = randomUUID();
let asked: StoryAsked | null = null;
let parts: (StoryPart | Error)[] = [];
let left = false;
let ready: Promise<void> = Promise.resolve();
let between: () => Promise<void> = async () => {};
const ended: string[] = [];

const investigating: InvestigatingView = {
  async *tell(given, signal) {
    asked = given;
    try {
      await ready;
      for (const part of parts) {
        if (part instanceof Error) throw part;
        yield part;
        await between();
      }
    } finally {
      left = signal.aborted;
    }
  },
  end(id) {
    ended.push(id);
    return id === ID;
  },
};

const app = Fastify({ forceCloseConnections: true });
app.setErrorHandler((error, _, reply) =>
  reply.code(error instanceof AppError ? error.status : 500).send({ detail: (error as Error).message }),
);
app.decorateRequest('caller', null);
app.addHook('onRequest', async (request) => {
  request.caller = { kind: 'local', name: 'test', may: new Set(['search']) };
});
registerInvestigate(app, { investigating, watched: UNWATCHED } as unknown as ServerView, { everyMs: 500, bytes: 1000 });
app.addHook('onRequest', async (_, reply) => {
  reply.raw.once('close', () => app.server.emit('left'));
});
let address = '';
beforeAll(async () => {
  address = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app.close());
beforeEach(() => {
  asked = null;
  left = false;
  ready = Promise.resolve();
  between = async () => {};
  parts = [{ kind: 'begun', id: ID, records: 3 }];
});

/** The events of a stream of server-sent ones. */
const eventsIn = (text: string) =>
  [...text.matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm)].map(([, event, data]) => [event, JSON.parse(data ?? '')]);

describe('a story', () => {
  test('comes in pieces, and says that it is whole', async () => {
    parts.push(
      { kind: 'read', records: 3, of: 3, bytes: 99 },
      { kind: 'story', text: '{"a":"\n' },
      { kind: 'story', text: '"}' },
    );
    const { headers, body } = await app.inject('/api/v1/story');
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(eventsIn(body)).toEqual([
      ['begun', { id: ID, records: 3 }],
      ['read', { records: 3, of: 3, bytes: 99 }],
      ['story', { text: '{"a":"\n' }],
      ['story', { text: '"}' }],
      ['done', {}],
    ]);
    expect(asked).toEqual({ since: '7d', case: '', top: 1000, keep: [] });
  });

  test('is asked for with all that can be said', async () => {
    const query = 'since=30d&until=1d&host=web-1&sender=192.0.2.7&case=c&top=0&keep=192.0.2.0/24,2001:db8::1';
    await app.inject(`/api/v1/story?${query}`);
    expect(asked).toEqual({
      since: '30d',
      until: '1d',
      host: 'web-1',
      sender: '192.0.2.7',
      case: 'c',
      top: 0,
      keep: ['192.0.2.0/24', '2001:db8::1'],
    });
  });

  test.each(['top=x', 'top=-1', 'keep=me', 'since=', 'other=1', `host=${'x'.repeat(256)}`])(
    'is not told for ?%s',
    async (query) => {
      expect((await app.inject(`/api/v1/story?${query}`)).statusCode).toBe(400);
      expect(asked).toBeNull();
    },
  );

  test('what is wrong from the beginning is the answer', async () => {
    parts = [new AppError('E_UNAVAILABLE', 'another story is told now')];
    const { statusCode, body } = await app.inject('/api/v1/story');
    expect([statusCode, JSON.parse(body)]).toEqual([503, { detail: 'another story is told now' }]);
  });

  test('what goes wrong later is its last event; a bug leaks nothing', async () => {
    parts.push(new AppError('E_TOO_LARGE', 'too long'));
    expect(eventsIn((await app.inject('/api/v1/story')).body).at(-1)).toEqual([
      'failed',
      { status: 413, detail: 'too long' },
    ]);
    parts = [...parts.slice(0, 1), new Error('secret')];
    const { body } = await app.inject('/api/v1/story');
    expect(body).not.toContain('secret');
    expect(eventsIn(body).at(-1)).toMatchObject(['failed', { status: 500 }]);
  });

  test('can be ended early by its id', async () => {
    const end = (id: string) => app.inject({ method: 'POST', url: `/api/v1/story/${id}/end` });
    expect((await end(ID)).statusCode).toBe(200);
    expect((await end(randomUUID())).statusCode).toBe(404);
    expect((await end('x')).statusCode).toBe(400);
    expect(ended).toHaveLength(2);
  });

  test('is not told on for a client that left before its first part', async () => {
    let begin: () => void = () => {};
    ready = new Promise((done) => {
      begin = done;
    });
    const abort = new AbortController();
    const asking = fetch(`${address}/api/v1/story`, { signal: abort.signal }).catch(() => null);
    await expect.poll(() => asked).not.toBeNull();
    const gone = once(app.server, 'left');
    abort.abort();
    await Promise.all([asking, gone]);
    begin();
    await expect.poll(() => left).toBe(true);
  });

  test('is not told on for a client that takes nothing of it', async () => {
    parts = Array.from({ length: 5000 }, () => ({ kind: 'story', text: 'x'.repeat(10_000) }) as const);
    const { hostname, port } = new URL(address);
    const client = connect(Number(port), hostname).on('error', () => {});
    client.pause().write('GET /api/v1/story HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(() => left, { timeout: 20_000 }).toBe(true);
    client.destroy();
  });

  test('waits for us as long as it takes', async () => {
    parts = Array.from({ length: 3 }, () => ({ kind: 'story', text: 'x' }) as const);
    between = () => new Promise((done) => setTimeout(done, 1200));
    const answer = await fetch(`${address}/api/v1/story`);
    expect(eventsIn(await answer.text()).at(-1)).toEqual(['done', {}]);
  });

  test('is not told on for a client that left', async () => {
    parts = Array.from({ length: 5000 }, () => ({ kind: 'story', text: 'x'.repeat(10_000) }) as const);
    const abort = new AbortController();
    const answer = await fetch(`${address}/api/v1/story`, { signal: abort.signal });
    await answer.body?.getReader().read();
    abort.abort();
    await expect.poll(() => left).toBe(true);
  });
});
