import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FORMS, HeaderReader } from './header.ts';
import { longestIncreasing } from './increasing.ts';
import { KeyTable } from './key-table.ts';
import { KeyedHash } from './keyed-hash.ts';
import { differenceOf, likeness, wordsOf } from './likeness.ts';
import { LineKeys, textOf } from './line-key.ts';
import { shortestEdit } from './shortest-edit.ts';

describe('headers', () => {
  const read = (line: string) => {
    const reader = new HeaderReader(null);
    const bytes = Buffer.from(line);
    reader.read(bytes, 0, bytes.length);
    return [
      FORMS[reader.form],
      reader.scratch.toString('latin1', 0, reader.length),
      bytes.toString('utf8', reader.messageAt),
    ];
  };

  test('of all forms say the same', () => {
    const same = '11-02 09:23:05 vault sshd 900';
    expect(read('Nov  2 09:23:05 vault.example sshd[900]: hello')).toEqual(['rfc3164', same, 'hello']);
    expect(read('2026-11-02T09:23:05.5Z vault sshd[900]: hello')).toEqual(['rfc3339', same, 'hello']);
    expect(read('1 2026-11-02T09:23:05+09:00 vault sshd 900 ID [a b="]\\""][c] hello')).toEqual([
      'rfc5424',
      same,
      'hello',
    ]);
    expect(read('1 2026-11-02T09:23:05Z vault kernel - - - hello')[1]).toBe('11-02 09:23:05 vault kernel ');
    expect(read('Nov  2 09:23:05 192.0.2.7 kernel: hello')[1]).toBe('11-02 09:23:05 192.0.2.7 kernel ');
  });

  test('that are none leave all to the message', () => {
    for (const line of [
      '',
      'x',
      '1 ',
      'Nov 22',
      'Now 22 10:00:00 a b: c',
      '2026-11-02',
      '1 2026-11-02T09:23:05Z a b c',
      'Nov  2 09:23:05 vault no tag',
    ])
      expect(read(line)).toEqual(['other', '', line]);
  });

  test('of any bytes are read without a fault, and never beyond the line', () => {
    const piece = fc.constantFrom(
      '1 ',
      'Nov  2 09:23:05 ',
      '2026-11-02T09:23:05Z ',
      'vault ',
      'sshd[9]: ',
      '[a="',
      '"]',
      '- ',
      ' ',
      '\\',
      'x'.repeat(300),
      '<38>',
      '\n',
      '7 ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const line = Buffer.from(pieces.join(''));
        const keys = new LineKeys(Buffer.alloc(8, 1), null);
        keys.read(line, 0, line.length);
        keys.readLoose();
        const before = { ...keys };
        keys.read(Buffer.concat([line, Buffer.from('sshd[1]: "] - x')]), 0, line.length);
        keys.readLoose();
        expect({ ...keys }).toEqual(before);
      }),
    );
  });
});

test('framing is left out, and nothing else', () => {
  const text = (line: string) => textOf(Buffer.from(line)).toString();
  expect(text('<38>a\r\n\0')).toBe('a');
  expect(text('12 <191>a')).toBe('a');
  for (const line of ['<192>a', '<>a', '<1234>a', '12 a', '<38', 'a <38>', '']) expect(text(line)).toBe(line);
});

