// Hot path: `of` some times for each event.

const MAX_KNOWN = 50_000;
/** What is longer is a stranger's attempt to fill our memory, or a URL that will not come again. */
const LONGEST = 256;

/** What was found out about a text: a log has the same addresses, names and hosts again and again. At most 50,000 of them. */
export class Remembered<T> {
  readonly #find: (text: string) => T;
  readonly #known = new Map<string, T>();

  constructor(find: (text: string) => T) {
    this.#find = find;
  }

  of(text: string): T {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const found = this.#find(text);
    if (text.length > LONGEST) return found;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(Buffer.from(text).toString(), found); // a copy: a slice would keep its whole line alive
    return found;
  }

  clear(): void {
    this.#known.clear();
  }
}
