import { gzipSync } from 'node:zlib';
import { fc, test as property } from '@fast-check/vitest';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import protobuf from 'protobufjs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Source } from '../core/stages.ts';
import { type OpenDoor, openDoor, TOKEN, TOKENS, textsOf } from './fixtures/door.ts';
import { fromProtobuf } from './otlp/log-records.ts';
import otlp from './otlp-http.ts';

let door: OpenDoor | null = null;
afterEach(async () => {
  await door?.stop();
  door = null;
  vi.unstubAllEnvs();
});
async function open(options: object = {}, gate?: () => Promise<void>): Promise<OpenDoor> {
  door = await openDoor(otlp as unknown as Source, options, gate);
  return door;
}

const PROTOBUF = 'application/x-protobuf';
const post = ({ base }: OpenDoor, body: string | Uint8Array, headers: Record<string, string> = {}, path = '/v1/logs') =>
  fetch(`${base}${path}`, {
    method: 'POST',
    body: body as string,
    headers: { 'content-type': 'application/json', ...headers },
  });
const request = (records: string) => `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records}]}]}]}`;

// The same messages as another implementation reads and writes them.
const { root } = protobuf.parse(`syntax = "proto3";
message AnyValue { oneof value { string stringValue = 1; bool boolValue = 2; int64 intValue = 3; double doubleValue = 4;
  ArrayValue arrayValue = 5; KeyValueList kvlistValue = 6; bytes bytesValue = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; uint32 droppedAttributesCount = 2; }
message Scope { string name = 1; string version = 2; }
message LogRecord { fixed64 timeUnixNano = 1; int32 severityNumber = 2; string severityText = 3; AnyValue body = 5; repeated KeyValue attributes = 6;
  fixed32 flags = 8; bytes traceId = 9; fixed64 observedTimeUnixNano = 11; string later = 200; }
message ScopeLogs { Scope scope = 1; repeated LogRecord logRecords = 2; string schemaUrl = 3; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scopeLogs = 2; string schemaUrl = 3; }
message Request { repeated ResourceLogs resourceLogs = 1; }
message Partial { int64 rejectedLogRecords = 1; string errorMessage = 2; }
message Response { Partial partialSuccess = 1; }
message Status { int32 code = 1; string message = 2; }`);
const encode = (type: string, value: object): Uint8Array => {
  const message = root.lookupType(type);
  return message.encode(message.fromObject(value)).finish();
};
const decode = (type: string, bytes: ArrayBuffer) =>
  root.lookupType(type).toObject(root.lookupType(type).decode(new Uint8Array(bytes)), { longs: String });

