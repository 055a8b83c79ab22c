/** Numbers of texts (or of numbers), and how often each came. */
export class Interned {
  readonly counts: number[] = [];
  readonly #numbers = new Map<string | number, number>();
  readonly #texts: (string | number)[] = [];
  /** How many came in all. */
  total = 0;

  add(text: string | number): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.counts.length;
      this.#numbers.set(text, number);
      this.#texts.push(text);
      this.counts.push(0);
    }
    this.counts[number] = (this.counts[number] as number) + 1;
    this.total += 1;
    return number;
  }

  textOf(number: number): string {
    return String(this.#texts[number]);
  }

  get size(): number {
    return this.counts.length;
  }
}
