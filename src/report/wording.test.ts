import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandLines } from './advice.ts';
import { byTime, Clock, duration } from './clock.ts';
import { columnsOf, line, lineColumns, say, sideBySide, wrap } from './layout.ts';
import { PathNames } from './paths.ts';
import { bytes, list, percent } from './words.ts';

describe('times', () => {
  const seoul = new Clock('Asia/Seoul');
  const berlin = new Clock('Europe/Berlin');

  test.each([
    [null, null, ''],
    ['2026-03-09T01:21:50Z', null, 'from 9 Mar 2026'],
    [null, '2026-03-09T01:21:50Z', 'until 9 Mar 2026'],
    ['2026-03-09T01:21:50Z', '2026-03-09T01:21:50Z', '9 Mar 2026 10:21:50'],
    ['2026-03-09T01:21:50Z', '2026-03-09T01:59:59Z', '9 Mar 2026 10:21–10:59'],
    ['2026-03-08T14:59:59Z', '2026-03-08T15:00:00Z', '8–9 Mar 2026'],
    ['2026-02-27T15:00:00Z', '2026-03-08T15:00:00Z', '28 Feb – 9 Mar 2026'],
    ['2025-12-31T14:59:59Z', '2025-12-31T15:00:00Z', '31 Dec 2025 – 1 Jan 2026'],
  ])('%s to %s is "%s"', (from, to, text) => {
    expect(seoul.range(from, to)).toBe(text);
  });

  test('are told with the offset that holds', () => {
    expect(seoul.offset('2026-03-09T01:21:50Z')).toBe('UTC+9');
    expect(new Clock('-03:30').offset('2026-03-09T01:21:50Z')).toBe('UTC-3:30');
    expect(new Clock('UTC').offset('2026-03-09T01:21:50Z')).toBe('UTC');
    expect(berlin.offsets('2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z')).toBe('UTC+1, later UTC+2');
    expect(berlin.time('2026-07-01T23:30:00Z')).toBe('01:30:00');
    expect(new Clock('no such zone').time('2026-07-01T23:30:00Z')).toBe('23:30:00');
    expect(berlin.stamp('garbage')).toBe('');
  });

  test('unknown ones come last', () => {
    const order = [{ at: null }, { at: '2026-01-02T00:00:00Z' }, { at: 'x' }, { at: '2026-01-01T00:00:00Z' }].sort(
      byTime,
    );
    expect(order.map(({ at }) => at)).toEqual(['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', null, 'x']);
  });

  test.each([
    [0.2, 'under 1 s'],
    [88, '88 s'],
    [2227, '37 min'],
    [7500, '2 h 5 min'],
    [86_400, '24 h'],
    [777_600, '9 days'],
    [null, ''],
  ])('%d s is "%s"', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('amounts', () => {
  test('are rounded to what a person needs', () => {
    expect([0, 999, 1000, 99_950, 230_902_113, 5e12].map(bytes)).toEqual([
      '0 bytes',
      '999 bytes',
      '1.0 kB',
      '100 kB',
      '231 MB',
      '5.0 TB',
    ]);
    expect([percent(3, 1000), percent(1, 1e6), percent(1, 3), percent(0, 5), percent(9, 3)]).toEqual([
      '0.3 %',
      'under 0.1 %',
      '33 %',
      '',
      '',
    ]);
  });

  test('of names are counted beyond a few', () => {
    expect([list([]), list(['a']), list(['a', 'b', 'c']), list(['a', 'b', 'c', 'd', 'e'])]).toEqual([
      '',
      'a',
      'a, b and c',
      'a, b, c and 2 more',
    ]);
  });
});

describe('paths', () => {
  const names = new PathNames([
    '/e/gate/var/log/auth.log',
    '/e/shop/var/log/auth.log',
    '/e/shop/old/log/auth.log',
    '/e/x.zip!/a/b/c',
  ]);

  test('drop what all share, then their middle where that stays clear', () => {
    expect(names.folder).toBe('/e/');
    expect(names.short('/e/gate/var/log/auth.log', 40)).toBe('gate/var/log/auth.log');
    expect(names.short('/e/gate/var/log/auth.log', 16)).toBe('gate/…/auth.log');
    expect(names.short('/e/shop/old/log/auth.log', 16)).toBe('…ld/log/auth.log');
    expect(names.cite({ file: '/e/gate/var/log/auth.log', line: 8841, raw: '' }, 20)).toBe('gate/…/auth.log:8841');
    expect(names.short('auth.log.3', 40)).toBe('auth.log.3');
  });

  test('of one file keep its name', () => {
    expect(new PathNames(['/var/log/auth.log']).short('/var/log/auth.log', 40)).toBe('auth.log');
    expect(new PathNames([]).folder).toBe('');
  });
});

describe('lines', () => {
  test('are broken at spaces, lose no word, and stay within their columns', () => {
    const word = fc.oneof(fc.stringMatching(/^[a-z/.]{1,30}$/), fc.constantFrom('관리자', '管理者カタカナ', 'é'));
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 4, max: 40 }),
        (words, columns) => {
          const lines = wrap(line(words.join(' ')), columns);
          for (const spans of lines) expect(lineColumns(spans)).toBeLessThanOrEqual(columns);
          const shown = lines.map((spans) => spans.map(({ text }) => text).join('')).join('');
          expect(shown.replaceAll(' ', '')).toBe(words.join(''));
        },
      ),
    );
  });

  test('side by side stay within their columns', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 9 }), (items) => {
        for (const spans of sideBySide(
          items.map((item) => say(item)),
          30,
        ))
          expect(lineColumns(spans)).toBeLessThanOrEqual(30);
      }),
    );
  });
});

describe('a command to paste', () => {
  test('is the same to a shell, however it is broken', () => {
    const plain = fc.stringMatching(/^[a-z0-9.-]{1,12}$/);
    const quoted = fc.stringMatching(/^[a-z $*|]{0,14}$/).map((text) => `'${text}'`);
    fc.assert(
      fc.property(fc.array(fc.oneof(plain, quoted), { minLength: 1, maxLength: 9 }), (words) => {
        const command = `printf '<%s>' ${words.join(' ')}`;
        const lines = commandLines(command, 30);
        expect(lines).not.toBeNull();
        for (const text of lines ?? []) expect(columnsOf(text)).toBeLessThanOrEqual(30);
        const run = (script: string): string => execFileSync('sh', ['-c', script], { encoding: 'utf8' });
        expect(run((lines ?? []).join('\n'))).toBe(run(command));
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    "usermod -L 'x\u001b[2J'",
    'echo \u202e',
    `nft ${'a'.repeat(60)}`,
    `echo "${'in one word '.repeat(9)}"`,
    `${'x '.repeat(40)}'open`,
  ])('is not shown when it cannot be pasted: %j', (command) => {
    expect(commandLines(command, 50)).toBeNull();
  });
});
