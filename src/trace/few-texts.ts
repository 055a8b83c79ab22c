import { own } from './ref.ts';
import { hashOf } from './sign.ts';

/** The first few different texts; of more, those of the lowest hashes, which are the same in whatever order they came. */
export class FewTexts {
  readonly #size: number;
  readonly #texts = new Map<string, number>();
  #worst = '';
  #most = -1;

  constructor(size: number) {
    this.#size = size;
  }

  add(text: string): void {
    if (this.#texts.has(text)) return;
    const hash = hashOf(text);
    if (this.#texts.size >= this.#size) {
      if (hash >= this.#most) return;
      this.#texts.delete(this.#worst);
      this.#most = -1;
      for (const [kept, other] of this.#texts) this.#note(kept, other);
    }
    const kept = own(text);
    this.#texts.set(kept, hash);
    this.#note(kept, hash);
  }

  #note(text: string, hash: number): void {
    if (hash <= this.#most) return;
    this.#most = hash;
    this.#worst = text;
  }

  get texts(): string[] {
    return [...this.#texts.keys()];
  }
}
