import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { type Ip, parseIp, textOfV4, textOfV6 } from '../../core/ip.ts';
import { RangeFile } from './ranges.ts';

const ip = (text: string): Ip => parseIp(text) as Ip;
const find = (file: string, text: string): string | null => new RangeFile(Buffer.from(file)).find(ip(text));

describe('one line', () => {
  const file = '# made by hand\n# Generated: today\n192.0.2.0,192.0.2.255,64500,"Example, Inc."\n';
  test.each([
    ['192.0.2.0', '64500,"Example, Inc."'],
    ['192.0.2.255', '64500,"Example, Inc."'],
    ['192.0.1.255', null],
    ['192.0.3.0', null],
  ])('%s', (text, expected) => expect(find(file, text)).toBe(expected));

  test('whole numbers, line ends of Windows, none at the end', () => {
    expect(find('1,2,AU\r\n3221225984,3221226239,NZ\r\n', '192.0.2.7')).toBe('NZ');
    expect(find('3221225984,3221226239,NZ', '192.0.2.7')).toBe('NZ');
  });

  test.each(['', '# nothing\n', '# no end', '\n', ',,\n', 'one,two,three\n', '192.0.2.0\n'])(
    '%j holds nothing',
    (text) => expect(find(text, '192.0.2.7')).toBeNull(),
  );
});

/** Disjoint ranges of small numbers, written as the low bits of an address; every number is then asked for. */
const cuts = fc
  .uniqueArray(fc.nat(300), { minLength: 2, maxLength: 60 })
  .map((numbers) => numbers.sort((a, b) => a - b));

describe.each([
  ['dotted', (number: number) => textOfV4(0xc0000200 + number), (number: number) => textOfV4(0xc0000200 + number)],
  ['whole numbers', (number: number) => String(0xc0000200 + number), (number: number) => textOfV4(0xc0000200 + number)],
  [
    'IPv6',
    (number: number) => textOfV6([0x20010db8, 0, number, 0]),
    (number: number) => textOfV6([0x20010db8, 0, number, 0]),
  ],
])('%s', (_, written, asked) => {
  property.prop([cuts, fc.string()])('every address is found in its own range', (numbers, rest) => {
    const name = rest.replaceAll(/\s/g, '');
    const ranges = numbers.slice(1).flatMap((end, at) => (at % 3 === 2 ? [] : [[numbers[at] as number, end - 1]]));
    const file = new RangeFile(
      Buffer.from(
        ranges.map(([from, to]) => `${written(from as number)},${written(to as number)},${from}${name}\n`).join(''),
      ),
    );
    for (let number = 0; number <= 301; number++) {
      const range = ranges.find(([from, to]) => number >= (from as number) && number <= (to as number));
      expect(file.find(ip(asked(number)))).toBe(range ? `${range[0]}${name}` : null);
    }
  });
});
