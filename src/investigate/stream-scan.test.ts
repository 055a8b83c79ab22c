import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Event } from '../core/event.ts';
import { Zone } from '../core/zone.ts';
import { Decoder } from '../decode/decoder.ts';
import { createDispatch } from '../decode/dispatch.ts';
import { parsers } from '../parsers/index.ts';
import type { Story } from '../trace/story.ts';
import { StreamScan } from './stream-scan.ts';
import { tellStory } from './tell.ts';

const dispatch = createDispatch(parsers);
const START_MS = Date.UTC(2026, 10, 20);

interface Record {
  readonly stream: string;
  readonly line: string;
}

const minutes = (at: number) => new Date(START_MS + at * 60_000).toISOString();

/** A guesser who gets in, beside a person's day, by two streams. */
const RECORDS: readonly Record[] = Array.from({ length: 200 }, (_, at): Record => {
  const pid = 100 + at;
  const [stream, host] = at % 3 === 0 ? ['tcp/192.0.2.3', 'db-1'] : ['tcp/192.0.2.2', 'web-1'];
  const said =
    at === 150
      ? 'Accepted password for root from 203.0.113.9 port 4022 ssh2'
      : at % 10 === 0
        ? 'Accepted publickey for alice from 198.51.100.7 port 51022 ssh2: ED25519 SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ'
        : 'Failed password for root from 203.0.113.9 port 4022 ssh2';
  return { stream, line: `${minutes(at)} ${host} sshd[${pid}]: ${said}` };
});

/** The story of records whose first has the index `first`, with turns before some of them. */
function told(records: readonly Record[], turns: ReadonlySet<number>, first = 0, sinceMs = 0): Story {
  const scan = new StreamScan({ zone: 'UTC', hostZones: {}, sinceMs, untilMs: Number.POSITIVE_INFINITY });
  scan.turn(first);
  let place = { stream: '', index: 0 };
  const emit = (event: Event) => scan.add(event, place.stream, place.index, START_MS);
  const decoder = new Decoder(dispatch, { zone: new Zone('UTC'), year: () => 2026, host: '', emit });
  for (const [at, { stream, line }] of records.entries()) {
    if (turns.has(at)) scan.turn(first + at);
    place = { stream, index: first + at };
    decoder.push(line, at + 2);
    scan.read(stream, 1, line.length);
  }
  const options = { case: '', zone: 'UTC', top: 100, paths: [], host: '', keep: [], seconds: 0, geo: [] };
  return tellStory(scan.finish(false), { ...options, placeOf: () => ({}) });
}

test('a line’s number is the index of its record, and its file the stream', () => {
  const { verdict, entries, inputs, totals } = told(RECORDS, new Set(), 5000);
  expect(verdict).toBe('breached');
  const login = entries[0]?.evidence.find(({ raw }) => raw.includes('Accepted password'));
  expect(login).toMatchObject({ file: 'tcp/192.0.2.3', line: 5150, raw: RECORDS[150]?.line });
  expect(inputs.map(({ path, lines }) => [path, lines])).toEqual([
    ['tcp/192.0.2.2', 133],
    ['tcp/192.0.2.3', 67],
  ]);
  expect(totals).toMatchObject({ lines: 200, events: 200, files: 2 });
});

/** A story without the lines that it cites: of many alike, the first of each stream and turn are cited. */
function uncited(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(uncited);
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).filter(([key]) => key !== 'evidence');
  return Object.fromEntries(parts.map(([key, part]) => [key, uncited(part)]));
}

test('the same story wherever what was counted is put by', () => {
  const whole = told(RECORDS, new Set());
  const cuts = fc.array(fc.integer({ min: 0, max: RECORDS.length - 1 }), { maxLength: 30 });
  fc.assert(
    fc.property(cuts, (turns) => {
      expect(uncited(told(RECORDS, new Set(turns)))).toEqual(uncited(whole));
    }),
    { numRuns: 30 },
  );
});

test('what is outside of the time is counted, and not told', () => {
  const { totals, attackers } = told(RECORDS, new Set(), 0, START_MS + 160 * 60_000);
  expect(totals).toMatchObject({ events: 200, outOfRange: 160 });
  expect(attackers[0]?.failures).toBe(36);
});

test('an event without a time is of the time at which it was received', () => {
  const record = { stream: 'udp/192.0.2.4', line: 'no stamp in here' };
  expect(told([record], new Set(), 0, START_MS - 1).totals).toMatchObject({ outOfRange: 0 });
  expect(told([record], new Set(), 0, START_MS + 1).totals).toMatchObject({ outOfRange: 1 });
});

test('Windows’ events that came as documents in bulk tell what they tell alone', () => {
  const say = (at: number, host: string, id: number, data: object, channel = 'Security') =>
    JSON.stringify({
      '@timestamp': new Date(START_MS + at * 1000).toISOString(),
      agent: { type: 'winlogbeat' },
      ecs: { version: '8.0.0' },
      host: { name: host },
      winlog: {
        event_id: id,
        channel,
        provider_name: channel === 'Security' ? 'Microsoft-Windows-Security-Auditing' : 'Microsoft-Windows-Sysmon',
        computer_name: `${host}.example.test`,
        event_data: data,
      },
    });
  const ends = { SourceIp: '10.20.0.15', SourcePort: 51_000, DestinationIp: '10.20.0.7', DestinationPort: 135 };
  const sysmon = 'Microsoft-Windows-Sysmon/Operational';
  const logon = { TargetUserName: 'anna', TargetLogonId: '0x1001' };
  const documents = [
    say(0, 'DESK15', 3, { ...ends, Protocol: 'tcp', Initiated: 'true', Image: 'C:\\tool.exe' }, sysmon),
    say(0, 'DESK07', 3, { ...ends, Protocol: 'tcp', Initiated: 'false', Image: 'System' }, sysmon),
    say(2, 'DESK07', 4624, { ...logon, LogonType: 3, IpAddress: '10.20.0.15', IpPort: 50_001 }),
    say(3, 'DESK07', 4688, { ...logon, NewProcessName: 'C:\\x\\whoami.exe', CommandLine: 'whoami /all' }),
    say(9, 'DESK07', 4634, logon),
  ];
  const story = (lines: readonly string[]) =>
    told(
      lines.map((line) => ({ stream: 'es/winlogbeat', line })),
      new Set(),
    );
  const alone = story(documents);
  const bulk = story(documents.map((document) => `{"create":{"_index":"winlogbeat-8.17.0"}}\n${document}`));
  expect(alone.hops.map(({ from, to, at }) => [from.host, to.host, to.user, at])).toEqual([
    ['DESK15', 'DESK07', 'anna', '2026-11-20T00:00:02Z'],
  ]);
  const parts = ({ verdict, hops, sessions, findings }: Story) => uncited({ verdict, hops, sessions, findings });
  expect(JSON.stringify(parts(bulk)).replaceAll(/\{\\"create.*?\\n/g, '')).toBe(JSON.stringify(parts(alone)));
});