describe('log records', () => {
  test.each([
    ['protobuf', ProtobufExporter],
    ['JSON', JsonExporter],
  ])('of the OpenTelemetry SDK, in %s, packed, with a token', async (_, Exporter) => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip');
    const { base, records, notes } = await open({ tokens: TOKENS });
    const exporter = new Exporter({
      url: `${base}/v1/logs`,
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const provider = new LoggerProvider({
      processors: [new SimpleLogRecordProcessor({ exporter })],
    });
    const logger = provider.getLogger('test', '1');
    const one = { severityNumber: 13, body: 'Failed password for root from 192.0.2.9 port 22 ssh2 é' };
    logger.emit({ ...one, attributes: { n: 5, nested: { list: ['a', 1.5, true] } } });
    logger.emit(one);
    await provider.shutdown();
    expect(notes).toEqual([]);
    expect(records).toHaveLength(2);
    expect(records[0]).toMatchObject({ stream: 'otlp-http/web-1', peer: 'web-1' });
    const [kept] = textsOf({ records }).map((text) => JSON.parse(text));
    const [{ resource, scopeLogs }] = kept.resourceLogs;
    expect(resource.attributes).toContainEqual({ key: 'telemetry.sdk.name', value: { stringValue: 'opentelemetry' } });
    expect(scopeLogs[0].scope).toMatchObject({ name: 'test', version: '1' });
    expect(scopeLogs[0].logRecords[0]).toMatchObject({ severityNumber: 13, body: { stringValue: one.body } });
  });

  const text = fc.string({ unit: 'grapheme', maxLength: 12 });
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.record({ stringValue: text }),
      fc.record({ boolValue: fc.boolean() }),
      fc.record({ intValue: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String) }),
      fc.record({ doubleValue: fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0) }),
      fc.record({ arrayValue: fc.record({ values: fc.array(tie('any'), { minLength: 1, maxLength: 3 }) }) }),
      fc.record({ kvlistValue: fc.record({ values: fc.array(tie('pair'), { minLength: 1, maxLength: 3 }) }) }),
    ),
    pair: fc.record({ key: text, value: tie('any') }),
  }));
  const record = fc.record({
    timeUnixNano: fc.bigInt(1n, 2n ** 64n - 1n).map(String),
    severityNumber: fc.integer({ min: 1, max: 24 }),
    body: value.any,
    attributes: fc.array(value.pair, { minLength: 1, maxLength: 3 }),
    flags: fc.nat(),
  });

  property.prop([
    fc.array(record, { minLength: 1, maxLength: 4 }),
    fc.array(value.pair, { minLength: 1, maxLength: 3 }),
  ])('say in JSON what another implementation wrote in protobuf', (logRecords, attributes) => {
    const body = encode('Request', { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] });
    const lines = [...fromProtobuf(Buffer.from(body))].map((line) =>
      JSON.parse(Buffer.from(line, 'latin1').toString()),
    );
    const one = (own: object) => ({ resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords: [own] }] }] });
    expect(lines.map((line) => encode('Request', line))).toEqual(logRecords.map((own) => encode('Request', one(own))));
  });

  test('keep bytes that are no UTF-8, and fields that are not known yet', () => {
    const record = Buffer.from(encode('LogRecord', { body: { stringValue: 'ab' }, later: 'x' }));
    record[record.indexOf('ab')] = 0xff;
    const wrap = (bytes: Buffer) => Buffer.concat([Buffer.from([0x12, bytes.length]), bytes]);
    const inner = wrap(wrap(record));
    const [line = ''] = fromProtobuf(Buffer.concat([Buffer.from([0x0a, inner.length]), inner]));
    expect(Buffer.from(line, 'latin1').includes(Buffer.from([0xff, 0x62]))).toBe(true);
    expect(line).toContain('"unknown":["wgwBeA=="]');
  });

  test('in JSON stay as they came, and equal ones are records of their own', async () => {
    const open1 = await open();
    const record = '{ "timeUnixNano": 1700000000123456789, "body": {"stringValue": "a  b"}, "later": [1.0] }';
    const answer = await post(open1, request(`${record},\n${record}`));
    expect([answer.status, await answer.text()]).toEqual([200, '{}']);
    const kept = request('{"timeUnixNano":1700000000123456789,"body":{"stringValue":"a  b"},"later":[1.0]}');
    expect(textsOf(open1)).toEqual([kept, kept]);
  });
});

