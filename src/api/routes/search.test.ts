import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { createApp } from '../app.ts';
import type { AskingView, FoundEvent, TailPart } from '../asking.ts';
import { ANYONE } from '../fixtures/anyone.ts';
import { UNWATCHED } from '../fixtures/unwatched.ts';
import type { ServerView } from '../view.ts';

const event = (text: string): FoundEvent => ({ position: '1', stream: 's', parser: 'p', document: { message: text } });
const answer = { events: [event('x')], next: null, remarks: [], missing: [] };

let app: FastifyInstance;
let port: number;
let asking: { -readonly [K in keyof AskingView]: AskingView[K] };

beforeEach(async () => {
  asking = {
    search: async () => answer,
    tail: async function* () {},
    ofRecord: async () => [event('x')],
    who: async () => ({ at: '', since: '', sessions: [], unknown: [] }),
  };
  app = createApp({ asking, access: ANYONE, watched: UNWATCHED } as unknown as ServerView, { local: false });
  await app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = app.server.address() as AddressInfo);
});
afterEach(() => app.close());

const get = (url: string) => app.inject({ url, headers: { host: '127.0.0.1' } });

/** A request by a socket of its own. */
async function opened(path: string): Promise<{ response: IncomingMessage; leave: () => void }> {
  const sent = request({ host: '127.0.0.1', port, path, agent: false });
  sent.on('error', () => {});
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  return { response, leave: () => sent.destroy() };
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of response) text += String(piece);
  return text;
}

describe('search', () => {
  test('gives what is found', async () => {
    expect((await get('/api/v1/search?q=x&limit=5')).json()).toEqual(answer);
    expect((await get('/api/v1/records/7/events')).json()).toEqual({ events: answer.events });
    expect((await get('/api/v1/who')).statusCode).toBe(200);
  });

  test.each([
    'search?limit=0',
    'search?limit=1001',
    'search?x=1',
    `search?q=${'x'.repeat(4001)}`,
    'tail?last=101',
    'records/x/events',
    'who?host=',
  ])('refuses %.40s', async (path) => {
    const refused = await get(`/api/v1/${path}`);
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.json()).toMatchObject({ status: 400 });
  });

  test('a question that passes the limits says so', async () => {
    asking.search = async () => Promise.reject(new AppError('E_TOO_LARGE', 'the question is too large'));
    expect((await get('/api/v1/search')).json()).toMatchObject({ status: 413, detail: 'the question is too large' });
  });

  test('ends when the client leaves', async () => {
    const ended = new Promise<void>((resolve) => {
      asking.search = (_, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            resolve();
            reject(signal.reason);
          }),
        );
    });
    const sent = request({ host: '127.0.0.1', port, path: '/api/v1/search', agent: false });
    sent.on('error', () => {});
    sent.end();
    await once(app.server, 'request');
    sent.destroy();
    await ended;
  });
});

describe('tail', () => {
  test('gives server-sent events, and the end', async () => {
    asking.tail = async function* (): AsyncGenerator<TailPart> {
      yield { kind: 'events', events: [event('a\n\nevent: forged'), event('b')], at: 7 };
      yield { kind: 'events', events: [], at: 7 };
      yield { kind: 'missed', events: 3 };
      throw new AppError('E_TOO_LARGE', 'too large');
    };
    const { response } = await opened('/api/v1/tail?q=x');
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    const blocks = (await textOf(response)).split('\n\n');
    expect(blocks).toEqual([
      `event: event\ndata: ${JSON.stringify(event('a\n\nevent: forged'))}`,
      `id: 7\nevent: event\ndata: ${JSON.stringify(event('b'))}`,
      ':\nid: 7',
      'event: missed\ndata: {"kind":"missed","events":3}',
      'event: end\ndata: {"detail":"too large"}',
      '',
    ]);
  });

  test('a query that is none is a problem document', async () => {
    asking.tail = async function* (): AsyncGenerator<TailPart> {
      if (asking !== undefined) throw new AppError('E_USAGE', 'query, column 1: no');
      yield { kind: 'events', events: [], at: 7 };
    };
    expect((await get('/api/v1/tail?q=(')).json()).toMatchObject({ status: 400, detail: 'query, column 1: no' });
  });

  test('of a bug nothing is told but that there is one: the log has it', async () => {
    const log = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      asking.tail = async function* (): AsyncGenerator<TailPart> {
        yield { kind: 'events', events: [], at: 7 };
        throw new Error('secret');
      };
      const { response } = await opened('/api/v1/tail');
      const text = await textOf(response);
      expect(text).toContain('event: end\ndata: {"detail":"something went wrong here');
      expect(text).not.toContain('secret');
      expect(log.mock.calls.join()).toMatch(/this is a bug: Error: secret/);
    } finally {
      log.mockRestore();
    }
  });

  test('ends when the client leaves', async () => {
    const ended = new Promise<void>((resolve) => {
      asking.tail = async function* (_, signal): AsyncGenerator<TailPart> {
        try {
          yield { kind: 'events', events: [], at: 7 };
          await once(signal, 'abort');
        } finally {
          resolve();
        }
      };
    });
    const { leave } = await opened('/api/v1/tail');
    leave();
    await ended;
  });

  test('a client that does not read is cut off, and told', async () => {
    let sent = 0;
    const ended = new Promise<void>((resolve) => {
      asking.tail = async function* (): AsyncGenerator<TailPart> {
        try {
          for (; sent < 1000; sent += 1) {
            yield { kind: 'events', events: [event('x'.repeat(100_000))], at: 7 };
            await new Promise(setImmediate);
          }
        } finally {
          resolve();
        }
      };
    });
    const { response } = await opened('/api/v1/tail');
    response.pause();
    await ended;
    expect(sent).toBeLessThan(1000);
    expect((await textOf(response)).trimEnd()).toMatch(
      /event: end\ndata: \{"detail":"cut off: \d+ bytes were not read"\}$/,
    );
  });
});
