import { describe, expect, test } from 'vitest';
import { readQuery } from '../search/query.ts';
import { seenCondition } from './seen-condition.ts';

const VIEWER = { isMasked: true, seesActs: false };
const AUDITOR = { isMasked: true, seesActs: true };
const ACT = { is: 'like', fields: ['event.action'], pattern: [{ text: 'act_' }, { any: 'many' }] };
const withoutActs = (q: string) => ({
  is: 'all',
  of: [conditionOf(q), { is: 'not', of: { is: 'all', of: expect.arrayContaining([ACT]) } }],
});
const conditionOf = (q: string) => readQuery(q, 1_700_000_000_000_000).condition;

describe('what may be asked where personal fields are masked', () => {
  test.each([
    'user:mina',
    'mina',
    '"for mina"',
    'mi*',
    'NOT mina',
    '-user:mina',
    'ip:203.0.113.0/24',
    'source:x',
    'message:x',
    'command:cat',
    'key:x',
    'peer:x',
    'source.geo.city_name:x',
    'url:x',
    'agent:x',
    'file:x',
    'labels.owner:x',
    'host:a OR user:b',
    'host:a (outcome:failure OR NOT (country:KR target:x))',
    'user.id:>5',
    'user:*',
    'otlp.attributes.x:y',
    'as:root',
  ])('not %s', (q) => {
    expect(() => seenCondition(conditionOf(q), VIEWER)).toThrow(/is masked for you/);
    expect(() => seenCondition(conditionOf(q), AUDITOR)).toThrow(/is masked for you/);
    expect(seenCondition(conditionOf(q), { isMasked: false, seesActs: true })).toEqual(withoutActs(q));
  });

  test.each([
    '',
    'host:web-1',
    'outcome:failure country:KR last 24h',
    'program:sshd -action:ssh_login',
    'record:>5 stream:x',
    'port:22 asn:64500',
  ])('but %s', (q) => {
    for (const sight of [AUDITOR, VIEWER]) expect(seenCondition(conditionOf(q), sight)).toEqual(withoutActs(q));
  });

  test.each([
    'action:act_search user:bob',
    'action:act_* reason',
    '(action:act_export OR action:act_unmask) message:mina',
  ])('auditors ask anything of acts: %s', (q) => {
    expect(JSON.stringify(seenCondition(conditionOf(q), AUDITOR))).toContain('"spoor.parser"');
    expect(() => seenCondition(conditionOf(q), VIEWER)).toThrow(/is masked/);
  });

  test.each(['action:act_search OR user:bob', 'NOT action:act_search user:bob', 'action:*act_x user:bob'])(
    'of nothing else: %s',
    (q) => {
      expect(() => seenCondition(conditionOf(q), AUDITOR)).toThrow(/is masked/);
    },
  );
});
