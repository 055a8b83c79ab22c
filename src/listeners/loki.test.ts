import { deflateSync, gzipSync } from 'node:zlib';
import { fc, test as property } from '@fast-check/vitest';
import pino from 'pino';
import { pinoLoki } from 'pino-loki';
import protobuf from 'protobufjs';
import { compressSync } from 'snappy';
import { afterEach, describe, expect, test } from 'vitest';
import winston from 'winston';
import LokiTransport from 'winston-loki';
import type { Source } from '../core/stages.ts';
import { type OpenDoor, openDoor, TOKEN, TOKENS, textsOf } from './fixtures/door.ts';
import { labelsOf } from './loki/labels.ts';
import loki from './loki.ts';

let door: OpenDoor | null = null;
afterEach(async () => {
  await door?.stop();
  door = null;
});
async function open(options: object = {}): Promise<OpenDoor> {
  door = await openDoor(loki as unknown as Source, options);
  return door;
}

const PUSH = '/loki/api/v1/push';
const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const post = (
  { base }: OpenDoor,
  body: string | Uint8Array,
  headers: Record<string, string> = JSON_TYPE,
  path = PUSH,
) => fetch(`${base}${path}`, { method: 'POST', body: body as string, headers });

const { root } = protobuf.parse(`syntax = "proto3";
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message Pair { string name = 1; string value = 2; }
message Entry { Timestamp timestamp = 1; string line = 2; repeated Pair structuredMetadata = 3; }
message Stream { string labels = 1; repeated Entry entries = 2; uint64 hash = 3; }
message PushRequest { repeated Stream streams = 1; }`);
const push = (streams: object[]): Buffer => {
  const type = root.lookupType('PushRequest');
  return Buffer.from(type.encode(type.fromObject({ streams })).finish());
};

describe('entries', () => {
  test.each([true, false])('of winston-loki (JSON: %s), with a basic password', async (json) => {
    const opened = await open({ tokens: TOKENS });
    const refused: unknown[] = [];
    const transport = new LokiTransport({
      host: opened.base,
      json,
      labels: { app: 'sshd' },
      batching: false,
      basicAuth: `anybody:${TOKEN}`,
      onConnectionError: (error) => refused.push(error),
    });
    const logger = winston.createLogger({ transports: [transport] });
    logger.info('Failed password for root from 192.0.2.9 port 22 ssh2 é');
    await expect.poll(() => opened.records.length).toBe(1);
    logger.close();
    const { streams } = JSON.parse(textsOf(opened)[0] ?? '');
    expect(streams[0].stream).toEqual({ level: 'info', app: 'sshd' });
    expect(streams[0].values[0][0]).toMatch(/^\d{19}$/);
    expect(streams[0].values[0][1]).toContain('Failed password for root from 192.0.2.9 port 22 ssh2 é');
    expect(opened.records[0]).toMatchObject({ stream: 'loki/web-1', peer: 'web-1' });
    expect([refused, opened.notes]).toEqual([[], []]);
  });

  test('of pino-loki, with structured metadata', async () => {
    const opened = await open({ tokens: TOKENS });
    const headers = { Authorization: `Bearer ${TOKEN}`, 'X-Scope-OrgID': 'team-a' };
    const transport = pinoLoki({ host: opened.base, batching: false, labels: { job: 'shop' }, headers });
    pino({ base: { hostname: 'shop-1' } }, transport).warn({ meta: { user: 'x' } }, 'hello');
    await expect.poll(() => opened.records.length).toBe(1);
    const { tenant, streams } = JSON.parse(textsOf(opened)[0] ?? '');
    expect(tenant).toBe('team-a');
    expect(streams[0]).toMatchObject({ stream: { level: 'warning', hostname: 'shop-1', job: 'shop' } });
    expect(streams[0].values[0][2]).toEqual({ user: 'x' });
  });

  test('in protobuf are kept as in JSON, to the nanosecond and the byte', async () => {
    const opened = await open();
    const entries = [
      {
        timestamp: { seconds: '1700000000', nanos: 123456789 },
        line: 'a "é"',
        structuredMetadata: [{ name: 'k', value: 'v' }],
      },
      { timestamp: { seconds: '1700000001', nanos: 0 }, line: 'ab' },
    ];
    const body = push([{ labels: '{job="x\\"y", host="é"}', entries, hash: 5 }]);
    body[body.indexOf('ab')] = 0xff;
    for (const more of [{}, { 'content-encoding': 'snappy' }]) {
      const answer = await post(opened, compressSync(body), { ...PROTOBUF, ...more });
      expect([answer.status, await answer.text()]).toEqual([204, '']);
    }
    expect(opened.records).toHaveLength(4);
    expect(textsOf(opened)[0]).toBe(
      '{"streams":[{"stream":{"job":"x\\"y","host":"é"},"values":[["1700000000123456789","a \\"é\\"",{"k":"v"}]]}]}',
    );
    expect(Buffer.from(opened.records[1]?.bytes ?? []).includes(Buffer.from([0xff, 0x62]))).toBe(true);
  });

  test('in JSON stay as they came, plain, gzip and deflate; equal ones are records of their own', async () => {
    const opened = await open();
    const value = '[ "1700000000123456789" , "two  spaces" ]';
    const body = `{"streams": [{"stream": {"a": "b"}, "values": [${value}, ${value}]}]}`;
    const packed: [Uint8Array | string, object][] = [
      [body, {}],
      [gzipSync(body), { 'content-encoding': 'gzip' }],
      [deflateSync(body), { 'content-encoding': 'deflate' }],
    ];
    for (const [bytes, more] of packed) expect((await post(opened, bytes, { ...JSON_TYPE, ...more })).status).toBe(204);
    const kept = '{"streams":[{"stream":{"a":"b"},"values":[["1700000000123456789","two  spaces"]]}]}';
    expect(textsOf(opened)).toEqual(Array.from({ length: 6 }, () => kept));
  });

  test('keep what Loki does not know, and refuse what is said twice', async () => {
    const opened = await open();
    const answer = await post(opened, '{"x":[1],"streams":[{"y": 2,"stream":{"a":"b"},"values":[["1","c"]]}]}');
    expect(answer.status).toBe(204);
    expect(textsOf(opened)).toEqual(['{"streams":[{"stream":{"a":"b"},"values":[["1","c"]],"y":2}],"x":[1]}']);
    const twice = await post(opened, '{"streams":[{"stream":{"a":"b"},"values":[["1","c"]],"values":[["1","d"]]}]}');
    expect(twice.status).toBe(400);
  });
});

