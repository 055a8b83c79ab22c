import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CutFrame, SyslogFrames } from './framing.ts';

/**
 * Feeds a stream in pieces of the given sizes, over and over, until it ends or is refused; gives the messages and what was left. How much
 * of a refused frame is left depends on the pieces.
 */
function feed(stream: Buffer, sizes: readonly number[], maxBytes = 65_536) {
  const frames = new SyslogFrames(maxBytes);
  const out: Buffer[] = [];
  let refused: unknown = null;
  for (let at = 0, turn = 0; at < stream.length && refused === null; turn++) {
    const size = sizes[turn % sizes.length] as number;
    try {
      frames.push(stream.subarray(at, at + size), out);
    } catch (error) {
      refused = error;
    }
    at += size;
  }
  const sent = out.map((bytes) => bytes.toString('latin1'));
  return { sent, rest: frames.end(), mixed: frames.mixed, refused };
}

const text = (stream: string, maxBytes?: number) => feed(Buffer.from(stream, 'latin1'), [stream.length || 1], maxBytes);
const counted = (message: string): string => `${Buffer.byteLength(message, 'latin1')} ${message}`;
const left = (rest: CutFrame | null) => rest && { bytes: rest.bytes.toString('latin1'), length: rest.length };

/** What may be left out between two messages. */
const BETWEEN = /^[\n\0]*(?:\d{1,7} )?$/;

