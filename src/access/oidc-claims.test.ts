import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { personName } from './names.ts';
import { accountName, claimAt, isCutShort, missingClaims, roleOf } from './oidc-claims.ts';
import type { RoleRule } from './oidc-config.ts';

const RULES: RoleRule[] = [
  { claim: 'groups', value: 'secops', role: 'analyst' },
  { claim: 'realm_access.roles', value: 'boss', role: 'admin' },
  { claim: 'https://x.example/is_auditor', value: 'true', role: 'auditor' },
  { claim: 'email', value: 'eve@x.example', role: 'viewer' },
];

describe('claims', () => {
  test.each([
    [{ groups: ['a', 'secops'] }, 'analyst'],
    [{ groups: 'secops' }, 'analyst'],
    [{ groups: 'a secops' }, null],
    [{ groups: ['SecOps', ['secops'], { secops: true }] }, null],
    [{ groups: { 0: 'secops' } }, null],
    [{ realm_access: { roles: ['boss'] } }, 'admin'],
    [{ realm_access: [{ roles: ['boss'] }] }, null],
    [{ 'https://x.example/is_auditor': true }, 'auditor'],
    [{ email: 'eve@x.example', email_verified: true }, 'viewer'],
    [{ email: 'eve@x.example' }, null],
    [{ email: 'eve@x.example', email_verified: 'true' }, null],
    [{ groups: ['secops'], realm_access: { roles: ['boss'] } }, 'analyst'], // the first rule
    [{}, null],
  ])('%j gives %s', (claims, role) => {
    expect(roleOf(claims, RULES)).toBe(role);
    expect(roleOf(claims, [])).toBeNull();
  });

  test('nothing that every object has is a claim', () => {
    expect(claimAt({}, 'constructor.name')).toBeUndefined();
    expect(claimAt({}, '__proto__')).toBeUndefined();
    expect(claimAt({ groups: [] }, 'groups.length')).toBeUndefined();
  });

  test('what is missing may be asked for', () => {
    expect(missingClaims({ groups: [], email: 'x' }, RULES, 'name')).toEqual([
      'name',
      'realm_access.roles',
      'https://x.example/is_auditor',
    ]);
    expect(isCutShort({ _claim_names: { groups: 'src1' } }, RULES)).toBe(true);
    expect(isCutShort({ _claim_names: { other: 'src1' } }, RULES)).toBe(false);
  });

  test.each([
    ['Alice', 'alice@p'],
    ['alice@corp.example', 'alice@p'],
    ['Zoë Müller', 'zoë-müller@p'],
    ['김철수', '김철수@p'],
    ['../../etc', 'etc@p'],
    ['@', 'person@p'],
    [7, 'person@p'],
    ['\u202e\0<b>', 'b-@p'],
  ])('%j becomes %s', (said, name) => {
    expect(accountName({ n: said }, 'n', 'p')).toBe(name);
  });

  test('any claim becomes a name that an account can have, and another for each try', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 2, max: 100 }), (said, take) => {
        const first = accountName({ n: said }, 'n', 'place');
        expect(personName(first)).toBe(first);
        expect(first.endsWith('@place')).toBe(true);
        expect(accountName({ n: said }, 'n', 'place', take)).not.toBe(first);
      }),
      { numRuns: 500 },
    );
  });
});
