import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Condition } from '../core/condition.ts';
import { readQuery } from './query.ts';
import { readSince } from './since.ts';

/** 2026-11-22T04:00:00Z. */
const NOW = 1_795_320_000_000_000;
const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;
const conditionOf = (text: string) => readQuery(text, NOW).condition;
const word = (text: string): Condition => ({ is: 'holds', fields: ['message'], text });
const time = (fromUs: number | null, toUs: number | null): Condition => ({
  is: 'time',
  field: '@timestamp',
  fromUs,
  toUs,
});
const equals = (field: string, value: string): Condition => ({ is: 'equals', fields: [field], value });
const port = (from: [number, boolean] | null, to: [number, boolean] | null): Condition => ({
  is: 'number',
  fields: ['source.port', 'destination.port'],
  from: from && { value: from[0], included: from[1] },
  to: to && { value: to[0], included: to[1] },
});
const MIDNIGHT = NOW - 4 * HOUR;

describe('a query', () => {
  test.each<[string, Condition]>([
    ['', { is: 'all', of: [] }],
    ['*', { is: 'all', of: [] }],
    ['root', word('root')],
    ['root failed', { is: 'all', of: [word('root'), word('failed')] }],
    ['a AND b', { is: 'all', of: [word('a'), word('b')] }],
    ['a OR b c', { is: 'any', of: [word('a'), { is: 'all', of: [word('b'), word('c')] }] }],
    ['(a OR b) c', { is: 'all', of: [{ is: 'any', of: [word('a'), word('b')] }, word('c')] }],
    ['-a', { is: 'not', of: word('a') }],
    ['NOT NOT a', word('a')],
    ['NOT (a OR b)', { is: 'not', of: { is: 'any', of: [word('a'), word('b')] } }],
    ['"a \\"b\\" \\\\"', word('a "b" \\')],
    ['and or not', { is: 'all', of: [word('and'), word('or'), word('not')] }],
    ['"AND"', word('AND')],
    ['foo-bar sshd[811] 10:22:33', { is: 'all', of: [word('foo-bar'), word('sshd[811]'), word('10:22:33')] }],
    ['fe80::1', word('fe80::1')],
    ['SHA256:abcdefghijklmnopqrstuv', word('SHA256:abcdefghijklmnopqrstuv')],
    ['https://a.example/x', word('https://a.example/x')],
    ['sshd: Failed', { is: 'all', of: [word('sshd:'), word('Failed')] }],
    ['adm\\*', word('adm*')],
    ['adm*', { is: 'word-like', pattern: [{ text: 'adm' }, { any: 'many' }] }],
    ['user:alice', { is: 'equals', fields: ['user.name', 'user.effective.name', 'user.target.name'], value: 'alice' }],
    ['USER:"a b"', { is: 'equals', fields: ['user.name', 'user.effective.name', 'user.target.name'], value: 'a b' }],
    [
      'user.name:a*?b',
      { is: 'like', fields: ['user.name'], pattern: [{ text: 'a' }, { any: 'many' }, { any: 'one' }, { text: 'b' }] },
    ],
    ['host:*', { is: 'present', fields: ['host.name'] }],
    ['host:(a OR "b c")', { is: 'any', of: [equals('host.name', 'a'), equals('host.name', 'b c')] }],
    ['stream:file:auth', equals('spoor.stream', 'file:auth')],
    ['country:kr', equals('source.geo.country_iso_code', 'KR')],
    ['outcome:FAILURE', equals('event.outcome', 'failure')],
    [
      'asn:AS64500',
      {
        is: 'number',
        fields: ['source.as.number'],
        from: { value: 64_500, included: true },
        to: { value: 64_500, included: true },
      },
    ],
    ['port:22', port([22, true], [22, true])],
    ['port:>=1024', port([1024, true], null)],
    ['port:<1024', port(null, [1024, false])],
    ['port:[1 TO 1023]', port([1, true], [1023, true])],
    ['port:{1 TO *]', port([1, false], null)],
    [
      'ip:198.51.100.7',
      { is: 'address', fields: ['source.ip', 'destination.ip'], first: '::ffff:c633:6407', last: '::ffff:c633:6407' },
    ],
    [
      'source:198.51.100.0/24',
      { is: 'address', fields: ['source.ip'], first: '::ffff:c633:6400', last: '::ffff:c633:64ff' },
    ],
    [
      'source:2001:db8::/32',
      { is: 'address', fields: ['source.ip'], first: '2001:db8::', last: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff' },
    ],
    ['source:gw.example', { is: 'equals', fields: ['source.address', 'source.domain'], value: 'gw.example' }],
    ['last 24h', time(NOW - DAY, null)],
    ['LAST hour', time(NOW - HOUR, null)],
    ['"last" 24h', { is: 'all', of: [word('last'), word('24h')] }],
    ['last login', { is: 'all', of: [word('last'), word('login')] }],
    ['since:2h', time(NOW - 2 * HOUR, null)],
    ['since:today', time(MIDNIGHT, null)],
    ['until:2026-11-21', time(null, MIDNIGHT)],
    ['since:2026-11-21T12:00:00.5+01:00', time(MIDNIGHT - 13 * HOUR + 500_000, null)],
    ['since:03:30', time(MIDNIGHT + 3.5 * HOUR, null)],
    ['time:2026-11-20', time(MIDNIGHT - 2 * DAY, MIDNIGHT - DAY)],
    ['time:[2026-11-20 TO 2026-11-21]', time(MIDNIGHT - 2 * DAY, MIDNIGHT)],
    ['time:>2026-11-20', time(MIDNIGHT - DAY, null)],
    ['between 2026-11-20 and yesterday', time(MIDNIGHT - 2 * DAY, MIDNIGHT)],
    ['between us and them', { is: 'all', of: ['between', 'us', 'and', 'them'].map(word) }],
  ])('%s', (text, expected) => {
    expect(conditionOf(text)).toEqual(expected);
  });

  test.each<[string, number, string]>([
    ['usr:x', 1, 'user is near'],
    ['a uesr:x', 3, 'user is near'],
    ['zzzzzzzz:x', 1, 'no field "zzzzzzzz"'],
    ['user: x', 6, 'right behind the colon'],
    ['user:', 6, 'right behind the colon'],
    ['user:"a', 6, 'no second one'],
    ['a "b', 3, 'no second one'],
    ['a AND', 3, 'behind it'],
    ['OR a', 1, 'before it'],
    ['a (b', 3, 'no ) to close it'],
    ['a )', 3, 'closes nothing'],
    ['()', 2, 'nothing before it'],
    ['host:(a b)', 9, 'stand between OR'],
    ['port:ssh', 6, 'port wants a number'],
    ['port:[9 TO 1]', 6, 'backwards'],
    ['ip:198.51.100.*', 4, 'ip:198.51.100.0/24'],
    ['ip:300.1.1.1', 4, 'wants an address'],
    ['ip:[198.51.100.1 TO 2001:db8::1]', 4, 'of one family'],
    ['outcome:bad', 9, 'success, failure, unknown'],
    ['since:2026-02-30', 7, 'is no time'],
    ['user:>=5', 6, 'with a name'],
    ['message:""', 9, 'empty phrase'],
    ['x'.repeat(2001), 2001, '2000 characters'],
    ['('.repeat(21), 21, 'parentheses'],
    ['a '.repeat(101), 201, '100 words'],
  ])('%s is refused at its column', (text, column, what) => {
    expect(() => readQuery(text, NOW)).toThrow(expect.objectContaining({ code: 'E_USAGE', status: 400 }));
    expect(() => readQuery(text, NOW)).toThrow(`query, column ${column}: `);
    expect(() => readQuery(text, NOW)).toThrow(what);
  });

  test('a field that lists of addresses write is known', () => {
    for (const name of ['threat.feed.name', 'threat.indicator.type', 'threat.enrichments.matched.field'])
      expect(readQuery(`${name}:*`, NOW).remarks, name).toEqual([]);
  });

  test('a field that no parser writes is asked for, and said to be none', () => {
    expect(readQuery('user.nmae:x', NOW)).toEqual({
      condition: equals('user.nmae', 'x'),
      remarks: ['"user.nmae" is no field that Spoor\'s parsers write; user.name is near'],
    });
    expect(readQuery('user.name:x auditd.log.x:y labels.a:b', NOW).remarks).toEqual([]);
  });

  test('an option of time names itself', () => {
    expect(readSince('24h', 'since', NOW)).toEqual(time(NOW - DAY, null));
    expect(readSince('2026-11-21', 'until', NOW)).toEqual(time(null, MIDNIGHT));
    expect(() => readSince('soon', 'since', NOW)).toThrow('since "soon" is no time');
  });

  test('whatever is written is read, or refused at a column that is there', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom(
        '(',
        ')',
        '"',
        'user:',
        'port:',
        'ip:',
        ' ',
        'AND',
        'OR',
        'NOT ',
        '-',
        '[1 TO 2]',
        'last 2d',
        'between 1 and 2',
        '*',
        '\\',
        '::',
        'time:',
      ),
    );
    const property = fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      try {
        readQuery(text, NOW);
      } catch (error) {
        expect(error).toMatchObject({ code: 'E_USAGE' });
        const column = Number(/^query, column (\d+): /.exec((error as Error).message)?.[1]);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(column).toBeLessThanOrEqual(text.length + 1);
      }
    });
    fc.assert(property, { numRuns: 2000 });
  });

  test('nothing hangs', () => {
    for (const text of [
      '"'.repeat(1999),
      '\\"'.repeat(999),
      'a:'.repeat(999),
      '-'.repeat(2000),
      'between 1 '.repeat(199),
      '[1 TO '.repeat(300),
      '*?'.repeat(999),
    ])
      try {
        readQuery(text, NOW);
      } catch (error) {
        expect(error).toMatchObject({ code: 'E_USAGE' });
      }
  });
});
