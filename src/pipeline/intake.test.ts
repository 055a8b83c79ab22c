import { describe, expect, test } from 'vitest';
import { AppError } from '../core/errors.ts';
import type { RawRecord } from '../core/stages.ts';
import { Intake } from './intake.ts';

const record = (text: string, more: Partial<RawRecord> = {}): RawRecord => ({
  stream: 'syslog-udp/192.0.2.7',
  bytes: Buffer.from(text),
  receivedAtUs: 1_000_000,
  via: 'udp:192.0.2.7:514',
  peer: 'none',
  ...more,
});
const CHATTER = '<30>Nov 22 00:00:00 web1 app[1]: hello';
const LOGIN = '<38>Nov 22 00:00:00 web1 sshd[1]: Failed password for root from 203.0.113.9 port 22 ssh2';

/** An intake before a disk that keeps nothing until it is told to. */
function held() {
  const kept: RawRecord[] = [];
  const dropped: string[] = [];
  const waiting: (() => void)[] = [];
  let size = 0;
  const intake = new Intake({
    append: async (records) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      kept.push(...records);
      size += records.length;
      return { first: size - records.length, last: size - 1 };
    },
    closed: () => null,
    onDropped: (stream, count, reason) => dropped.push(...new Array<string>(count).fill(`${stream} ${reason}`)),
    onDurable: () => {},
    nowUs: () => 9_000_000,
  });
  const flush = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { intake, kept, dropped, flush };
}

describe('Intake', () => {
  test('a flood of one sender leaves room for others, and for logins of its own; what is dropped is counted', async () => {
    const { intake, kept, dropped, flush } = held();
    const flood = Array.from({ length: 30_000 }, () => record(CHATTER));
    const sent = [
      intake.emit(flood, { mayDrop: true }),
      intake.emit([record(LOGIN)], { mayDrop: true }),
      intake.emit([record(CHATTER, { stream: 'syslog-udp/192.0.2.8' })], { mayDrop: true }),
    ];
    flush();
    await Promise.all(sent);
    const texts = kept.map(({ bytes }) => Buffer.from(bytes).toString());
    expect(texts.filter((text) => text === LOGIN).length).toBe(1);
    expect(kept.some(({ stream }) => stream.endsWith('.8'))).toBe(true);
    expect(kept.length + dropped.length).toBe(30_002);
    expect(dropped.length).toBeGreaterThan(0);
    expect(new Set(dropped)).toEqual(new Set(['syslog-udp/192.0.2.7 no_room']));
  });

  test('a sender that waits loses nothing, however much comes', async () => {
    const { intake, kept, dropped, flush } = held();
    const sent = intake.emit(Array.from({ length: 60_000 }, () => record(CHATTER)));
    flush();
    await sent;
    expect([kept.length, dropped.length]).toEqual([60_000, 0]);
  });

  test('what the ledger can never take is dropped alone, and counted', async () => {
    const dropped: string[] = [];
    const kept: string[] = [];
    const intake = new Intake({
      append: async (records) => {
        if (records.some(({ bytes }) => bytes.length > 100)) throw new AppError('E_TOO_LARGE', 'too long');
        kept.push(...records.map(({ bytes }) => Buffer.from(bytes).toString()));
        return { first: kept.length - records.length, last: kept.length - 1 };
      },
      closed: () => null,
      onDropped: (_, __, reason) => dropped.push(reason),
      onDurable: () => {},
      nowUs: () => 0,
    });
    await intake.emit(['a', 'b'.repeat(101), 'c', 'd', 'e'.repeat(200)].map((text) => record(text)));
    expect([kept, dropped]).toEqual([
      ['a', 'c', 'd'],
      ['too_large', 'too_large'],
    ]);
  });

  test('no receive time lies before `settledUs` that is not durable', async () => {
    const { intake, flush } = held();
    expect(intake.settledUs()).toBe(8_999_999);
    const sent = intake.emit([record(CHATTER, { receivedAtUs: 5_000_000 })]);
    expect(intake.settledUs()).toBe(4_999_999);
    flush();
    await sent;
    expect(intake.settledUs()).toBe(8_999_999);
  });

  test('after its end nothing is taken, so that nothing is acknowledged', async () => {
    const { intake } = held();
    intake.close();
    await expect(intake.emit([record(CHATTER)])).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  });
});
