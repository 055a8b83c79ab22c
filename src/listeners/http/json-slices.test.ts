import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { compact, elements, members, onlyValue, parsed } from './json-slices.ts';

const latin1 = (text: string) => Buffer.from(text).toString('latin1');
const json = fc.jsonValue({ maxDepth: 6 });
const indented = fc.tuple(json, fc.constantFrom(undefined, 1, '\t', ' \n'));

describe('slices of JSON', () => {
  property.prop([indented])('say the same without white space, and none is left', ([value, indent]) => {
    const text = latin1(` ${JSON.stringify(value, null, indent)}\r\n`);
    const line = compact(text, onlyValue(text));
    expect(line).toBe(latin1(JSON.stringify(value)));
  });

  property.prop([fc.array(json), fc.constantFrom(undefined, 2)])('are the elements of a list', (list, indent) => {
    const text = latin1(JSON.stringify(list, null, indent));
    const cut = [...elements(text, 0)].map((slice) => compact(text, slice));
    expect(cut).toEqual(list.map((one) => latin1(JSON.stringify(one))));
  });

  property.prop([fc.dictionary(fc.string(), json), fc.constantFrom(undefined, 2)])(
    'are the members of an object, in their order',
    (object, indent) => {
      const text = latin1(JSON.stringify(object, null, indent));
      const cut = [...members(text, 0)].map(({ key, ...slice }) => [key, compact(text, slice)]);
      expect(cut).toEqual(Object.entries(object).map(([key, value]) => [latin1(key), latin1(JSON.stringify(value))]));
    },
  );

  property.prop([fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', ' ', '1', 'a') })])(
    'of what is no JSON are refused, or are no JSON themselves',
    (text) => {
      try {
        const slice = onlyValue(text);
        parsed(text, slice);
        JSON.parse(text);
      } catch (error) {
        expect(String(error)).toMatch(/Refusal/);
      }
    },
  );

  test('of numbers and escapes are as they came', () => {
    const text = '{"a": 1.0, "b": 12345678901234567890, "c": "\\u00e9\\/", "a": 2}';
    expect(compact(text, onlyValue(text))).toBe('{"a":1.0,"b":12345678901234567890,"c":"\\u00e9\\/","a":2}');
  });

  test.each(['[['.repeat(150), '{"a":'.repeat(201), `"${'\\'.repeat(5)}`, '', '{} {}', '{"a" 1}'])(
    'refuses %#',
    (text) => {
      expect(() => [...members(text, onlyValue(text).start)]).toThrow(expect.objectContaining({ status: 400 }));
    },
  );

  test('without a quote behind them take no longer for it', () => {
    const list = `[${'{},'.repeat(500_000)}{}]`;
    let length = 0;
    for (const slice of elements(list, 0)) length += compact(list, slice).length;
    expect(length).toBe(1_000_002);
  });

  test('takes many backslashes in one go', () => {
    const text = JSON.stringify('\\"'.repeat(500_000));
    expect(onlyValue(text)).toEqual({ start: 0, end: text.length });
  });
});
