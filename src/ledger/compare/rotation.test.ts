import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inRotationOrder } from './rotation.ts';

const order = (...paths: string[]) =>
  inRotationOrder(paths).map(({ path, afterAbsent }) => (afterAbsent ? `… ${path}` : path));

describe('rotated files', () => {
  test('are put in order by number, by date, and each log for itself', () => {
    expect(order('v/a.log', 'v/a.log.1', 'v/a.log.2.gz', 'v/a.log.10.gz').at(-1)).toBe('v/a.log');
    expect(order('a.log', 'a.log.2.gz', 'a.log.1', 'a.log.3.xz')).toEqual([
      'a.log.3.xz',
      'a.log.2.gz',
      'a.log.1',
      'a.log',
    ]);
    expect(order('m', 'm-20261122', 'm-20261115.gz')).toEqual(['m-20261115.gz', 'm-20261122', 'm']);
    expect(order('a-2026-11-02.log', 'a.log', 'a-2026-11-01.log')).toEqual([
      'a-2026-11-01.log',
      'a-2026-11-02.log',
      'a.log',
    ]);
    expect(order('b', 'a.1', 'a')).toEqual(['b', 'a.1', 'a']);
  });

  test('where a number is left out, a file is absent', () => {
    expect(order('a.log', 'a.log.2.gz', 'a.log.5.gz')).toEqual(['a.log.5.gz', '… a.log.2.gz', '… a.log']);
    expect(order('a.log', 'a.log.0', 'a.log.1')).toEqual(['a.log.1', 'a.log.0', 'a.log']);
    expect(order('a.log', 'a.log.1')).toEqual(['a.log.1', 'a.log']);
  });

  test('one of them twice is a slip', () => {
    expect(() => order('a.log.1', 'a.log.1.gz')).toThrow(/one file of the rotation/);
  });

  test('in whatever order they are handed in', () => {
    const files = ['a.log.4.gz', 'a.log.3.gz', 'a.log.2.gz', 'a.log.1', 'a.log'];
    fc.assert(
      fc.property(fc.shuffledSubarray(files, { minLength: 5 }), (shuffled) => {
        expect(order(...shuffled)).toEqual(files);
      }),
    );
  });
});
