import { createHash } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

const STEP_MS = 30_000;
/** Steps before and after now that are taken: clocks of telephones are off (RFC 6238 §5.2). */
const WINDOW = 1;
const SECRET_BYTES = 20;
const CODE = /^\d{6}$/;
const RECOVERY_CODES = 10;
const RECOVERY_BYTES = 10;
const RECOVERY = /^[a-z2-7]{16}$/;

/** As `crypto.randomBytes`. */
type Random = (bytes: number) => Buffer;

/** A new secret, in Base32. */
export const newTotpSecret = (random: Random): string => base32(random(SECRET_BYTES));

const totpOf = (secret: string, name = '', issuer = '') =>
  new TOTP({
    secret: Secret.fromBase32(secret),
    label: name,
    issuer,
    algorithm: 'SHA1',
    digits: 6,
    period: STEP_MS / 1000,
  });

/** What an authenticator's camera reads: `otpauth://totp/…` (Key URI format of Google Authenticator, which all others read). */
export const totpUri = (secret: string, name: string, issuer: string): string =>
  totpOf(secret, name, issuer).toString();

/** The step of which a code is, where it is one of now and of none up to `lastStep`; else null. It is then used up (`People.useStep`). */
export function stepOfCode(secret: string, code: string, lastStep: number, nowMs: number): number | null {
  const typed = code.replace(/[\s-]/g, '');
  if (!CODE.test(typed)) return null;
  const delta = totpOf(secret).validate({ token: typed, timestamp: nowMs, window: WINDOW });
  if (delta === null) return null;
  const step = Math.floor(nowMs / STEP_MS) + delta;
  return step > lastStep ? step : null;
}

/**
 * The instant from which on codes hold again, for somebody who used one of a time that has not come yet: the clock was set back since. None
 * up to that one is taken, for it may have been used before; null when codes hold now.
 */
export function codesHoldFrom(lastStep: number, nowMs: number): number | null {
  return lastStep > Math.floor(nowMs / STEP_MS) + WINDOW ? (lastStep + 1) * STEP_MS : null;
}

/** New codes for the day on which the telephone is gone, 80 random bits each: as a person keeps them, and their SHA-256. */
export function newRecoveryCodes(random: Random): { texts: string[]; digests: Buffer[] } {
  const codes = Array.from({ length: RECOVERY_CODES }, () => base32(random(RECOVERY_BYTES)).toLowerCase());
  return { texts: codes.map((code) => code.replace(/(.{4})(?=.)/g, '$1-')), digests: codes.map(digest) };
}

/** The SHA-256 of what was typed where it has the form of a recovery code; else null. */
export function recoveryDigest(typed: string): Buffer | null {
  const code = typed.slice(0, 100).toLowerCase().replace(/[\s-]/g, '');
  return RECOVERY.test(code) ? digest(code) : null;
}

/** Enough by itself: nobody tries 2^80. */
const digest = (code: string): Buffer => createHash('sha256').update(code).digest();

const base32 = (bytes: Buffer): string => new Secret({ buffer: new Uint8Array(bytes).buffer }).base32;
