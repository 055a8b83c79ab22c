import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Zone } from '../core/zone.ts';
import { createDispatch } from '../decode/dispatch.ts';
import { parsers } from '../parsers/index.ts';
import { CHUNK } from './chunk.ts';
import { ChunkDecoder, type PlacedEvent, type PlacedRecord } from './chunk-decoder.ts';

const dispatch = createDispatch(parsers);
const golden = (name: string) =>
  readFileSync(new URL(`../parsers/golden/${name}.log`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
const AUDIT = golden('auditd');
const SSHD = golden('sshd');

const fail = (): never => {
  throw new Error('a fault of a parser');
};

const decoderOf = (events: PlacedEvent[]) =>
  new ChunkDecoder({
    dispatch,
    zone: new Zone('UTC'),
    localHost: 'this.example',
    enrichers: [],
    emit: (placed) => events.push(placed),
  });

const SECOND = 1_000_000;
const START = Date.UTC(2026, 10, 22) * 1000;

function recordOf(index: number, stream: string, text: string, atUs: number, more: object = {}): PlacedRecord {
  const fields = { stream, via: 'tcp:192.0.2.7:514', peer: 'none', ...more };
  return { index, receivedAtUs: atUs, record: { kind: 'raw', fields, payload: Buffer.from(text) } };
}

/** Records of three streams, audit among them, with pauses that sometimes end a record of several lines. */
const records = fc
  .array(
    fc.record({
      stream: fc.integer({ min: 0, max: 2 }),
      pause: fc.constantFrom(0, 0, 0, 1000, SECOND / 2, 3 * SECOND),
    }),
    { minLength: 1, maxLength: 120 },
  )
  .map((steps) => {
    const next = [0, 0, 0];
    let at = START;
    return steps.map(({ stream, pause }, index) => {
      at += pause;
      const lines = stream === 2 ? SSHD : AUDIT;
      const nth = next[stream] as number;
      next[stream] = nth + 1;
      return recordOf(index, `s${stream}`, lines[nth % lines.length] as string, at);
    });
  });

const told = (events: readonly PlacedEvent[]) =>
  events.map(({ event, first, last, sub, stream, receivedAtUs }) => ({
    ...{ first, last, sub, stream, receivedAtUs },
    parser: event.parser,
    raw: event.raw,
    fields: event.fields,
    host: event.host,
  }));

/** Silence is looked at no later than the next record came. */
const tickBefore = (all: readonly PlacedRecord[], to: number) => (all[to]?.receivedAtUs ?? START + 3600 * SECOND) - 1;

describe('ChunkDecoder', () => {
  test('comes to the same events however the records are cut into batches, and after a crash at any of them', () => {
    fc.assert(
      fc.property(
        records,
        fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 6 }),
        fc.nat(6),
        (all, cuts, crash) => {
          const whole: PlacedEvent[] = [];
          const once = decoderOf(whole);
          once.push(all);
          once.tick(all.length, tickBefore(all, all.length));

          const ends = [...new Set([...cuts.filter((cut) => cut < all.length), all.length])].sort((a, b) => a - b);
          const pieces: PlacedEvent[] = [];
          let decoder = decoderOf(pieces);
          let from = 0;
          for (const [nth, to] of ends.entries()) {
            if (nth === crash) {
              decoder = decoderOf(pieces);
              if (from > 0) decoder.replay(all.slice(0, from), from, tickBefore(all, from));
            }
            decoder.push(all.slice(from, to));
            decoder.tick(to, tickBefore(all, to));
            from = to;
          }
          const inOrder = (events: readonly PlacedEvent[]) =>
            told(events).sort((a, b) => a.first - b.first || a.sub - b.sub);
          expect(inOrder(pieces)).toEqual(inOrder(whole));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('of a record that was erased there is no event, and others have nothing of it', () => {
    const lines = [
      'sshd[811]: Connection from 192.0.2.7 port 51022 on 192.0.2.1 port 22',
      'sshd[811]: Accepted password for ana from 192.0.2.7 port 51022 ssh2',
      'sshd[811]: pam_unix(sshd:session): session opened for user ana(uid=1000) by (uid=0)',
    ].map((text, index) => recordOf(index, 's', `<38>Nov 22 00:00:00 web1 ${text}`, START, { size: '90' }));
    const decoded = (gone: readonly number[]) => {
      const events: PlacedEvent[] = [];
      const decoder = decoderOf(events);
      const record = (one: PlacedRecord) => ({ ...one.record, kind: 'ref' as const, payload: Buffer.alloc(0) });
      decoder.push(
        lines.map((one) => (gone.includes(one.index) ? { ...one, record: record(one), erased: true } : one)),
      );
      decoder.tick(lines.length, START + 3600 * SECOND);
      const [counts] = [...decoder.takeCounts().values()];
      return { events, erased: decoder.takeErased(), records: counts?.records, bytes: counts?.bytes };
    };
    const address = ({ events }: ReturnType<typeof decoded>) => events.at(-1)?.event.fields['source.ip'];
    expect([address(decoded([])), address(decoded([0, 1]))]).toEqual(['192.0.2.7', undefined]);
    expect(decoded([0, 1])).toMatchObject({ events: [{ first: 2 }], erased: 2, records: 3 });
    expect(decoded([0, 1, 2])).toMatchObject({ events: [], erased: 3, records: 3, bytes: 270 });
  });

  test('every record is in exactly one event, and identities differ', () => {
    fc.assert(
      fc.property(records, (all) => {
        const events: PlacedEvent[] = [];
        const decoder = decoderOf(events);
        decoder.push(all);
        decoder.tick(CHUNK, 0);
        const lines = events.reduce((sum, { event }) => sum + event.lines, 0);
        expect(lines).toBe(all.length);
        expect(new Set(events.map(({ first, sub }) => `${first} ${sub}`)).size).toBe(events.length);
        expect(decoder.isOpen).toBe(false);
      }),
    );
  });

  test('what was sent again is counted, and is no event', () => {
    const events: PlacedEvent[] = [];
    const decoder = decoderOf(events);
    const line = SSHD[0] as string;
    decoder.push([
      recordOf(0, 'relp/web-1', line, START, { aseq: '7' }),
      recordOf(1, 'relp/web-1', line, START, { aseq: '7', via: 'relp:192.0.2.7:515;again' }),
    ]);
    expect(events.length).toBe(1);
    const counts = decoder.takeCounts().get('relp/web-1');
    expect(counts).toMatchObject({ records: 1, retransmitted: 1 });
  });

  test('a line that was split is one event from its first part to its last; a part alone is an event of its own', () => {
    const events: PlacedEvent[] = [];
    const decoder = decoderOf(events);
    const line = '<34>1 2026-11-22T00:00:00Z web1 app - - - aaaa';
    decoder.push([
      recordOf(0, 's', 'aaaa', START, { part: '2/2' }),
      recordOf(1, 's', line, START, { part: '1/2' }),
      recordOf(2, 's', 'bbbb', START, { part: '2/2' }),
      recordOf(3, 's', line, START, { part: '1/3' }),
    ]);
    decoder.tick(CHUNK, 0);
    expect(events.map(({ first, last, event }) => [first, last, event.message])).toEqual([
      [0, 0, ''],
      [1, 2, 'aaaabbbb'],
      [3, 3, 'aaaa'],
    ]);
  });

  test('a line that a full disk cut short, and that comes again as a whole, is one event', () => {
    const events: PlacedEvent[] = [];
    const decoder = decoderOf(events);
    const line = '<34>1 2026-11-22T00:00:00Z web1 app - - - aaaa';
    decoder.push([
      recordOf(0, 's', line, START, { part: '1/2' }),
      recordOf(1, 's', line, START, { part: '1/2' }),
      recordOf(2, 's', 'bbbb', START, { part: '2/2' }),
    ]);
    decoder.tick(CHUNK, 0);
    expect(events.map(({ first, last, event }) => [first, last, event.message])).toEqual([[1, 2, 'aaaabbbb']]);
  });

  test('a line’s end that was left in a frame is not of the line', () => {
    const events: PlacedEvent[] = [];
    const text =
      '<38>1 2026-11-22T05:49:58.442024+00:00 web-1 sshd 7 - - Failed password for root from 192.0.2.7 port 22 ssh2';
    const decoder = decoderOf(events);
    for (const [index, end] of ['', '\n', '\r\n'].entries()) decoder.push([recordOf(index, 's', text + end, START)]);
    expect(events.map(({ event }) => event.parser)).toEqual(Array(3).fill('sshd'));
    expect(new Set(events.map(({ event }) => event.message)).size).toBe(1);
  });

  test('a parser that fails at a line does not stop what comes after it', () => {
    const events: PlacedEvent[] = [];
    const broken = { kind: 'message', name: 'broken', programs: ['broken'], parse: fail } as const;
    const decoder = new ChunkDecoder({
      dispatch: createDispatch([...parsers, broken]),
      zone: new Zone('UTC'),
      localHost: 'this.example',
      enrichers: [],
      emit: (placed) => events.push(placed),
    });
    const line = '<34>1 2026-11-22T00:00:00Z web1 broken - - - hello';
    decoder.push([recordOf(0, 's', line, START), recordOf(1, 's', SSHD[0] as string, START)]);
    expect(events.map(({ first, event }) => [first, event.parser, event.fields['error.code']])).toEqual([
      [0, null, 'parser_failed'],
      [1, 'sshd', undefined],
    ]);
    expect(decoder.isOpen).toBe(false);
  });

  test('the ledger’s own records are events', () => {
    const events: PlacedEvent[] = [];
    const record = { kind: 'hold', fields: { rt: '', id: 'h1', reason: 'court' }, payload: Buffer.alloc(0) } as const;
    decoderOf(events).push([{ index: 9, receivedAtUs: START, record }]);
    expect(events[0]).toMatchObject({ first: 9, event: { parser: 'ledger', message: 'hold id=h1 reason=court' } });
  });

  test('a line that names no host is of this machine only where this machine wrote it', () => {
    const events: PlacedEvent[] = [];
    const line = '192.0.2.9 - - [22/Nov/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "-"';
    decoderOf(events).push([
      recordOf(0, 'file/a', line, START, { via: 'file:/var/log/nginx/access.log' }),
      recordOf(1, 'import-x/a', line, START, { via: 'import:web1/var/log/nginx/access.log' }),
      recordOf(2, 'tcp/b', line, START, { via: 'tcp:192.0.2.7:5140' }),
      recordOf(3, 'tls/c', line, START, { via: 'tls:[2001:db8::1]:5140', peer: 'web-3' }),
    ]);
    expect(events.map(({ event }) => event.host)).toEqual(['this.example', '', '192.0.2.7', 'web-3']);
  });

  test('a stamp without a year is of the year that ends at most a day after it was received', () => {
    const events: PlacedEvent[] = [];
    const line = 'Dec 31 23:59:58 web1 sshd[1]: Server listening on 0.0.0.0 port 22.';
    decoderOf(events).push([recordOf(0, 's', line, Date.UTC(2027, 0, 1, 0, 0, 1) * 1000)]);
    expect(new Date(events[0]?.event.time ?? 0).toISOString()).toBe('2026-12-31T23:59:58.000Z');
  });
});
