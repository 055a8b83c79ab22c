import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { RawRecord } from '../core/stages.ts';
import { isRetransmission, Retransmissions } from './retransmissions.ts';
import { SeenMessages } from './seen-messages.ts';

/** A connection of one sender. Numbers begin with 2 in each session, as librelp's do. */
class Connection {
  readonly #marks: Retransmissions;
  readonly #via: string;
  readonly #stream: string;
  #next = 2;

  constructor(marks: Retransmissions, via: string, stream = 'relp/web-1') {
    this.#marks = marks;
    this.#via = via;
    this.#stream = stream;
  }

  /** Which of these texts were known to have been sent before. */
  say(...texts: readonly (string | number)[]): boolean[] {
    return texts.map((text) => {
      const record: RawRecord = {
        stream: this.#stream,
        bytes: Buffer.from(String(text)),
        receivedAtUs: 1,
        via: this.#via,
        peer: 'web-1',
        sourceSeq: this.#next,
      };
      this.#next += 1;
      return isRetransmission(this.#marks.mark(record).via);
    });
  }
}

const [no, yes] = [false, true];

describe('what a new session begins with', () => {
  test('is sent again when the session before ended with it; what comes after it is new', () => {
    const marks = new Retransmissions();
    expect(new Connection(marks, 'relp:a:1').say(1, 2, 3, 4)).toEqual([no, no, no, no]);
    expect(new Connection(marks, 'relp:a:2').say(3, 4, 5, 4)).toEqual([yes, yes, no, no]);
  });

  test('is new when it was never said, whatever comes after it', () => {
    const marks = new Retransmissions();
    new Connection(marks, 'relp:a:1').say(1, 2, 3);
    expect(new Connection(marks, 'relp:a:2').say(4, 2, 3)).toEqual([no, no, no]);
  });

  test('is recognised when the sender comes from the same port, and over other sessions between', () => {
    const marks = new Retransmissions();
    new Connection(marks, 'relp:a:1').say(1, 2, 3, 4);
    expect(new Connection(marks, 'relp:a:1').say(2)).toEqual([yes]); // and is cut
    expect(new Connection(marks, 'relp:a:3').say(2, 3)).toEqual([yes, yes]); // and again
    expect(new Connection(marks, 'relp:a:4').say(2, 3, 4, 5, 6)).toEqual([yes, yes, yes, no, no]);
    expect(new Connection(marks, 'relp:a:5').say(4, 5, 6, 7)).toEqual([yes, yes, yes, no]);
  });

  test('is new in another stream, and after the sender took its leave', () => {
    const marks = new Retransmissions();
    new Connection(marks, 'relp:a:1').say(1, 2);
    expect(new Connection(marks, 'relp:a:2', 'relp/web-2').say(2)).toEqual([no]);
    marks.closed('relp:a:1');
    expect(new Connection(marks, 'relp:a:3').say(2)).toEqual([no]);
  });

  test('identical lines of one session are all new; after a cut, the longest run counts', () => {
    const marks = new Retransmissions();
    expect(new Connection(marks, 'relp:a:1').say('x', 'x', 'x')).toEqual([no, no, no]);
    expect(new Connection(marks, 'relp:a:2').say('x', 'x', 'y', 'x')).toEqual([yes, yes, no, no]);
  });
});

test('a message that says its time to the microsecond is known at any time after a cut, others are not', () => {
  const marks = new Retransmissions();
  const said = (time: string) => [
    `<133>1 ${time}+00:00 web-1 sshd 7 - - a message`,
    `<6>${time}Z web-1 sshd[7]: a message`,
  ];
  const exact = said('2026-11-22T05:49:58.442024');
  const inexact = [...said('2026-11-22T05:49:58.442'), ...said('2026-11-22T05:49:58'), '<6>Nov 22 05:49:58 web-1 a: b'];
  const one = new Connection(marks, 'relp:a:1');
  expect(one.say(...exact, ...inexact, 'last', ...exact)).toEqual(Array(10).fill(no));
  const two = new Connection(marks, 'relp:a:2');
  two.say(...Array.from({ length: 5000 }, (_, n) => n));
  expect(two.say(...exact, ...inexact)).toEqual([yes, yes, no, no, no, no, no]);
  expect(new Connection(marks, 'relp:a:3', 'relp/web-2').say(...exact)).toEqual([no, no]);
});

test('a message of a microsecond comes again in its own session, too, but not beside itself', () => {
  const marks = new Retransmissions();
  const one = new Connection(marks, 'relp:a:1');
  const exact = '<133>1 2026-11-22T05:49:58.442024+00:00 web-1 sshd 7 - - a message';
  const between = (count: number) => Array.from({ length: count }, (_, n) => n);
  expect(one.say(exact, exact, 'another', exact)).toEqual([no, no, no, no]);
  expect(one.say(...between(63), exact)).toEqual(Array(64).fill(no));
  expect(one.say(...between(64), exact).at(-1)).toBe(yes);
  expect(one.say(...between(5000), exact).at(-1)).toBe(yes);
});

property.prop([fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: 1, max: 3 })), { maxLength: 6000 })])(
  'what was seen is known as long as it should be',
  (said) => {
    const seen = new SeenMessages(2000);
    const whose = new Map<number, number>();
    for (const [at, [key, session]] of said.entries()) {
      const first = whose.get(key);
      const before = seen.saidBy(key * 1_000_003, session);
      if (first === undefined || at < 2000) expect(before).toBe(first ?? 0);
      if (first === undefined) whose.set(key, session);
    }
  },
);

