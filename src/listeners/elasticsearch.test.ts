import { createHash } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import { Client, errors } from '@elastic/elasticsearch';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { operationsOf } from './elasticsearch/bulk.ts';
import { filtered } from './elasticsearch/filter-path.ts';
import elasticsearch from './elasticsearch.ts';
import { type HowToEmit, type Running, start } from './fixtures/running.ts';

const running: Running[] = [];
const TOKEN = 'b3d4c8e2f1a09d7c';
const TOKENS = [{ name: 'web-1', sha256: createHash('sha256').update(TOKEN).digest('hex') }];
const NDJSON = { 'content-type': 'application/x-ndjson' };

async function listen(config: object = {}, how: HowToEmit = {}): Promise<Running> {
  const listener = await start(elasticsearch, config, how);
  running.push(listener);
  return listener;
}

interface Heard {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function ask(listener: Running, path: string, init: RequestInit = {}): Promise<Heard> {
  const response = await fetch(`http://127.0.0.1:${listener.port}${path}`, init);
  const text = await response.text();
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, headers: response.headers, body };
}

const send = (listener: Running, body: string | Buffer, path = '/_bulk', headers: Record<string, string> = {}) =>
  ask(listener, path, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers: { ...NDJSON, ...headers } });

const lines = (...all: (string | object)[]): string =>
  all.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

afterEach(async () => {
  await Promise.all(running.splice(0).map((listener) => listener.stop()));
});

describe('operationsOf', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
  const document = fc.json().map((text) => `{"a":${text}}`);

  test('gives back what was sent', async () => {
    const sent = fc.array(
      fc.tuple(fc.constantFrom('create', 'index', 'update'), name, fc.option(name, { nil: undefined }), document),
      { minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(sent, fc.constantFrom('\n', '\r\n'), async (operations, end) => {
        const body = operations.flatMap(([kind, index, id, text]) => [
          JSON.stringify({ [kind]: { _index: index, _id: id } }),
          text,
        ]);
        const got = await operationsOf(Buffer.from(body.map((line) => line + end).join('')), null);
        expect(got.map(({ kind, index, id, document: text }) => [kind, index, id ?? undefined, String(text)])).toEqual(
          operations,
        );
      }),
    );
  });

  test('never fails but by a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (bytes) => {
        try {
          await operationsOf(Buffer.concat([Buffer.from(bytes), Buffer.from('\n')]), 'x');
        } catch (error) {
          expect(error).toMatchObject({ name: 'Refusal', status: 400 });
        }
      }),
    );
  });

  test('refuses more than anybody sends, and lets others take their turns', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const refused = operationsOf(Buffer.from('{"index":{}}\n{}\n'.repeat(1_000_000)), 'x');
    await expect(refused).rejects.toMatchObject({ status: 413 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });
});

describe('filtered', () => {
  const answer = { took: 3, errors: false, items: [{ create: { _id: 'a', status: 201 } }, { index: { status: 201 } }] };

  test.each<[string | null, unknown]>([
    [null, answer],
    ['errors', { errors: false }],
    [
      'errors,items.*.error,items.*.status',
      { errors: false, items: [{ create: { status: 201 } }, { index: { status: 201 } }] },
    ],
    ['items.*.error', {}],
    ['**.status', { items: [{ create: { status: 201 } }, { index: { status: 201 } }] }],
    ['to*k,e*s', { took: 3, errors: false }],
    ['-took', answer],
  ])('%s', (path, kept) => {
    expect(filtered(answer, path)).toEqual(kept);
  });
});

