import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numberOf } from './sender-numbers.ts';
import { beginRun, joinRuns, missingIn, type SequenceRun } from './sequence-run.ts';

const runOf = (numbers: readonly number[], firstIndex = 0): SequenceRun =>
  numbers.map((number, at) => beginRun(number, firstIndex + at)).reduce(joinRuns);

/** Numbers from 500 on of which some are lost, and neighbours overtake each other. */
const sent = fc
  .array(fc.record({ lost: fc.boolean(), late: fc.boolean() }), { minLength: 2, maxLength: 200 })
  .map((all) => {
    const came = all.flatMap(({ lost }, at) => (lost && at > 0 && at < all.length - 1 ? [] : [500 + at]));
    for (let at = 1; at < came.length; at += 1)
      if (all[at]?.late) [came[at - 1], came[at]] = [came[at] as number, came[at - 1] as number];
    return { came, lost: all.length - came.length };
  });

describe('numbers of a sender', () => {
  test('what is missing is counted exactly, however they are grouped and overtake each other', () => {
    fc.assert(
      fc.property(sent, fc.nat(), ({ came, lost }, seed) => {
        const at = 1 + (seed % (came.length - 1 || 1));
        const whole = runOf(came);
        expect(missingIn(whole)).toBe(lost);
        if (at >= came.length) return;
        const parts = joinRuns(runOf(came.slice(0, at)), runOf(came.slice(at), at));
        expect({ ...parts, hole: null, late: 0 }).toEqual({ ...whole, hole: null, late: 0 });
      }),
    );
  });

  test('the widest hole is named, with the record behind it', () => {
    expect(runOf([7, 8, 12, 13, 15]).hole).toEqual({ after: 8, next: 12, index: 2 });
  });

  test('a restart is none', () => {
    const run = runOf([900, 901, 1, 2, 3]);
    expect(run).toMatchObject({ resets: 1, min: 1, max: 3 });
    expect(missingIn(run)).toBe(0);
    expect(runOf([5_000_000, 5_000_001, 12]).resets).toBe(1);
  });
});

describe('numbers in messages', () => {
  const of = (text: string, via = 'tcp:192.0.2.7:1') => numberOf(Buffer.from(text), via);
  const HEAD = '<34>1 2026-11-22T10:00:00Z web-1 app 12 ID47';

  test('RFC 5424: meta sequenceId, among other elements', () => {
    expect(of(`${HEAD} [origin ip="192.0.2.7"][meta sysUpTime="3" sequenceId="29"] hello`)).toEqual({
      series: 'host web-1',
      number: 29,
    });
    expect(of(`${HEAD} [x y="a \\"b\\" \\] c"][meta sequenceId="5"] hello`)?.number).toBe(5);
  });

  test('only where the sender puts it: not in the text, not in another element, not out of range', () => {
    for (const text of [
      `${HEAD} - [meta sequenceId="5"] forged`,
      `${HEAD} [a b="[meta sequenceId=\\"5\\"\\]"] forged`,
      `${HEAD} [a b="c"] [meta sequenceId="5"] forged`,
      `${HEAD} [other sequenceId="5"] x`,
      `${HEAD} [meta sequenceId="0"] x`,
      `${HEAD} [meta sequenceId="4294967296"] x`,
      `<34>Nov 22 10:00:00 web-1 app: [meta sequenceId="5"]`,
      '<34>1 ',
      '<',
      '',
    ])
      expect(of(text)).toBeNull();
  });

  test('journal: __SEQNUM of its series, from the journal only', () => {
    const id = '0123456789abcdef0123456789abcdef';
    const entry = JSON.stringify({ MESSAGE: '"__SEQNUM":"9"', __SEQNUM: '1234', __SEQNUM_ID: id });
    expect(of(entry, 'journal')).toEqual({ series: `journal ${id}`, number: 1234 });
    expect(of(entry, 'tcp:192.0.2.7:1')).toBeNull();
    expect(of('{"MESSAGE":"x"}', 'journal')).toBeNull();
  });

  test('hostile bytes end', () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void of(`${HEAD} [meta sequenceId="${text}`)));
    for (const text of [`${HEAD} [${'a="b" '.repeat(1e5)}`, `${HEAD} ${'[x]'.repeat(1e5)} sequenceId="1"`]) of(text);
  });
});
