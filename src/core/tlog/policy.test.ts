import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TestLog } from '../../../test/test-log.ts';
import { vectors } from '../../../test/vectors/ledger.ts';
import { cosign, openCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { COSIGNATURE, formatNote, formatVerifierKey, privateKeyOf, rawPublic, splitNote, verifierKey } from './note.ts';
import { formatPolicy, judgeCheckpoint, meetsQuorum, type Policy, parsePolicy } from './policy.ts';

const secretOf = (n: number) => privateKeyOf(Buffer.alloc(32, 100 + n));
const witness = (n: number) => verifierKey(`w${n}.example/w`, COSIGNATURE, rawPublic(secretOf(n)));
const vkey = (n: number) => formatVerifierKey(witness(n));
const log = new TestLog().grow(5);
const malformed = (message: RegExp) =>
  expect.objectContaining({ code: 'E_MALFORMED', message: expect.stringMatching(message) });

const TWO_LEVELS = [
  '# two organisations',
  `log ${formatVerifierKey(log.key)} https://ledger.example/`,
  '',
  ...[1, 2, 3].map((n) => `witness X${n} ${vkey(n)}`),
  '\tgroup X  2 X1 X2 X3',
  `witness Y1 ${vkey(4)} http://127.0.0.1:7380`,
  `witness Y2 ${vkey(5)}`,
  'group Y any Y1 Y2',
  'group X-and-Y all X Y',
  'quorum X-and-Y',
  '',
].join('\n');

describe('a policy', () => {
  test('is read, and written so that it is read again', () => {
    const policy = parsePolicy(TWO_LEVELS);
    expect(policy.groups).toEqual([
      { name: 'X', threshold: 2, members: ['X1', 'X2', 'X3'] },
      { name: 'Y', threshold: 1, members: ['Y1', 'Y2'] },
      { name: 'X-and-Y', threshold: 2, members: ['X', 'Y'] },
    ]);
    expect(policy.witnesses[3]).toEqual({ name: 'Y1', key: witness(4), url: 'http://127.0.0.1:7380' });
    expect(parsePolicy(formatPolicy(policy))).toEqual(policy);
  });

  test('its quorum is met as its groups say', () => {
    const policy = parsePolicy(TWO_LEVELS);
    const met = (...names: string[]) => meetsQuorum(policy, names);
    expect(met('X1', 'X3', 'Y2')).toBe(true);
    expect(met('X1', 'X2', 'X3')).toBe(false);
    expect(met('X1', 'Y1', 'Y2')).toBe(false);
    expect(met('X1', 'X1', 'Y1')).toBe(false);
    expect(met()).toBe(false);
    expect(meetsQuorum(parsePolicy('quorum none'), [])).toBe(true);
  });

  test('a quorum of k of n is met by k of them and not by fewer', () => {
    const some = fc.uniqueArray(fc.integer({ min: 0, max: 5 }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), some, (k, chosen) => {
        const names = [0, 1, 2, 3, 4, 5].map((n) => `w${n}`);
        const lines = names.map((name, n) => `witness ${name} ${vkey(n)}`);
        const policy = parsePolicy([...lines, `group g ${k} ${names.join(' ')}`, 'quorum g'].join('\n'));
        expect(
          meetsQuorum(
            policy,
            chosen.map((n) => `w${n}`),
          ),
        ).toBe(chosen.length >= k);
      }),
    );
  });

  test.each([
    ['', /no quorum/],
    ['quorum none\nquorum none', /line 2: a second quorum/],
    ['quorum w1', /not defined before/],
    [`quorum w1\nwitness w1 ${vkey(1)}`, /line 1: w1 is not defined/],
    [`witness none ${vkey(1)}\nquorum none`, /no name/],
    [`witness w ${vkey(1)}\nwitness w ${vkey(2)}\nquorum w`, /line 2: w is defined twice/],
    [`witness a ${vkey(1)}\nwitness b ${vkey(1)}\nquorum a`, /listed already/],
    [`witness a ${formatVerifierKey(log.key)}\nquorum a`, /no key of a witness/],
    [`log ${vkey(1)}\nquorum none`, /no Ed25519 key of a log/],
    [`log ${formatVerifierKey(log.key)}\nlog ${formatVerifierKey(log.key)}\nquorum none`, /listed already/],
    [`witness a ${vkey(1)}\ngroup g all a a\nquorum g`, /in a group already/],
    [`witness a ${vkey(1)}\ngroup g any a\ngroup h any a\nquorum g`, /in a group already/],
    [`witness a ${vkey(1)}\ngroup g 2 a\nquorum g`, /2 of 1/],
    [`witness a ${vkey(1)}\ngroup g 0 a\nquorum g`, /none of all, any/],
    [`witness a ${vkey(1)}\ngroup g 01 a\nquorum g`, /none of all, any/],
    [`witness a ${vkey(1)}\ngroup g all\nquorum g`, /it is not/],
    [`witness a ${vkey(1)}\ngroup g all none\nquorum g`, /none is not defined/],
    [`witness a ${vkey(1)}\ngroup g all g\nquorum g`, /g is not defined/],
    ['cosigner x\nquorum none', /none of log, witness/],
    ['quorum none\r\n', /control character/],
  ])('refuses %j', (text, message) => {
    expect(() => parsePolicy(text)).toThrow(malformed(message));
  });

  test('is not written when it could not be read', () => {
    const policy: Policy = {
      logs: [],
      witnesses: [{ name: 'my witness', key: witness(1), url: null }],
      groups: [],
      quorum: 'my witness',
    };
    expect(() => formatPolicy(policy)).toThrow(malformed(/line 1/));
  });
});