test('an old session that is read late: what came over the new one already was sent again', () => {
  const marks = new Retransmissions();
  const old = new Connection(marks, 'relp:a:1');
  old.say(1, 2);
  const next = new Connection(marks, 'relp:a:2');
  expect(next.say(2, 3, 4)).toEqual([yes, no, no]);
  expect(old.say(3)).toEqual([yes]);
  expect(next.say(5)).toEqual([no]);
  expect(old.say(4, 5)).toEqual([yes, yes]);
});

test('two sessions side by side say what they say', () => {
  const marks = new Retransmissions();
  const [one, two] = [new Connection(marks, 'relp:a:1'), new Connection(marks, 'relp:a:2')];
  expect([one.say(1), two.say(11), one.say(2), two.say(12), one.say(11), two.say(2)].flat()).toEqual(Array(6).fill(no));
});

test('records that were kept before a start are remembered as they were marked', () => {
  const before = new Retransmissions();
  const after = new Retransmissions();
  const kept = (via: string, sourceSeq: number, text: string) => {
    const record = { stream: 's', via, sourceSeq, bytes: Buffer.from(text), receivedAtUs: 1, peer: 'none' };
    const marked = before.mark(record);
    expect(after.mark(marked).via).toBe(marked.via);
  };
  kept('relp:a:1', 2, 'a');
  kept('relp:a:1', 3, 'b');
  kept('relp:a:2', 2, 'b');
  const again = { stream: 's', via: 'relp:a:3', sourceSeq: 2, bytes: Buffer.from('b'), receivedAtUs: 1, peer: 'none' };
  expect(isRetransmission(after.mark(again).via)).toBe(true);
});

// A sender as librelp is one: a window of messages that were not acknowledged, which goes out first in each session.
property.prop([
  fc.array(fc.record({ sent: fc.nat(40), read: fc.nat(40), acknowledged: fc.nat(40) }), {
    minLength: 1,
    maxLength: 20,
  }),
])('however often the line is cut, each message is new once', (sessions) => {
  const marks = new Retransmissions();
  let unacknowledged: number[] = [];
  let next = 0;
  const news = new Map<number, number>();
  let known = 0; // those that reached us
  for (const [nth, { sent, read, acknowledged }] of [...sessions, { sent: 40, read: 99, acknowledged: 0 }].entries()) {
    for (let i = 0; i < sent && unacknowledged.length < 128; i += 1) unacknowledged.push(next++);
    const received = unacknowledged.slice(0, nth === sessions.length ? undefined : read);
    const said = new Connection(marks, `relp:a:${nth}`).say(...received);
    for (const [at, isAgain] of said.entries()) {
      const message = received[at] as number;
      if (!isAgain) news.set(message, (news.get(message) ?? 0) + 1);
      known = Math.max(known, message + 1);
    }
    unacknowledged = unacknowledged.slice(Math.min(acknowledged, received.length));
  }
  for (let message = 0; message < known; message += 1) expect(news.get(message)).toBe(1);
});
