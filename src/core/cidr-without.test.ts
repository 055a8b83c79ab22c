import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { aggregate, CidrSet } from './cidr.ts';
import { without } from './cidr-without.ts';
import { isBlockable } from './ip.ts';
import { SPECIAL } from './special.ts';

const near = fc.oneof(
  fc.nat(255).map((last) => `192.0.2.${last}`),
  fc.nat(255).map((last) => `2001:db8::${last.toString(16)}`),
  fc.nat(255).map((last) => `::ffff:192.0.2.${last}`),
);
const network = fc
  .tuple(near, fc.nat(8))
  .map(([base, free]) => (free === 0 ? base : `${base}/${(base.includes(':') ? 128 : 32) - free}`));
const list = fc.array(network, { maxLength: 20 });

describe('without', () => {
  test('splits a network around its holes', () => {
    expect(without(['192.0.2.0/29'], ['192.0.2.2', '192.0.2.7'])).toEqual([
      '192.0.2.0/31',
      '192.0.2.3',
      '192.0.2.4/31',
      '192.0.2.6',
    ]);
  });

  test('takes away what is covered, whole', () => {
    expect(without(['192.0.2.0/29', '2001:db8::1'], ['192.0.0.0/16'])).toEqual(['2001:db8::1']);
    expect(without(['0.0.0.0/0', '::/0'], ['0.0.0.0/1', '::/1'])).toEqual(['128.0.0.0/1', '8000::/1']);
  });

  test('keeps the families apart', () => {
    expect(without(['192.0.2.1', '::/127'], ['::', '0.0.0.0/0'])).toEqual(['::1']);
  });

  property.prop([list, list, fc.array(near, { minLength: 1, maxLength: 30 })])(
    'holds exactly what the list holds and the holes do not',
    (entries, holes, asked) => {
      const left = without(entries, holes);
      const [all, cut, now] = [CidrSet.from(entries), CidrSet.from(holes), CidrSet.from(left)];
      const known = [...asked, ...entries.map((entry) => entry.split('/')[0] as string)];
      for (const address of known) expect(now.has(address)).toBe(all.has(address) && !cut.has(address));
      expect(left).toEqual(aggregate(left));
    },
  );
});

describe('special networks', () => {
  const special = CidrSet.from(SPECIAL);
  const edges = SPECIAL.flatMap((entry) => {
    const [base = ''] = entry.split('/');
    return [
      base,
      ...without([base.includes(':') ? '::/0' : '0.0.0.0/0'], [entry]).map((other) => other.split('/')[0] ?? ''),
    ];
  });

  test.each([...new Set(edges)])('%s is what isBlockable says', (address) => {
    expect(special.has(address)).toBe(!isBlockable(address));
  });

  property.prop([
    fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV4().map((inner) => `64:ff9b::${inner}`),
    ),
  ])('are those that isBlockable refuses', (address) => {
    expect(special.has(address)).toBe(!isBlockable(address));
  });
});