describe('elasticsearch', () => {
  test('keeps each operation and its document as they came, and answers for each when it is durable', async () => {
    const durable: number[] = [];
    const listener = await listen({}, { keep: async (batch) => void durable.push(batch.length) });
    const { status, headers, body } = await send(
      listener,
      lines(
        '{"create":{"_index":"logs-web", "_id":"7"}}',
        '{"message": "one",  "@timestamp":"2026-06-01T08:00:00Z"}',
        { delete: { _index: 'logs-web', _id: '7' } },
        { update: { _index: 'logs-web', _id: '7' } },
        { doc: {} },
        { index: {} },
        '{"message":"two"}',
        { index: {} },
        'no object',
      ),
      '/app-logs/_bulk',
    );
    expect(status).toBe(200);
    expect(headers.get('x-elastic-product')).toBe('Elasticsearch');
    expect(durable).toEqual([2]);
    expect(listener.texts()).toEqual([
      '{"create":{"_index":"logs-web", "_id":"7"}}\n{"message": "one",  "@timestamp":"2026-06-01T08:00:00Z"}',
      '{"index":{"_index":"app-logs"}}\n{"message":"two"}',
    ]);
    expect(listener.records[0]).toMatchObject({ stream: 'elasticsearch/127.0.0.1', peer: 'none' });
    expect(body['errors']).toBe(true);
    expect(body['items']).toMatchObject([
      { create: { _index: 'logs-web', _id: '7', status: 201, result: 'created' } },
      { delete: { status: 400, error: { type: 'illegal_argument_exception' } } },
      { update: { status: 400, error: { type: 'illegal_argument_exception' } } },
      { index: { _index: 'app-logs', status: 201, _id: expect.stringMatching(/^[\w-]{20}$/) } },
      { index: { status: 400, error: { type: 'document_parsing_exception' } } },
    ]);
    expect(listener.said()).toEqual({
      'refused/illegal_argument_exception': 2,
      'refused/document_parsing_exception': 1,
    });
  });

  test('packed, and filtered as Beats ask', async () => {
    const listener = await listen();
    const body = lines({ create: { _index: 'x' } }, { message: 'one' });
    const path = '/_bulk?filter_path=errors%2Citems.%2A.error%2Citems.%2A.status';
    const expected = { errors: false, items: [{ create: { status: 201 } }] };
    expect((await send(listener, gzipSync(body), path, { 'content-encoding': 'gzip' })).body).toEqual(expected);
    expect((await send(listener, deflateSync(body), path, { 'content-encoding': 'deflate' })).body).toEqual(expected);
    expect(listener.records.length).toBe(2);
  });

  test.each<[string, string, RegExp | string]>([
    ['an end that is missing', '{"index":{"_index":"x"}}\n{}', /must be terminated by a newline/],
    ['a document that is missing', '{"index":{"_index":"x"}}\n', /must be terminated by a newline/],
    ['nothing', '', /request body is required/],
    ['empty lines', '\n\n', /no requests added/],
    ['no index', '{"index":{}}\n{}\n', /index is missing/],
    ['another operation', '{"upsert":{}}\n{}\n', /but found \[upsert\]/],
    ['no JSON', 'hello\nthere\n', /Malformed action\/metadata line \[1\]/],
    ['one good and one bad', '{"index":{"_index":"x"}}\n{}\nhello\n{}\n', /Malformed action\/metadata line \[3\]/],
  ])('refuses %s, and keeps nothing of it', async (_, body, reason) => {
    const listener = await listen();
    const heard = await send(listener, body);
    expect(heard.status).toBe(400);
    expect(heard.body).toMatchObject({ status: 400, error: { reason: expect.stringMatching(reason) } });
    expect(listener.records).toEqual([]);
  });

  test('tells senders by API key, password and bearer token, and refuses others as Elasticsearch does', async () => {
    const listener = await listen({ tokens: TOKENS });
    const body = lines({ create: { _index: 'x' } }, {});
    const key = Buffer.from(`any-id:${TOKEN}`).toString('base64');
    for (const authorization of [`ApiKey ${key}`, basic('elastic', TOKEN), `Bearer ${TOKEN}`])
      expect((await send(listener, body, '/_bulk', { authorization })).status).toBe(200);
    expect(new Set(listener.records.map(({ stream, peer }) => `${stream} ${peer}`))).toEqual(
      new Set(['elasticsearch/web-1 web-1']),
    );
    for (const headers of [{}, { authorization: basic('elastic', 'changeme') }, { authorization: 'ApiKey !' }])
      for (const path of ['/_bulk', '/']) {
        const heard = path === '/' ? await ask(listener, path, { headers }) : await send(listener, body, path, headers);
        expect(heard.status).toBe(401);
        expect(heard.headers.get('www-authenticate')).toMatch(/^Basic realm="security"/);
        expect(heard.body).toMatchObject({ status: 401, error: { type: 'security_exception' } });
      }
    expect(listener.records.length).toBe(3);
  });

  test('answers what shippers ask before they send', async () => {
    const listener = await listen({ version: '8.11.3' });
    const asked = async (method: string, path: string) => (await ask(listener, path, { method })).status;
    expect((await ask(listener, '/')).body).toMatchObject({ version: { number: '8.11.3', build_flavor: 'default' } });
    expect((await ask(listener, '/_license?human=false')).body).toMatchObject({ license: { status: 'active' } });
    expect((await ask(listener, '/_cluster/health/logs?timeout=5s')).body).toMatchObject({ status: 'green' });
    expect(await asked('HEAD', '/')).toBe(200);
    expect(await asked('GET', '/_xpack')).toBe(200);
    expect((await ask(listener, '/_nodes/http')).body['nodes']).toBeTypeOf('object');
    for (const path of [
      '/_index_template/filebeat-8.17.0',
      '/_template/logstash',
      '/_ilm/policy/filebeat',
      '/_ingest/pipeline/filebeat-8.17.0-system-auth-pipeline',
      '/_data_stream/filebeat-8.17.0',
      '/_component_template/logs%40custom',
      '/filebeat-8.17.0',
    ]) {
      expect([path, await asked('HEAD', path)]).toEqual([path, 404]);
      expect((await ask(listener, path, { method: 'PUT', body: '{}', headers: NDJSON })).body).toMatchObject({
        acknowledged: true,
      });
    }
    expect(listener.said()).toEqual({});
    expect(await asked('GET', '/_bulk')).toBe(405);
    expect((await ask(listener, '/logs/_search')).status).toBe(400);
    expect(listener.said()).toEqual({ 'refused/method': 1, 'refused/no_handler': 1 });
  });

  test('limits: types, lengths, bombs, and a server that stops', async () => {
    const listener = await listen({ maxDocumentBytes: 1024, maxBodyBytes: 10_000 });
    const action = { create: { _index: 'x' } };
    expect((await send(listener, 'x\n', '/_bulk', { 'content-type': 'text/plain' })).body).toEqual({
      error: 'Content-Type header [text/plain] is not supported',
      status: 406,
    });
    const long = await send(listener, lines(action, { message: 'x'.repeat(2000) }, action, { message: 'short' }));
    expect(long.body['items']).toMatchObject([{ create: { status: 413 } }, { create: { status: 201 } }]);
    const bomb = await send(listener, gzipSync(Buffer.alloc(50_000_000)), '/_bulk', { 'content-encoding': 'gzip' });
    expect([bomb.status, bomb.body['error']]).toMatchObject([413, { type: 'content_too_long_exception' }]);
    expect((await send(listener, 'x', '/_bulk', { 'content-encoding': 'gzip' })).status).toBe(400);
    const stopping = await listen({}, { keep: () => Promise.reject(new Error('stopping')) });
    expect((await send(stopping, lines(action, {}))).status).toBe(503);
    expect(listener.texts()).toEqual(['{"create":{"_index":"x"}}\n{"message":"short"}']);
  });

  test('a document by itself', async () => {
    const listener = await listen();
    const { status, body } = await send(listener, '{"message":\n"one"}', '/my%2Dlogs/_doc/7');
    expect([status, body]).toMatchObject([201, { _index: 'my-logs', _id: '7', result: 'created' }]);
    expect((await send(listener, '[]', '/my-logs/_create/8')).status).toBe(400);
    expect(listener.texts()).toEqual(['{"index":{"_index":"my-logs","_id":"7"}}\n{"message":\n"one"}']);
  });
});