/** Where a message may end in a stream of which all before `at` is told. */
function placesAfter(whole: string, message: string, at: number): number[] {
  const places: number[] = [];
  for (let found = whole.indexOf(message, at); found !== -1; found = whole.indexOf(message, found + 1))
    if (BETWEEN.test(whole.slice(at, found))) places.push(found + message.length);
  return places;
}
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
const octets = fc.uint8Array({ minLength: 0, maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const message = octets.map((bytes) => `<13>${bytes}`);
const line = octets.map((bytes) => bytes.replace(/[\n\0]/g, '')).filter((bytes) => bytes !== '');
const numbered = fc
  .tuple(fc.constantFrom('1 ', '5 ', '2026 ', '99999999 ', '10 <', '3 <1'), line)
  .map((both) => both.join(''));

describe('SyslogFrames', () => {
  test('gives back what was counted, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(message), sizes, (sent, cuts) => {
        expect(feed(Buffer.from(sent.map(counted).join(''), 'latin1'), cuts)).toMatchObject({
          sent,
          rest: null,
          mixed: false,
        });
      }),
    );
  });

  test('gives back lines, also such as begin with a number, however the stream is cut', () => {
    const first = line.filter((bytes) => !/^[1-9]/.test(bytes));
    const plain = fc.oneof(
      line,
      numbered.filter((bytes) => !/^\d+ </.test(bytes)),
    );
    fc.assert(
      fc.property(
        first,
        fc.array(plain),
        fc.constantFrom('\n', '\0', '\r\n', '\0\n'),
        sizes,
        (one, more, end, cuts) => {
          const sent = [one, ...more];
          const stream = Buffer.from(sent.map((each) => each + end).join(''), 'latin1');
          const kept = end === '\r\n' ? sent.map((each) => `${each}\r`) : sent;
          expect(feed(stream, cuts)).toMatchObject({ sent: kept, rest: null, mixed: false });
        },
      ),
    );
  });

  test('messages do not depend on how the stream was cut, whatever it is', () => {
    const piece = fc.oneof(
      message.map(counted),
      line.map((each) => `${each}\n`),
      numbered,
      octets,
      octets.map(counted),
    );
    fc.assert(
      fc.property(fc.array(piece), sizes, (pieces, cuts) => {
        const stream = Buffer.from(pieces.join(''), 'latin1');
        const { refused, ...cut } = feed(stream, cuts);
        const whole = feed(stream, [stream.length || 1]);
        expect(refused).toEqual(whole.refused);
        if (refused === null) expect(cut).toMatchObject({ rest: whole.rest });
        else expect(whole.rest?.bytes.indexOf(cut.rest?.bytes ?? '')).toBe(0);
        expect(cut).toMatchObject({ sent: whole.sent, mixed: whole.mixed });
      }),
      { numRuns: 500 },
    );
  });

  test('no byte but ends and lengths is lost, whatever the stream is', () => {
    const piece = fc.oneof(
      message.map(counted),
      line.map((each) => `${each}\n`),
      numbered,
      octets,
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const whole = pieces.join('');
        const { sent, rest, refused } = text(whole);
        const parts = [...sent, rest?.bytes.toString('latin1') ?? ''].filter((part) => part !== '');
        // A message may look like the length before it ("1 1"), so that it is found in several places.
        let ends = [0];
        for (const part of parts) ends = [...new Set(ends.flatMap((at) => placesAfter(whole, part, at)))];
        expect(ends).not.toEqual([]);
        if (refused === null)
          expect(ends.map((at) => whole.slice(at))).toContainEqual(expect.stringMatching(/^[\n\0]*$/));
        else expect(refused).toMatchObject({ code: 'E_TOO_LARGE' });
      }),
      { numRuns: 1000, examples: [[['1 1']], [['2 1 2 1 ']]] },
    );
  });

  test.each([
    ['counted with a line feed after each, and not counted', '6 <1>one\n6 <1>two\n', ['<1>one', '<1>two'], false],
    ['counted with a line feed that is counted', '7 <1>one\n7 <1>two\n', ['<1>one\n', '<1>two\n'], false],
    ['counted messages of several lines', '9 <1>a\nb\nc\n6 <1>two', ['<1>a\nb\nc\n', '<1>two'], false],
    ['counted without a priority', '5 hello7 goodbye2 ok', ['hello', 'goodbye', 'ok'], false],
    ['a line that begins with a number, first', '10 hello\n20 world\n', ['10 hello', '20 world'], false],
    ['a year', '2026 Nov 22 a\n2026 Nov 22 b\n', ['2026 Nov 22 a', '2026 Nov 22 b'], false],
    ['a counted frame among lines', '<1>a\n6 <1>two<1>c\n', ['<1>a', '<1>two', '<1>c'], true],
    [
      'a length that would swallow lines',
      '<1>a\n30 <1>b\n<1>accepted for root\n',
      ['<1>a', '30 <1>b', '<1>accepted for root'],
      false,
    ],
    ['a length above the limit among lines', '<1>a\n9999999 <1>b\n', ['<1>a', '9999999 <1>b'], false],
    ['lines after counted frames', '6 <1>one<1>two\n', ['<1>one', '<1>two'], true],
    ['empty lines', '\n\n<1>a\n\0\n<1>b\n', ['<1>a', '<1>b'], false],
  ])('%s', (_name, stream, sent, mixed) => {
    expect(text(stream)).toMatchObject({ sent, mixed, rest: null });
  });

  test.each([
    ['20 <1>cut', { bytes: '<1>cut', length: 20 }],
    ['6 <1>one12', { bytes: '12', length: null }],
    ['6 <1>one12 ', { bytes: '', length: 12 }],
    ['<1>one', { bytes: '<1>one', length: null }],
    ['5 hello', { bytes: 'hello', length: 5 }],
    ['50 hello', { bytes: '50 hello', length: null }],
    ['<1>a\n20 <1>b', { bytes: '20 <1>b', length: null }],
    ['7', { bytes: '7', length: null }],
  ])('what is left of %j', (stream, rest) => {
    expect(left(text(stream).rest)).toEqual(rest);
  });

  test.each(['200 <1>', '6 <1>one101 x', `<1>${'x'.repeat(98)}`, `<1>${'x'.repeat(98)}\n`, `1${'1'.repeat(100)}`])(
    'refuses %j, and gives its beginning',
    (stream) => {
      const frames = new SyslogFrames(100);
      const out: Buffer[] = [];
      expect(() => frames.push(Buffer.from(stream), out)).toThrow(expect.objectContaining({ code: 'E_TOO_LARGE' }));
      expect(out.length).toBe(stream.startsWith('6 ') ? 1 : 0);
      expect(frames.end()?.bytes.length).toBeGreaterThan(0);
    },
  );

  test('a frame that comes byte by byte costs what it costs at once', () => {
    const frames = new SyslogFrames(1 << 20);
    const out: Buffer[] = [];
    for (let at = 0; at < 1 << 20; at++) frames.push(Buffer.from('x'), out);
    frames.push(Buffer.from('\n'), out);
    expect(out.map(({ length }) => length)).toEqual([1 << 20]);
  });

  test('what is doubted again and again is not searched again and again', () => {
    const out: Buffer[] = [];
    new SyslogFrames(1 << 20).push(Buffer.from(`<1>\0${'999999 <\0'.repeat(100_000)}`), out);
    expect(out.length).toBe(100_001);
  });
});