describe('answers', () => {
  const right = { authorization: `Bearer ${TOKEN}` };
  const one = (value: string, stream = '{"a":"b"}') => `{"streams":[{"stream":${stream},"values":[${value}]}]}`;
  const bomb = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), Buffer.alloc(100)]);
  const lie = Buffer.concat([Buffer.from([0x80, 0x80, 0x40]), compressSync('x').subarray(1)]);
  test.each<[string, string | Uint8Array, Record<string, string>, string, number]>([
    ['no token', one('["1","x"]'), JSON_TYPE, PUSH, 401],
    ['a wrong token', one('["1","x"]'), { ...JSON_TYPE, authorization: 'Basic bm86Ym9keQ==' }, PUSH, 401],
    ['another network', one('["1","x"]'), { ...JSON_TYPE, authorization: 'Bearer away' }, PUSH, 403],
    ['another place', '', { ...JSON_TYPE, ...right }, '/loki/api/v1/query', 404],
    ['no JSON', '{"streams":[', { ...JSON_TYPE, ...right }, PUSH, 400],
    ['a number as time', one('[1,"x"]'), { ...JSON_TYPE, ...right }, PUSH, 400],
    ['no label', one('["1","x"]', '{}'), { ...JSON_TYPE, ...right }, PUSH, 400],
    ['a label that is no text', one('["1","x"]', '{"a":1}'), { ...JSON_TYPE, ...right }, PUSH, 400],
    ['nested metadata', one('["1","x",{"a":{}}]'), { ...JSON_TYPE, ...right }, PUSH, 400],
    ['an odd tenant', one('["1","x"]'), { ...JSON_TYPE, ...right, 'x-scope-orgid': 'a/b' }, PUSH, 400],
    ['another coding', one('["1","x"]'), { ...JSON_TYPE, ...right, 'content-encoding': 'br' }, PUSH, 415],
    ['no snappy', 'hello', { ...PROTOBUF, ...right }, PUSH, 400],
    ['a length of four gigabytes', bomb, { ...PROTOBUF, ...right }, PUSH, 413],
    ['a length that lies', lie, { ...PROTOBUF, ...right }, PUSH, 400],
    ['no protobuf', compressSync('hello'), { ...PROTOBUF, ...right }, PUSH, 400],
    [
      'broken labels',
      compressSync(push([{ labels: '{a=b}', entries: [{ line: 'x' }] }])),
      { ...PROTOBUF, ...right },
      PUSH,
      400,
    ],
  ])('%s', async (_, body, headers, path, status) => {
    const opened = await open({ tokens: TOKENS });
    const answer = await post(opened, body, headers, path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(opened.records).toEqual([]);
    expect(opened.notes).toMatchObject([{ kind: 'refused' }]);
  });

  test('take what is right of a push, and say what is not', async () => {
    const opened = await open({ maxEntryBytes: 2000 });
    const streams = [
      { stream: {}, values: [['1', 'unlabelled']] },
      {
        stream: { a: 'b' },
        values: [
          ['1', 'x'.repeat(3000)],
          ['2', 'right'],
        ],
      },
    ];
    const answer = await post(opened, JSON.stringify({ streams }));
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringMatching(/^error at least one label pair is required per stream\n1 entries are longer than 2000/),
    ]);
    expect(textsOf(opened)).toEqual([expect.stringContaining('right')]);
    expect(opened.notes.map(({ reason }) => reason).sort()).toEqual(['entry_too_long', 'no_labels']);
  });

  test('is it ready', async () => {
    const { base } = await open({ tokens: TOKENS });
    expect(await (await fetch(`${base}/ready`)).text()).toBe('ready\n');
  });
});

describe('labels', () => {
  const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,20}$/);
  property.prop([fc.uniqueArray(fc.tuple(name, fc.string()), { selector: ([key]) => key })])(
    'come back as they were',
    (pairs) => {
      const text = `{${pairs.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(', ')}}`;
      expect(labelsOf(text)).toEqual(pairs);
    },
  );

  test('in every form of Go', () => {
    expect(labelsOf('{ a="\\x41\\101\\u00e9\\t", b=`\\n`, }')).toEqual([
      ['a', 'AA\u00c3\u00a9\t'],
      ['b', '\\n'],
    ]);
  });

  test.each(['', '{', 'a="b"', '{a="b"} x', '{a="b" c="d"}', '{a="b",a="c"}', '{1a="b"}', '{a="\\q"}', '{a="b'])(
    'refuses %s',
    (text) => {
      expect(() => labelsOf(text)).toThrow(expect.objectContaining({ status: 400 }));
    },
  );
});
