import { gzipSync } from 'node:zlib';
import { fc, test as property } from '@fast-check/vitest';
import { Logger } from 'splunk-logging';
import { afterEach, describe, expect, test } from 'vitest';
import type { Source } from '../core/stages.ts';
import { type OpenDoor, openDoor, TOKEN, TOKENS, textsOf } from './fixtures/door.ts';
import { eventsOf } from './hec/events.ts';
import hec from './splunk-hec.ts';

let door: OpenDoor | null = null;
afterEach(async () => {
  await door?.stop();
  door = null;
});
async function open(options: object = {}, gate?: () => Promise<void>): Promise<OpenDoor> {
  door = await openDoor(hec as unknown as Source, options, gate);
  return door;
}

const CHANNEL = 'fe0ecfad-13d5-401b-847d-77833bd77131';
type Answered = [number, Record<string, unknown>];
async function post(
  { base }: OpenDoor,
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = { authorization: `Splunk ${TOKEN}` },
): Promise<Answered> {
  const answer = await fetch(`${base}/services/collector${path}`, { method: 'POST', body: body as string, headers });
  return [answer.status, (await answer.json()) as Record<string, unknown>];
}

describe('events', () => {
  test('of splunk-logging', async () => {
    const opened = await open({ tokens: TOKENS });
    const logger = new Logger({ token: TOKEN, url: opened.base });
    const message = 'Failed password for root from 192.0.2.9 port 22 ssh2 é';
    const said = await new Promise((resolve) =>
      logger.send({ message, metadata: { source: 'sshd', host: 'web-7' }, severity: 'warn' }, (_error, _answer, body) =>
        resolve(body),
      ),
    );
    expect(said).toEqual({ text: 'Success', code: 0 });
    expect(JSON.parse(textsOf(opened)[0] ?? '')).toMatchObject({
      host: 'web-7',
      source: 'sshd',
      event: { message, severity: 'warn' },
    });
    expect(opened.records[0]).toMatchObject({ stream: 'splunk-hec/web-1', peer: 'web-1' });
  });

  const event = fc.record({
    event: fc.oneof(
      fc.string().filter((text) => text.trim() !== ''),
      fc.integer(),
    ),
    host: fc.string(),
  });
  property.prop([
    fc.array(event, { minLength: 1 }),
    fc.constantFrom('', '\n', '\r\n\t '),
    fc.constantFrom(undefined, 2),
  ])('one after another, whatever stands between, or in a list', (events, between, indent) => {
    const latin1 = (text: string) => Buffer.from(text).toString('latin1');
    const expected = events.map((one) => latin1(JSON.stringify(one)));
    expect([...eventsOf(latin1(events.map((one) => JSON.stringify(one, null, indent)).join(between)))]).toEqual(
      expected,
    );
    expect([...eventsOf(latin1(JSON.stringify(events, null, indent)))]).toEqual(expected);
  });

  test('stay as they came; with members of their own they say so; equal ones are records of their own', async () => {
    const opened = await open({ tokens: TOKENS });
    const body = '{"time": 1700000000.120, "event": "a"}{"event":"b","mine":1}{"event":"a"}{"event":"a"}';
    expect(
      await post(opened, '', gzipSync(body), { authorization: `Splunk ${TOKEN}`, 'content-encoding': 'gzip' }),
    ).toEqual([200, { text: 'Success', code: 0 }]);
    expect(textsOf(opened)).toEqual([
      '{"time":1700000000.120,"event":"a"}',
      '{"hec":{"event":"b","mine":1}}',
      '{"event":"a"}',
      '{"event":"a"}',
    ]);
  });

  test('in millions, of a packed body of some kilobytes, are refused', async () => {
    const opened = await open();
    const packed = gzipSync('a\n'.repeat(2_000_000));
    expect(await post(opened, '/raw', packed, { 'content-encoding': 'gzip' })).toMatchObject([413, { code: 6 }]);
    expect(opened.records).toEqual([]);
  });

  test('of /raw are its lines, with what the request says of them', async () => {
    const opened = await open({ tokens: TOKENS });
    const basic = { authorization: `Basic ${Buffer.from(`x:${TOKEN}`).toString('base64')}` };
    expect(await post(opened, '/raw', 'one\r\n\n"two" é', basic)).toMatchObject([200, { code: 0 }]);
    expect(await post(opened, '/raw/1.0?host=web-é&sourcetype=syslog', 'three "é"\n', basic)).toMatchObject([
      200,
      { code: 0 },
    ]);
    expect(textsOf(opened)).toEqual([
      'one\r',
      '"two" é',
      '{"host":"web-é","sourcetype":"syslog","event":"three \\"é\\""}',
    ]);
  });
});

