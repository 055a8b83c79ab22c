import { randomBytes } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { hash } from '@node-rs/argon2';
import { TOTP } from 'otpauth';
import { describe, expect } from 'vitest';
import { personName } from './names.ts';
import { faultOfPassword, Passwords } from './passwords.ts';
import { codesHoldFrom, newRecoveryCodes, newTotpSecret, recoveryDigest, stepOfCode, totpUri } from './totp.ts';

const GOOD = 'a horse that walks by night';

describe('passwords', () => {
  test('are argon2id as OWASP has it; an older hash of the right one is made anew', async () => {
    const passwords = new Passwords();
    const hashed = await passwords.hash(GOOD);
    expect(hashed).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.compare(GOOD, hashed)).toEqual({ isRight: true, fresh: null });
    expect(await passwords.compare(`${GOOD}!`, hashed)).toEqual({ isRight: false, fresh: null });
    const old = await hash(GOOD, { memoryCost: 4096, timeCost: 1 });
    const { isRight, fresh } = await passwords.compare(GOOD, old);
    expect([isRight, fresh]).toEqual([true, expect.stringMatching(/m=19456,t=2/)]);
    expect(await passwords.compare('x', old)).toEqual({ isRight: false, fresh: null });
  });

  test('nobody has none, not even the one whose hash stands in for it', async () => {
    const passwords = new Passwords();
    for (const one of ['', GOOD, 'nobody has this password'])
      expect(await passwords.compare(one, null)).toEqual({ isRight: false, fresh: null });
  });

  test('the same word is the same password, however its letters are composed', async () => {
    const passwords = new Passwords();
    const hashed = await passwords.hash('Fünf müde Füchse'.normalize('NFD'));
    expect((await passwords.compare('Fünf müde Füchse'.normalize('NFC'), hashed)).isRight).toBe(true);
  });

  test('a flood is bounded: what is too much is told to come again, the rest is served', async () => {
    const passwords = new Passwords();
    const all = await Promise.allSettled(Array.from({ length: 80 }, () => passwords.compare('x', null)));
    const refused = all.filter((one) => one.status === 'rejected');
    expect(refused.length).toBeGreaterThan(20);
    expect(refused[0]?.reason).toMatchObject({ code: 'E_BUSY' });
    expect((await passwords.compare('x', null)).isRight).toBe(false);
  });

  test('short, long, known and one’s own name are refused', () => {
    for (const one of [
      'short',
      'x'.repeat(257),
      'password1234!',
      'aaaaaaaaaaaa',
      'abcabcabcabcabc',
      '123456789012',
      'johndoe-johndoe1',
    ])
      expect([one, faultOfPassword(one, 'johndoe')]).toEqual([one, expect.any(String)]);
    for (const one of [GOOD, '비밀번호는 아주 길어야 한다', 'x7$kQ2!pL9zR'])
      expect([one, faultOfPassword(one, 'johndoe')]).toEqual([one, null]);
  });
});

describe('codes', () => {
  test.prop([fc.integer({ min: 0, max: 4e12 })])('hold one step before and after their own, and once', (nowMs) => {
    const secret = newTotpSecret(randomBytes);
    const at = (offset: number) => new TOTP({ secret }).generate({ timestamp: Math.max(0, nowMs + offset * 30_000) });
    const step = Math.floor(nowMs / 30_000);
    expect(stepOfCode(secret, at(0), step - 1, nowMs)).not.toBeNull();
    expect(stepOfCode(secret, at(0), step + 1, nowMs)).toBeNull();
    if (step > 2 && at(2) !== at(1) && at(2) !== at(0) && at(2) !== at(-1))
      expect(stepOfCode(secret, at(2), 0, nowMs)).toBeNull();
  });

  test.prop([fc.integer({ min: 1e11, max: 4e12 }), fc.integer({ min: -1e10, max: 1e10 })])(
    'after the clock was set back none of before holds, and it is told from when on they do',
    (usedMs, byMs) => {
      const secret = newTotpSecret(randomBytes);
      const codeAt = (ms: number) => new TOTP({ secret }).generate({ timestamp: ms });
      const lastStep = stepOfCode(secret, codeAt(usedMs), 0, usedMs) as number;
      const nowMs = usedMs + byMs;
      const fromMs = codesHoldFrom(lastStep, nowMs);
      if (byMs > 60_000)
        expect([fromMs, stepOfCode(secret, codeAt(nowMs), lastStep, nowMs)]).toEqual([null, expect.any(Number)]);
      if (byMs > -60_000) return;
      expect(stepOfCode(secret, codeAt(nowMs), lastStep, nowMs)).toBeNull();
      expect(fromMs).toBeLessThanOrEqual(usedMs + 60_000);
      expect(stepOfCode(secret, codeAt(fromMs as number), lastStep, fromMs as number)).not.toBeNull();
      expect(codesHoldFrom(lastStep, fromMs as number)).toBeNull();
    },
  );

  test('nothing else is one', () => {
    for (const code of ['', '12345', '1234567', 'abcdef', '１２３４５６', '1e5000', ' '])
      expect(stepOfCode(newTotpSecret(randomBytes), code, 0, Date.now())).toBeNull();
    expect(totpUri('JBSWY3DPEHPK3PXP', 'ann', 'Spoor host')).toMatch(
      /^otpauth:\/\/totp\/Spoor%20host:ann\?issuer=Spoor%20host&secret=JBSWY3DPEHPK3PXP&/,
    );
  });

  test('recovery codes are found again however they are typed', () => {
    const { texts, digests } = newRecoveryCodes(randomBytes);
    expect(new Set(texts).size).toBe(10);
    for (const [at, text] of texts.entries()) {
      expect(text).toMatch(/^(?:[a-z2-7]{4}-){3}[a-z2-7]{4}$/);
      expect(recoveryDigest(` ${text.toUpperCase().replaceAll('-', ' ')} `)).toEqual(digests[at]);
    }
    for (const one of ['', '123456', `${texts[0]}a`]) expect(recoveryDigest(one)).toBeNull();
  });
});

describe('names', () => {
  test.prop([fc.string({ unit: 'binary', maxLength: 80 })])('what is taken is its own name again', (typed) => {
    let name: string;
    try {
      name = personName(typed);
    } catch (error) {
      expect(error).toMatchObject({ code: 'E_USAGE' });
      return;
    }
    expect(personName(name)).toBe(name);
    expect(name).not.toMatch(/[\s<>"'\p{C}]/u);
  });

  test('people are named in any script', () => {
    expect([' Ann ', '홍길동', 'Ö.Müller+1@example.org'].map(personName)).toEqual([
      'ann',
      '홍길동',
      'ö.müller+1@example.org',
    ]);
  });
});
