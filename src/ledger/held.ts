/** A map that forgets its oldest entry; `drop` is given what went. */
export class Held<K, V> {
  readonly #map = new Map<K, V>();
  readonly #most: number;
  readonly #drop: (value: V) => void;

  constructor(most: number, drop: (value: V) => void = () => {}) {
    this.#most = most;
    this.#drop = drop;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  set(key: K, value: V): void {
    this.#map.set(key, value);
    if (this.#map.size <= this.#most) return;
    const [[oldest, dropped]] = this.#map as unknown as [[K, V]];
    this.#map.delete(oldest);
    this.#drop(dropped);
  }

  delete(key: K): void {
    this.#map.delete(key);
  }

  values(): Iterable<V> {
    return this.#map.values();
  }
}
