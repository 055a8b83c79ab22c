import { describe, expect, test } from 'vitest';
import { Zone } from '../core/zone.ts';
import { createDispatch } from '../decode/dispatch.ts';
import { parsers } from '../parsers/index.ts';
import { ChunkDecoder, type PlacedEvent } from './chunk-decoder.ts';

// Records as the doors of other log servers keep them, read to events.

const dispatch = createDispatch(parsers);
const AT_US = 1_780_300_900_000_000;

function decode(stream: string, via: string, payloads: readonly string[]): PlacedEvent[] {
  const events: PlacedEvent[] = [];
  const options = { dispatch, zone: new Zone('UTC'), localHost: 'here', enrichers: [] };
  const decoder = new ChunkDecoder({ ...options, emit: (placed) => events.push(placed) });
  decoder.push(
    payloads.map((payload, index) => ({
      index,
      receivedAtUs: AT_US + index,
      record: { kind: 'raw' as const, fields: { stream, via, peer: 'web-1' }, payload: Buffer.from(payload) },
    })),
  );
  decoder.tick(payloads.length, AT_US + 3_600_000_000);
  return events;
}

const shown = ({ event: { parser, host, process, pid, user, address, time, fields } }: PlacedEvent) => ({
  parser,
  host,
  process,
  pid,
  user,
  address,
  time: new Date(time).toISOString(),
  outcome: fields['event.outcome'],
});

const FAILED = 'Failed password for root from 203.0.113.9 port 4022 ssh2';
const LOGIN = {
  parser: 'sshd',
  host: 'web1',
  process: 'sshd',
  pid: 811,
  user: 'root',
  address: '203.0.113.9',
  time: '2026-06-01T08:00:03.123Z',
  outcome: 'failure',
};
const STAMP = '2026-06-01T08:00:03.123Z';
const SECONDS = Date.parse(STAMP) / 1000;
const BEAT = { '@timestamp': STAMP, ecs: { version: '8.0.0' }, agent: { type: 'filebeat' }, host: { name: 'web1' } };
const ACTION = '{"create":{"_index":"filebeat-8.17.0"}}';

describe('a login is found, whichever door it came by', () => {
  test.each<[string, string, string]>([
    [
      'elasticsearch: a line of a file',
      'https:192.0.2.7:1',
      `${ACTION}\n${JSON.stringify({ ...BEAT, message: `Jun  1 08:00:01 web1 sshd[811]: ${FAILED}` })}`,
    ],
    [
      'elasticsearch: a message',
      'https:192.0.2.7:1',
      `${ACTION}\n${JSON.stringify({ ...BEAT, process: { name: 'sshd', pid: 811 }, message: FAILED })}`,
    ],
    [
      'elasticsearch: not ECS',
      'https:192.0.2.7:1',
      `${ACTION}\n${JSON.stringify({ '@timestamp': STAMP, host: 'web1', ident: 'sshd', pid: '811', message: FAILED })}`,
    ],
    [
      'lumberjack',
      'tls:192.0.2.7:1',
      JSON.stringify({
        ...BEAT,
        '@metadata': { beat: 'filebeat' },
        process: { name: 'sshd', pid: 811 },
        message: FAILED,
      }),
    ],
    [
      'gelf',
      'udp:192.0.2.7:1',
      JSON.stringify({
        version: '1.1',
        host: 'web1',
        short_message: FAILED,
        timestamp: SECONDS,
        _application_name: 'sshd',
        _process_id: 811,
      }),
    ],
    [
      'gelf: a line',
      'udp:192.0.2.7:1',
      JSON.stringify({ version: '1.1', host: 'relay', short_message: `<38>1 ${STAMP} web1 sshd 811 - - ${FAILED}` }),
    ],
    [
      'journal-upload',
      'journalhttps:192.0.2.7:1',
      JSON.stringify({
        __CURSOR: 's=1',
        __REALTIME_TIMESTAMP: String(SECONDS * 1e6),
        _HOSTNAME: 'web1',
        SYSLOG_IDENTIFIER: 'sshd',
        _COMM: 'sshd',
        _UID: '0',
        _PID: '811',
        MESSAGE: FAILED,
      }),
    ],
  ])('%s', (name, via, payload) => {
    const events = decode(name, via, [payload, payload]); // the second is tried with the reader of the first
    expect(events.map(shown)).toEqual([LOGIN, LOGIN]);
    expect(events.map(({ first, last }) => [first, last])).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(events[0]?.event.raw).toBe(payload);
  });

  test('documents of many kinds in one stream do not get in each other’s way', () => {
    const kinds: [string, object][] = [
      ['ecs', { ...BEAT, message: 'nothing in particular' }],
      ['journal-json', { '@timestamp': STAMP, program: 'cron', host: 'web1', message: 'nothing' }],
      ['windows-events', { '@timestamp': STAMP, winlog: { event_id: 4624, channel: 'Security' }, message: 'x' }],
      ['ecs', { ...BEAT, process: { name: 'myapp' }, message: 'nothing in particular' }],
      ['gelf', { version: '1.1', host: 'web1', short_message: 'nothing' }],
    ];
    const order = [...kinds, ...kinds.slice().reverse(), ...kinds];
    const read = decode(
      'lumberjack/x',
      'tls:192.0.2.7:1',
      order.map(([, document]) => JSON.stringify(document)),
    );
    expect(read.map(({ event }) => event.parser)).toEqual(order.map(([parser]) => parser));
  });
});