describe('keyed hashes', () => {
  const hash = (bytes: Uint8Array, key = 'testkey!') => {
    const hasher = new KeyedHash(Buffer.from(key));
    hasher.of(bytes, 0, bytes.length);
    return [hasher.high, hasher.low];
  };

  test('differ for texts that differ, with each key, wherever the text stands', () => {
    const bytes = fc.uint8Array({ maxLength: 20 });
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        expect(hash(one).join() === hash(other).join()).toBe(Buffer.from(one).equals(other));
        expect(hash(one)).not.toEqual(hash(one, 'testkey?'));
        const hasher = new KeyedHash(Buffer.from('testkey!'));
        hasher.of(Buffer.concat([other, one, other]), other.length, other.length + one.length);
        expect([hasher.high, hasher.low]).toEqual(hash(one));
      }),
    );
  });

  test('of 100,000 texts differ, in each half nearly all', () => {
    const [highs, lows] = [new Set<number>(), new Set<number>()];
    const bytes = Buffer.alloc(8);
    for (let at = 0; at < 100_000; at += 1) {
      bytes.writeUInt32LE(at, 0);
      const [high = 0, low = 0] = hash(bytes);
      highs.add(high);
      lows.add(low);
    }
    expect(Math.min(highs.size, lows.size)).toBeGreaterThan(99_980); // by chance one or two meet
  });

  test('are numbered in their order', () => {
    const table = new KeyTable();
    for (const again of [false, true])
      for (let at = 0; at < 20_000; at += 1) expect(table.number(at % 7, at)).toBe(again ? at : table.size - 1);
    expect(table.size).toBe(20_000);
  });
});

describe('edits', () => {
  const few = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 25 });

  test('are the shortest', () => {
    fc.assert(
      fc.property(few, few, (one, other) => {
        const pairs: [number, number][] = [];
        const whole = { a: 0, b: one.length, c: 0, d: other.length };
        const same = (at: number, place: number) => one[at] === other[place];
        const done = shortestEdit(whole, same, (at, place) => pairs.unshift([at, place]), { steps: -1e9 });
        expect(done).toBe(true);
        expect(pairs.every(([at, place]) => same(at, place))).toBe(true);
        for (const [nth, [at, place]] of pairs.slice(1).entries()) {
          const [before, behind] = pairs[nth] as [number, number];
          expect(at > before && place > behind).toBe(true);
        }
        expect(pairs.length).toBe(commonLength(one, other));
      }),
    );
  });

  test('that take too long are given up before anything is paired', () => {
    const [one, other] = [0, 1].map((side) => Array.from({ length: 3000 }, (_, at) => 2 * at + side)) as [
      number[],
      number[],
    ];
    const effort = { steps: 0 };
    const range = { a: 0, b: 3000, c: 0, d: 3000 };
    const paired = () => expect.unreachable();
    expect(shortestEdit(range, (at, place) => one[at] === other[place], paired, effort)).toBe(false);
    expect(effort.steps).toBeLessThan(33 * 6000);
  });

  test('the longest increasing run', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 1000 }), { maxLength: 40 }), (values) => {
        const places = longestIncreasing(Int32Array.from(values), { steps: 0 });
        const run = Array.from(places, (at) => values[at] as number);
        const sorted = [...values].sort((a, b) => a - b);
        expect(run).toEqual([...run].sort((a, b) => a - b));
        expect(run.length).toBe(commonLength(values, sorted));
      }),
    );
  });
});

function commonLength(one: readonly number[], other: readonly number[]): number {
  let row = new Array<number>(other.length + 1).fill(0);
  for (const value of one) {
    const next = [0];
    for (const [at, is] of other.entries())
      next.push(value === is ? (row[at] as number) + 1 : Math.max(row[at + 1] as number, next[at] as number));
    row = next;
  }
  return row[other.length] as number;
}

test('likeness, and what differs', () => {
  const alike = (one: string, other: string) => likeness(wordsOf(one), wordsOf(other));
  expect(alike('a b c', 'a b c')).toBe(1);
  expect(alike('Accepted password for bob', 'Accepted password for eve')).toBeGreaterThan(0.8);
  expect(alike('session opened for user root', 'Connection closed by 192.0.2.1')).toBeLessThan(0.3);
  expect(alike('', 'x')).toBe(0);
  expect(differenceOf('for bob from', 'for bobby from')).toEqual({ at: 4, held: 'bob', found: 'bobby' });
  expect(differenceOf('a b c', 'a c')).toEqual({ at: 2, held: 'b ', found: '' });
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      const { at, held, found } = differenceOf(one, other);
      expect(one.slice(at).startsWith(held) && other.slice(at).startsWith(found)).toBe(true);
      expect(one.slice(0, at) + found + one.slice(at + held.length)).toBe(other);
    }),
  );
});
