import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Zone } from '../core/zone.ts';
import { timeOf } from './windows/time.ts';
import windows from './windows-events.ts';

const context = { zone: new Zone('Europe/Berlin'), year: () => 2026 };
const NO_STAMPS = { created: '', local: '', received: '', shipped: '' };
const wall = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

function parse(document: unknown) {
  return windows.parse(JSON.stringify(document), context);
}

const logon = (data: Record<string, unknown>) => ({
  EventID: 4624,
  Channel: 'Security',
  Hostname: 'DESK07.example.test',
  '@timestamp': '2026-03-01T10:00:00Z',
  LogonType: '3',
  TargetUserName: 'anna',
  ...data,
});

describe('the time of an event', () => {
  test('a clock on the wall is moved by the zone that the shipper’s stamp gives away', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.parse('2001-01-01'), max: Date.parse('2037-01-01') }),
        fc.integer({ min: -56, max: 56 }),
        fc.integer({ min: 0, max: 3600 }),
        fc.integer({ min: 0, max: 90 }),
        (at, quarters, queued, shipping) => {
          const happened = Math.floor(at / 1000) * 1000;
          const offset = quarters * 900_000;
          const received = happened + queued * 1000;
          const stamps = {
            ...NO_STAMPS,
            local: wall(happened + offset),
            received: wall(received + offset),
            shipped: new Date(received + shipping * 1000).toISOString(),
          };
          expect(timeOf(stamps, '', context)).toEqual({ time: happened, certainty: 'exact' });
        },
      ),
    );
  });

  test('without a shipper the clock on the wall is read in the zone that was asked for', () => {
    const { time, certainty } = timeOf({ ...NO_STAMPS, local: '2026-03-01 10:00:00' }, '', context);
    expect([time, certainty]).toEqual([Date.parse('2026-03-01T09:00:00Z'), 'zone']);
  });

  test('a shipper that came hours later says nothing of the zone', () => {
    const stamps = { ...NO_STAMPS, local: '2026-03-01 10:00:00', shipped: '2026-03-04T18:00:00Z' };
    expect(timeOf(stamps, '', context).certainty).toBe('zone');
  });

  test('what has a zone is taken as it is; Sysmon’s own time is UTC', () => {
    expect(timeOf({ ...NO_STAMPS, created: '/Date(1772359200123)/' }, '', context).time).toBe(1772359200123);
    expect(timeOf({ ...NO_STAMPS, local: '2026-03-01T10:00:00.123456+01:00' }, '', context).time).toBe(
      Date.parse('2026-03-01T09:00:00.123Z'),
    );
    expect(timeOf(NO_STAMPS, '2026-03-01 10:00:00.500', context).time).toBe(Date.parse('2026-03-01T10:00:00.500Z'));
    expect(timeOf(NO_STAMPS, '', context)).toEqual({});
  });
});

describe('a logon', () => {
  test('the collector is not the host', () => {
    expect(parse(logon({ host: 'collector.example.test' }))?.host).toBe('DESK07');
  });

  test.each(['-', '::1', '127.0.0.1', '', 'LOCAL'])('no peer in %j', (IpAddress) => {
    expect(parse(logon({ IpAddress }))?.fields['source.ip']).toBeUndefined();
  });

  test.each([
    ['a person', { TargetUserName: 'anna', IpAddress: '10.20.0.15' }, 'start'],
    ['a computer', { TargetUserName: 'DESK09$', IpAddress: '10.20.0.9' }, 'info'],
    ['Windows itself, by its name in German', { TargetUserName: 'SYSTEM', TargetUserSid: 'S-1-5-18' }, 'info'],
    ['Windows itself, by its number alone', { TargetUserName: 'NETZWERKDIENST', TargetUserSid: 'S-1-5-20' }, 'info'],
    ['a service', { LogonType: '5' }, 'info'],
    ['over loopback', { IpAddress: '::1' }, 'info'],
  ])('%s', (_, data, type) => {
    expect(parse(logon(data))?.fields['event.type']).toEqual([type]);
  });

  test('failures count for who tries, also with no name or a computer’s from outside', () => {
    const type = (data: Record<string, unknown>) => parse({ ...logon(data), EventID: 4625 })?.fields['event.type'];
    expect(type({ TargetUserName: '', IpAddress: '10.20.0.15' })).toEqual(['start']);
    expect(type({ TargetUserName: 'DESK09$', IpAddress: '8.8.4.4' })).toEqual(['start']);
    expect(type({ TargetUserName: 'DESK09$', IpAddress: '10.20.0.15' })).toEqual(['info']);
  });
});

test('any JSON is read or left alone', () => {
  const names = ['EventID', 'Event', 'System', 'winlog', 'winlog.event_id', 'event_id', 'Id', 'LogName', 'Properties'];
  const key = fc.oneof(
    fc.constantFrom(...names, 'EventData', 'Data', 'Channel', 'ProviderName', 'UserData'),
    fc.string(),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(4624, '4625', 3, 'Security', null),
      fc.string(),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(tree, (document) => {
      const parsed = parse(document);
      if (parsed !== null) expect(typeof parsed.fields['event.code']).toBe('string');
    }),
  );
});