describe('acknowledgement', () => {
  const named = { authorization: `Splunk ${TOKEN}`, 'x-splunk-request-channel': CHANNEL };

  test('numbers hold for the channel that got them, and for no other', async () => {
    const opened = await open({ tokens: TOKENS, acknowledge: true });
    expect(await post(opened, '/event', '{"event":"a"}')).toEqual([400, { text: 'Data channel is missing', code: 10 }]);
    const odd = { ...named, 'x-splunk-request-channel': 'mine' };
    expect(await post(opened, '/event', '{"event":"a"}', odd)).toEqual([
      400,
      { text: 'Invalid data channel', code: 11 },
    ]);
    expect(await post(opened, '/ack', '{"acks":[0]}', named)).toEqual([200, { acks: { 0: false } }]);
    for (const ackId of [0, 1])
      expect(await post(opened, '/event', '{"event":"a"}', named)).toEqual([200, { text: 'Success', code: 0, ackId }]);
    expect(await post(opened, '/raw', 'line', named)).toMatchObject([200, { ackId: 2 }]);
    const asked = '{"acks":[0,2,3,-1]}';
    const answer = { acks: { 0: true, 2: true, 3: false, '-1': false } };
    expect(await post(opened, `/ack?channel=${CHANNEL.toUpperCase()}`, asked)).toEqual([200, answer]);
    const other = { ...named, 'x-splunk-request-channel': CHANNEL.replace('f', 'e') };
    expect(await post(opened, '/ack', '{"acks":[0]}', other)).toEqual([200, { acks: { 0: false } }]);
    expect(await post(opened, '/ack', '{"acks":"all"}', named)).toMatchObject([400, { code: 6 }]);
  });

  test('is not given before it is durable, nor when it never will be', async () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const opened = await open({ acknowledge: true }, () => gate);
    const sent = post(opened, '/event', '{"event":"a"}', named);
    expect(await post(opened, '/ack', '{"acks":[0]}', named)).toEqual([200, { acks: { 0: false } }]);
    go();
    expect(await sent).toMatchObject([200, { ackId: 0 }]);
    await opened.stop();
    const stopping = await open({ acknowledge: true }, () => Promise.reject(new Error('stopping')));
    expect(await post(stopping, '/event', '{"event":"a"}', named)).toEqual([503, { text: 'Server is busy', code: 9 }]);
    expect(await post(stopping, '/ack', '{"acks":[0]}', named)).toEqual([200, { acks: { 0: false } }]);
  });
});

describe('codes and texts of the vendor', () => {
  const right = { authorization: `Splunk ${TOKEN}` };
  test.each<[string, string, string | Uint8Array, Record<string, string>, Answered]>([
    ['no token', '', '{"event":"a"}', {}, [401, { text: 'Token is required', code: 2 }]],
    [
      'another scheme',
      '',
      '{"event":"a"}',
      { authorization: `Bearer ${TOKEN}` },
      [401, { text: 'Invalid authorization', code: 3 }],
    ],
    [
      'a wrong token',
      '',
      '{"event":"a"}',
      { authorization: 'Splunk nobody' },
      [403, { text: 'Invalid token', code: 4 }],
    ],
    [
      'another network',
      '',
      '{"event":"a"}',
      { authorization: 'Splunk away' },
      [403, { text: 'Invalid token', code: 4 }],
    ],
    [
      'a token in the query',
      '?token=x',
      '{"event":"a"}',
      {},
      [400, { text: 'Query string authorization is not enabled', code: 16 }],
    ],
    ['nothing', '', ' \n', right, [400, { text: 'No data', code: 5 }]],
    ['no lines', '/raw', '\n\n', right, [400, { text: 'No data', code: 5 }]],
    ['no JSON', '', '{"event"', right, [400, { text: 'Invalid data format', code: 6, 'invalid-event-number': 0 }]],
    ['no object', '', '"a"', right, [400, { text: 'Invalid data format', code: 6, 'invalid-event-number': 0 }]],
    [
      'deep JSON',
      '',
      `{"event":${'['.repeat(5000)}${']'.repeat(5000)}}`,
      right,
      [400, { text: 'Invalid data format', code: 6, 'invalid-event-number': 0 }],
    ],
    [
      'no event',
      '',
      '{"host":"a"}',
      right,
      [400, { text: 'Event field is required', code: 12, 'invalid-event-number': 0 }],
    ],
    [
      'a blank event',
      '',
      '{"event":"a"}{"event":""}',
      right,
      [400, { text: 'Event field cannot be blank', code: 13, 'invalid-event-number': 1 }],
    ],
    [
      'acknowledgements',
      `/ack?channel=${CHANNEL}`,
      '{"acks":[0]}',
      right,
      [400, { text: 'ACK is disabled', code: 14 }],
    ],
    [
      'nested fields',
      '',
      '{"event":"a","fields":{"a":{}}}',
      right,
      [400, { text: 'Error in handling indexed fields', code: 15, 'invalid-event-number': 0 }],
    ],
    [
      'a time that is none',
      '',
      '{"event":"a","time":"now"}',
      right,
      [400, { text: 'Error in handling indexed fields', code: 15, 'invalid-event-number': 0 }],
    ],
    [
      'another place',
      '/other',
      '',
      right,
      [404, { text: 'The requested URL was not found on this server.', code: 404 }],
    ],
  ])('%s', async (_, path, body, headers, answer) => {
    const opened = await open({ tokens: TOKENS });
    expect(await post(opened, path, body, headers)).toEqual(answer);
    expect(opened.notes).toMatchObject([{ kind: 'refused' }]);
    expect(JSON.stringify(opened.notes)).not.toContain(TOKEN);
  });

  test('a bomb and a long event are too large, another coding is refused, what stood before is durable', async () => {
    const opened = await open({ tokens: TOKENS, maxEntryBytes: 2000 });
    const packed = { ...right, 'content-encoding': 'gzip' };
    expect((await post(opened, '', gzipSync(Buffer.alloc(50 << 20)), packed))[0]).toBe(413);
    expect((await post(opened, '', 'x', { ...right, 'content-encoding': 'br' }))[0]).toBe(415);
    const [status, said] = await post(opened, '', `{"event":"first"}{"event":"${'x'.repeat(3000)}"}{"event":"third"}`);
    expect([status, said['invalid-event-number']]).toEqual([413, 1]);
    expect(textsOf(opened)).toEqual(['{"event":"first"}']);
  });

  test('health', async () => {
    const { base } = await open({ tokens: TOKENS });
    const answer = await fetch(`${base}/services/collector/health`);
    expect([answer.status, await answer.json()]).toEqual([200, { text: 'HEC is healthy', code: 17 }]);
    expect((await fetch(`${base}/services/collector/event`)).status).toBe(405);
  });
});
