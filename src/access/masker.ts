import { createHmac } from 'node:crypto';
import { type Hidden, MOST_LETTERS, withoutValues } from './mask-text.ts';
import { isNobodys, type MaskKind, sightOf } from './masking.ts';

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'; // Crockford's base 32
const LENGTH = 8;
const MOST_KNOWN = 20_000;
const MOST_LISTED = 200;
const WITHHELD = '[text withheld]';

/** Puts masks in the place of what is of persons: the same one for the same value, under the key of one server, for as long as that is kept. */
export class Masker {
  readonly #key: Uint8Array;
  readonly #known = new Map<string, string>();

  /** `key`: 32 secret bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** `[user 4F2K9QXB]`; what is of nobody stays. */
  mask(kind: MaskKind, value: string): string {
    if (isNobodys(kind, value)) return value;
    const name = `${kind}\0${value}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const digest = createHmac('sha256', this.#key).update(name).digest();
    const letters = Array.from(digest.subarray(0, LENGTH), (byte) => LETTERS.charAt(byte & 31)).join('');
    const mask = `[${kind} ${letters}]`;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(name, mask);
    return mask;
  }

  /** An event's document without what is of persons. `isUnderstood`: a parser told its fields; else its text may hold anything, and is withheld. */
  document(document: Readonly<Record<string, unknown>>, isUnderstood: boolean): Record<string, unknown> {
    const hidden: Hidden[] = [];
    const shown: Record<string, unknown> = {};
    const texts: [string, unknown][] = [];
    for (const [field, value] of Object.entries(document)) {
      const sight = sightOf(field);
      shown[field] = value; // its place among the others
      if (sight === 'text') texts.push([field, value]);
      else if (sight !== 'plain') shown[field] = this.#masked(sight, value, hidden);
    }
    const { 'url.original': url } = document;
    const query = typeof url === 'string' ? url.indexOf('?') : -1;
    if (query >= 0) this.#hide('query', String(url).slice(query + 1), hidden);
    for (const [field, value] of texts) shown[field] = isUnderstood ? this.text(String(value), hidden) : WITHHELD;
    return shown;
  }

  /** A text without these values, and without what looks like one. */
  text(text: string, hidden: readonly Hidden[] = []): string {
    return withoutValues(text, hidden, (kind, value) => this.mask(kind, value)) ?? WITHHELD;
  }

  #masked(kind: MaskKind, value: unknown, hidden: Hidden[]): unknown {
    const list = listOf(value);
    if (list === null) return this.#hide(kind, String(value), hidden);
    if (list.length > MOST_LISTED) hidden.push({ value: 'x'.repeat(MOST_LETTERS + 1), mask: WITHHELD }); // too many to look for: texts are withheld
    return list.slice(0, MOST_LISTED).map((one) => this.#hide(kind, String(one), hidden));
  }

  #hide(kind: MaskKind, value: string, hidden: Hidden[]): string {
    const mask = this.mask(kind, value);
    if (mask !== value) hidden.push({ value, mask });
    return mask;
  }
}

/** A list; one of the index is JSON text. */
function listOf(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string' || !value.startsWith('[')) return null;
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list) ? list.map((one) => (typeof one === 'object' ? JSON.stringify(one) : one)) : null;
  } catch {
    return null;
  }
}