describe('a checkpoint, judged by a policy', () => {
  const policy = parsePolicy(TWO_LEVELS);
  const { text, signatures } = splitNote(log.signed());
  const by = (n: number, seconds = 1000n, of = text) => cosign(of, seconds, witness(n), secretOf(n));

  test('tells who cosigned and who did not', () => {
    const verdict = judgeCheckpoint(
      formatNote({ text, signatures: [...signatures, by(3), by(4, 2000n), by(4, 1500n), by(9)] }),
      policy,
    );
    expect(verdict.witnessedBy.map(({ witness: { name }, seconds }) => [name, seconds])).toEqual([
      ['X3', 1000n],
      ['Y1', 2000n],
    ]);
    expect(verdict.missing).toEqual(['X1', 'X2', 'Y2']);
    expect(verdict.met).toBe(false);
    const more = formatNote({ text, signatures: [...signatures, by(3), by(4), by(1)] });
    expect(judgeCheckpoint(more, policy, log.origin).met).toBe(true);
  });

  test('is refused when a cosignature is of another text, or the log is another', () => {
    const tampered = expect.objectContaining({ code: 'E_TAMPERED' });
    const wrong = formatNote({ text, signatures: [...signatures, by(1, 1000n, 'other\n5\n')] });
    expect(() => judgeCheckpoint(wrong, policy)).toThrow(tampered);
    expect(() => judgeCheckpoint(new TestLog('other.example/main').grow(5).signed(), policy)).toThrow(tampered);
    expect(() => judgeCheckpoint(log.signed(), policy, 'other.example/main')).toThrow(tampered);
    expect(() => judgeCheckpoint(formatNote({ text, signatures: [by(1)] }), policy)).toThrow(tampered);
  });

  test('agrees with the vectors', () => {
    const { tlog_policy, cosigned_checkpoint, checkpoints, origin } = vectors.small_log;
    const known = parsePolicy(tlog_policy);
    expect(formatPolicy(known)).toBe(tlog_policy);
    expect(judgeCheckpoint(cosigned_checkpoint, known, origin)).toMatchObject({ met: true, missing: [] });
    expect(judgeCheckpoint(checkpoints[5].signed, known, origin)).toMatchObject({ met: false, missing: ['w1'] });
    for (const { note, detect } of vectors.must_reject)
      if (detect === undefined) expect(() => judgeCheckpoint(note, known, origin)).toThrow();
    expect(openCheckpoint(cosigned_checkpoint, [known.logs[0]?.key ?? log.key], origin).size).toBe(5n);
    expect(parseCheckpoint(splitNote(cosigned_checkpoint).text).size).toBe(5n);
  });
});
