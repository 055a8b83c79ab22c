import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { AppError } from '../core/errors.ts';
import type { RawRecord } from '../core/stages.ts';
import { createApp } from './app.ts';
import { ANYONE } from './fixtures/anyone.ts';
import { UNWATCHED } from './fixtures/unwatched.ts';
import { page } from './page.ts';
import type { ServerView, ShownEvent, ShownSource, SourcePage, SourceQuery, Status } from './view.ts';

const status = {
  version: '1',
  startedAt: '2026-11-22T00:00:00.000Z',
  address: '',
  data: '/data',
  ledger: {
    origin: 'ledger.example/main',
    key: '',
    size: 3,
    sealed: 2,
    tampered: null,
    witnessed: false,
    cosigned: null,
  },
  index: { indexed: 3, lag: 0, rows: 3, generation: 1 },
  parts: [{ name: 'index', state: 'running', detail: '', pid: 1 }],
  unprotected: ['No witness is set.'],
  troubles: [],
} as unknown as Status;

const taken: RawRecord[] = [];
let sources: SourcePage = { sources: [], total: 0, next: null };
let asked: SourceQuery | null = null;
const view = {
  access: ANYONE,
  watched: UNWATCHED,
  status: () => status,
  sources: async (query: SourceQuery) => {
    asked = query;
    return sources;
  },
  sourceEvents: async () => [],
  events: async () => {
    throw new AppError('E_UNAVAILABLE', 'the index does not answer');
  },
  metrics: () => '# none\n',
  serveLedger: async (_: unknown, response: { end(text: string): void }) => response.end('log'),
  take: async (records: readonly RawRecord[]) => {
    taken.push(...records);
    return { first: taken.length - records.length, last: taken.length - 1 };
  },
} as unknown as ServerView;

const open = createApp(view, { local: false });
const local = createApp(view, { local: true });
const ask = (url: string, host = '127.0.0.1:7300') => open.inject({ url, headers: { host } });

describe('the app', () => {
  test.each(['/', '/healthz', '/readyz', '/metrics', '/api/v1/status', '/api/v1/sources'])(
    '%s answers',
    async (url) => {
      const answer = await ask(url);
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    },
  );

  test.each(['evil.example', '127.0.0.1.evil.example', 'localhost:1:2'])(
    'a page of %j cannot ask through a browser that is led here',
    async (host) => {
      expect((await ask('/api/v1/status', host)).statusCode).toBe(421);
    },
  );

  test('what goes wrong is a problem document, and leaks nothing', async () => {
    expect((await ask('/api/v1/events')).json()).toMatchObject({ status: 503, detail: 'the index does not answer' });
    expect((await ask('/api/v1/events?limit=0')).json()).toMatchObject({ status: 400 });
    expect((await ask('/nowhere')).json()).toMatchObject({ status: 404, type: 'about:blank' });
  });

  test('records are taken on the local socket only, each line one, with its place', async () => {
    const url = '/api/v1/records?stream=hand&via=file%3A%2Fa&inode=7';
    const request = { method: 'POST', url, headers: { 'content-type': 'application/octet-stream' } } as const;
    expect((await open.inject({ ...request, headers: { host: 'localhost' }, payload: 'a\n' })).statusCode).toBe(404);
    const answer = await local.inject({
      ...request,
      payload: Readable.from([Buffer.from('one\ntw'), Buffer.from('o\n\nend')]),
    });
    expect(answer.json()).toEqual({ records: 4, range: { first: 0, last: 3 } });
    expect(taken.map(({ bytes, position }) => [Buffer.from(bytes).toString(), position])).toEqual([
      ['one', '7:0'],
      ['two', '7:4'],
      ['', '7:8'],
      ['end', '7:9'],
    ]);
  });

  test('of many sources the page shows some, says how many there are, and finds others', async () => {
    const hostile = '"><script>';
    const one = {
      stream: 'relp/a',
      hosts: [],
      trust: 'tls',
      state: 'active',
      records: 1,
      parsed: 1,
      unparsed: 0,
      lastSeen: null,
    };
    sources = { sources: Array.from({ length: 100 }, () => one as unknown as ShownSource), total: 10_000, next: 'x' };
    const { body } = await ask(`/?sources=${encodeURIComponent(hostile)}`);
    expect(asked).toEqual({ q: hostile, limit: 100 });
    expect(body).toContain('100 of 10,000 shown');
    expect(body).toContain('name="sources" value="&quot;&gt;&lt;script&gt;"');
    expect((await ask('/api/v1/sources?q=web&limit=7&cursor=y')).json()).toMatchObject({ total: 10_000, next: 'x' });
    expect(asked).toEqual({ q: 'web', limit: 7, cursor: 'y' });
    expect((await ask('/api/v1/sources?limit=1001')).statusCode).toBe(400);
    sources = { sources: [], total: 0, next: null };
  });

  test('nothing from a log is markup on the page', () => {
    const hostile = '<script>alert(1)</script>"\'\u202e\u001b[2J';
    const keys = ['position', 'at', 'host', 'program', 'action', 'outcome', 'user', 'source', 'message'];
    const event = Object.fromEntries(keys.map((key) => [key, hostile])) as unknown as ShownEvent;
    const text = page({ ...status, troubles: [{ at: hostile, what: hostile }] }, null, null, [event]);
    expect(text).not.toContain('<script');
    for (const sign of ['\u202e', '\u001b']) expect(text).not.toContain(sign);
    expect(text).toContain('&lt;script&gt;');
  });
});