describe('Elastic’s client for Node', () => {
  test('asks, sends in bulk, and hears of refusals', async () => {
    const listener = await listen({ tokens: TOKENS });
    const node = `http://127.0.0.1:${listener.port}`;
    const client = new Client({ node, auth: { apiKey: { id: 'web-1', api_key: TOKEN } } });
    expect((await client.info()).cluster_name).toBe('spoor');
    expect(await client.ping()).toBe(true);
    expect(await client.indices.existsIndexTemplate({ name: 'mine' })).toBe(false);
    await client.indices.putIndexTemplate({ name: 'mine', index_patterns: ['logs-*'] });
    const result = await client.helpers.bulk({
      datasource: Array.from({ length: 2000 }, (_, number) => ({ message: `line ${number}`, number })),
      onDocument: () => ({ create: { _index: 'logs-app' } }),
      flushBytes: 20_000,
    });
    expect(result).toMatchObject({ total: 2000, successful: 2000, failed: 0 });
    expect(listener.records.length).toBe(2000);
    expect(new Set(listener.texts().map((text) => JSON.parse(text.split('\n')[1] as string).number)).size).toBe(2000);
    await client.index({ index: 'logs-app', document: { message: 'by itself' } });
    expect(listener.records.length).toBe(2001);
    await client.close();
    const stranger = new Client({ node, auth: { username: 'elastic', password: 'changeme' }, maxRetries: 0 });
    await expect(stranger.info()).rejects.toThrow(errors.ResponseError);
    await stranger.close();
  });
});