describe('answers', () => {
  test('a record that is too long is rejected, the others are durable', async () => {
    const body = {
      resourceLogs: [
        { scopeLogs: [{ logRecords: ['short', 'x'.repeat(5000)].map((stringValue) => ({ body: { stringValue } })) }] },
      ],
    };
    const opened = await open({ maxEntryBytes: 2000 });
    const answer = await post(opened, encode('Request', body), { 'content-type': PROTOBUF });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, PROTOBUF]);
    expect(decode('Response', await answer.arrayBuffer())).toMatchObject({
      partialSuccess: { rejectedLogRecords: '1', errorMessage: expect.stringContaining('2000') },
    });
    const json = await post(opened, JSON.stringify(body));
    expect(await json.json()).toMatchObject({ partialSuccess: { rejectedLogRecords: '1' } });
    expect(opened.records).toHaveLength(2);
    expect(opened.notes).toMatchObject([{ reason: 'entry_too_long' }, { reason: 'entry_too_long' }]);
  });

  const deepValue = (levels: number) => '{"arrayValue":{"values":['.repeat(levels) + ']}}'.repeat(levels);
  const bomb = gzipSync(gzipSync(Buffer.alloc(50 << 20)));
  test.each<[string, string | Uint8Array, Record<string, string>, string, number, number]>([
    ['no token', '{}', {}, '/v1/logs', 401, 16],
    ['a wrong token', '{}', { authorization: 'Bearer nobody' }, '/v1/logs', 401, 16],
    ['another network', '{}', { authorization: 'Bearer away' }, '/v1/logs', 403, 7],
    ['traces', '{}', { authorization: `Bearer ${TOKEN}` }, '/v1/traces', 404, 5],
    ['another type', '{}', { authorization: `Bearer ${TOKEN}`, 'content-type': 'text/plain' }, '/v1/logs', 415, 3],
    ['another coding', '{}', { authorization: `Bearer ${TOKEN}`, 'content-encoding': 'zstd' }, '/v1/logs', 415, 3],
    ['no JSON', '{"resourceLogs":[{]}', { authorization: `Bearer ${TOKEN}` }, '/v1/logs', 400, 3],
    ['no protobuf', 'hello', { authorization: `Bearer ${TOKEN}`, 'content-type': PROTOBUF }, '/v1/logs', 400, 3],
    ['an older form', '{"resourceLogs":[{"scope_logs":[]}]}', { authorization: `Bearer ${TOKEN}` }, '/v1/logs', 400, 3],
    ['deep JSON', request(`{"body":${deepValue(200)}}`), { authorization: `Bearer ${TOKEN}` }, '/v1/logs', 400, 3],
    ['a bomb', bomb, { authorization: `Bearer ${TOKEN}`, 'content-encoding': 'gzip' }, '/v1/logs', 400, 3],
    [
      'a bomb',
      gzipSync(Buffer.alloc(50 << 20)),
      { authorization: `Bearer ${TOKEN}`, 'content-encoding': 'gzip' },
      '/v1/logs',
      413,
      8,
    ],
  ])('%s: a status, in the encoding of the request', async (_, body, headers, path, status, code) => {
    const opened = await open({ tokens: TOKENS });
    const answer = await post(opened, body, headers, path);
    expect(answer.status).toBe(status);
    const isJson = (headers['content-type'] ?? 'application/json') === 'application/json';
    expect(answer.headers.get('content-type')).toBe(isJson ? 'application/json' : PROTOBUF);
    const said = isJson ? await answer.json() : decode('Status', await answer.arrayBuffer());
    expect(said).toMatchObject({ code, message: expect.any(String) });
    expect(opened.records).toEqual([]);
    expect(opened.notes).toMatchObject([{ kind: 'refused' }]);
    expect(JSON.stringify(opened.notes)).not.toContain(TOKEN);
  });

  test('protobuf within itself, fields twice, lengths that lie', async () => {
    const opened = await open();
    let any: Buffer = Buffer.from(encode('AnyValue', { stringValue: 'x' }));
    for (let level = 0; level < 150; level += 1) any = wrapIn(any);
    const nested = field(1, field(2, field(2, field(5, any))));
    const twice = field(1, field(2, field(2, Buffer.concat([field(3, Buffer.from('a')), field(3, Buffer.from('b'))]))));
    const lie = Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]);
    for (const body of [nested, twice, lie, Buffer.from([0x0b]), Buffer.alloc(20, 0xff)]) {
      const answer = await post(opened, body, { 'content-type': PROTOBUF });
      expect(answer.status).toBe(400);
    }
    expect(opened.records).toEqual([]);
  });

  test.each([
    ['empty resources', Buffer.alloc(1_200_000, Buffer.from([0x0a, 0x00])), 413],
    ['fields that nobody knows', Buffer.alloc(1_200_000, Buffer.from([0x10, 0x00])), 413],
    ['as many as may be', Buffer.alloc(1_000_000, Buffer.from([0x0a, 0x00])), 200],
  ])('a small body of %s does not become large in memory', async (_, body, status) => {
    const packed = gzipSync(body);
    expect(packed.length).toBeLessThan(2000);
    const answer = await post(await open(), packed, { 'content-type': PROTOBUF, 'content-encoding': 'gzip' });
    expect(answer.status).toBe(status);
  });

  test('what is common to many is not multiplied without end', async () => {
    const opened = await open({ maxBodyBytes: 1 << 20 });
    const resource = `"resource":{"attributes":[{"key":"k","value":{"stringValue":"${'x'.repeat(400_000)}"}}]}`;
    const records = Array.from({ length: 50_000 }, () => '{}').join(',');
    const answer = await post(opened, `{"resourceLogs":[{${resource},"scopeLogs":[{"logRecords":[${records}]}]}]}`);
    expect(answer.status).toBe(413);
    expect(opened.records).toEqual([]);
  });

  test('a server that stops, and one that is busy: come again', async () => {
    const stopping = await open({}, () => Promise.reject(new Error('stopping')));
    const answer = await post(stopping, request('{}'));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await answer.json()).toMatchObject({ code: 14 });
    await stopping.stop();
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    let isIn = false;
    const keep = () => {
      isIn = true;
      return gate;
    };
    const busy = await open({ maxRequestsPerSender: 1 }, keep);
    const first = post(busy, request('{}'));
    await expect.poll(() => isIn).toBe(true);
    expect((await post(busy, request('{}'))).status).toBe(429);
    go();
    expect((await first).status).toBe(200);
  });
});

function field(number: number, bytes: Buffer): Buffer {
  const head = protobuf.Writer.create()
    .uint32(number * 8 + 2)
    .uint32(bytes.length)
    .finish();
  return Buffer.concat([head, bytes]);
}
const wrapIn = (any: Buffer): Buffer => field(5, field(1, any)); // an AnyValue with a list of it
