import { fc, test as property } from '@fast-check/vitest';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { canonicalIp, isBlockable, isPublic, kindOf, parseIp, readIp } from './ip.ts';

const v4 = fc.ipV4();
const word = fc.integer({ min: 0, max: 0xffff });
/** All spellings of IPv6, with more zeros than chance would bring. */
const v6 = fc.oneof(
  fc.ipV6().filter((text) => !/^::\d+\./.test(text)), // ipaddr.js takes ::192.0.2.1 (not mapped, RFC 4291 §2.5.5.1) for IPv4
  fc
    .array(fc.oneof(fc.constant(0), word), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.map((g) => g.toString(16)).join(':')),
  v4.map((tail) => `::ffff:${tail}`),
);
const almost = fc
  .array(fc.constantFrom('0', '1', '9', '25', 'f', 'ffff', ':', '::', '.', '%', 'g', ' ', '-'), { maxLength: 20 })
  .map((parts) => parts.join(''));

function kind(text: string): string {
  const ip = parseIp(text);
  return ip ? kindOf(ip) : 'none';
}

describe('reading', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.030.0.6', '192.30.0.6'],
    ['010.001.000.009', '10.1.0.9'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::', '::'],
    ['fe80::1%eth0', 'fe80::1'],
    ['fe80::1%12', 'fe80::1'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:0207', '192.0.2.7'],
    ['64:ff9b::192.0.2.7', '64:ff9b::c000:207'],
    ['::192.0.2.7', '::c000:207'],
  ])('%s is %s', (given, canonical) => {
    expect(canonicalIp(given)).toBe(canonical);
    expect(parseIp(given)?.text).toBe(canonical);
  });

  test.each([
    ...[
      '',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.256',
      '1.2.3.0004',
      '1..2.3',
      '.1.2.3.4',
      '1.2.3.4.',
      '0x7f.0.0.1',
      '1.2.3.4%0',
      '1.2.3.4 ',
      '1.2.3.4:22',
    ],
    ...[
      ':',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3:4:5:6:7:8::',
      '12345::',
      '::g',
      '::1%',
      '::1%a b',
      '[::1]',
      '1.2.3.4::',
    ],
    ...['::1/128', '1:2:3:4:5:6:7:1.2.3.4', `::1%${'a'.repeat(100)}`, '１.２.３.４', 'localhost', 'a from 192.0.2.1'],
  ])('%j is no address', (given) => {
    expect(parseIp(given)).toBeNull();
    expect(canonicalIp(given)).toBeNull();
    expect(readIp(given, new Uint32Array(4))).toBe(0);
  });

  property.prop([fc.oneof(v4, v6)])('says the same as ipaddr.js', (given) => {
    const oracle = ipaddr.process(given);
    const expected = oracle.kind() === 'ipv4' ? oracle.toString() : (oracle as ipaddr.IPv6).toRFC5952String();
    expect(canonicalIp(given)).toBe(expected);
  });

  property.prop([fc.oneof(almost, fc.string())])('takes nothing that ipaddr.js refuses', (given) => {
    const canonical = canonicalIp(given);
    if (canonical === null) return;
    expect(ipaddr.isValid(given.includes(':') ? (given.split('%')[0] ?? '') : canonical)).toBe(true);
  });

  property.prop([fc.oneof(v4, v6, almost)])('is idempotent, and the three ways agree', (given) => {
    const canonical = canonicalIp(given);
    const ip = parseIp(given);
    const words = new Uint32Array(4);
    expect(ip?.text ?? null).toBe(canonical);
    expect(readIp(given, words)).toBe(ip?.version ?? 0);
    if (ip === null) return;
    expect(canonicalIp(ip.text)).toBe(ip.text);
    expect(ip.version === 4 ? [ip.value] : ip.words).toEqual([...words.slice(0, ip.version === 4 ? 1 : 4)]);
  });
});

describe('kinds', () => {
  test.each([
    ['8.8.8.8', 'global'],
    ['2606:4700::1111', 'global'],
    ['192.0.2.1', 'documentation'],
    ['198.51.100.255', 'documentation'],
    ['203.0.113.0', 'documentation'],
    ['2001:db8:ffff::1', 'documentation'],
    ['3fff:fff::1', 'documentation'],
    ['10.255.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'global'],
    ['192.168.0.1', 'private'],
    ['fd00::1', 'private'],
    ['fec0::1', 'private'],
    ['64:ff9b:1::1', 'private'],
    ['100.64.0.0', 'shared'],
    ['100.127.255.255', 'shared'],
    ['100.128.0.0', 'global'],
    ['127.9.9.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['0.1.2.3', 'reserved'],
    ['240.0.0.1', 'reserved'],
    ['198.19.0.1', 'reserved'],
    ['100::1', 'reserved'],
    ['2001:2::1', 'reserved'],
    ['2001:2:1::1', 'global'],
    ['2001:20::1', 'reserved'],
    ['::192.0.2.1', 'reserved'],
    ['4000::1', 'reserved'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b::8.8.8.8', 'global'],
    ['2002:a00:1::1', 'private'],
    ['2002:808:808::1', 'global'],
    ['2001:0:1::1', 'global'],
  ])('%s is %s', (given, expected) => {
    expect(kind(given)).toBe(expected);
    expect(isBlockable(given)).toBe(expected === 'global' || expected === 'documentation');
  });

  test('text that is no address is never blocked', () => expect(isBlockable('0.0.0.0/0')).toBe(false));

  property.prop([fc.oneof(v4, v6)])('nothing that ipaddr.js calls local is public', (given) => {
    const LOCAL = [
      'private',
      'loopback',
      'linkLocal',
      'carrierGradeNat',
      'multicast',
      'unspecified',
      'broadcast',
      'uniqueLocal',
    ];
    const ip = parseIp(given);
    if (ip && LOCAL.includes(ipaddr.process(given).range())) expect(isPublic(ip)).toBe(false);
  });
});
