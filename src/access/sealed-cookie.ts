import { createCipheriv, createDecipheriv } from 'node:crypto';

// What a browser keeps for us for some minutes: it can neither read it nor change it, and we keep nothing for who never comes back.

const IV = 12;
const TAG = 16;
const MAX_TEXT = 4000;

/** As `crypto.randomBytes`. */
export type Random = (bytes: number) => Buffer;

/** Seals small values under a key that lives as long as the process. AES-256-GCM; the purpose and the end are part of it. */
export class CookieSeal {
  readonly #key: Buffer;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    this.#key = random(32);
  }

  /** A text for a cookie. */
  seal(purpose: string, value: object, endsMs: number): string {
    const iv = this.#random(IV);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(purpose));
    const body = cipher.update(JSON.stringify({ endsMs, value }), 'utf8');
    return Buffer.concat([iv, body, cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** What was sealed for this purpose; null for anything else, and after its end. */
  open(purpose: string, text: string | undefined, nowMs: number): unknown {
    if (text === undefined || text.length > MAX_TEXT) return null;
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length <= IV + TAG) return null;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV), { authTagLength: TAG })
      .setAAD(Buffer.from(purpose))
      .setAuthTag(bytes.subarray(-TAG));
    try {
      const body = decipher.update(bytes.subarray(IV, -TAG));
      const { endsMs, value } = JSON.parse(Buffer.concat([body, decipher.final()]).toString()) as {
        endsMs: number;
        value: unknown;
      };
      return endsMs > nowMs ? value : null;
    } catch {
      return null; // not ours, changed, or of an earlier start
    }
  }
}
