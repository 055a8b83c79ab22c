import { KeyTable } from './key-table.ts';
import type { LineKeys } from './line-key.ts';

const FIRST_LENGTH = 1 << 12;

/** Numbers of lines' keys, shared by the two sides that are compared. */
export class Keys {
  readonly exact = new KeyTable();
  readonly loose = new KeyTable();
  /** Of each exact key the number of the loose one that goes with it, and the form. */
  #looseOf = new Int32Array(FIRST_LENGTH);
  #formOf = new Uint8Array(FIRST_LENGTH);

  /** The number of the exact key that was read. */
  number(keys: LineKeys): number {
    const before = this.exact.size;
    const number = this.exact.number(keys.exactHigh, keys.exactLow);
    if (number < before) return number;
    if (number === this.#looseOf.length) this.#grow();
    keys.readLoose();
    this.#looseOf[number] = this.loose.number(keys.looseHigh, keys.looseLow);
    this.#formOf[number] = keys.form;
    return number;
  }

  #grow(): void {
    const [looseOf, formOf] = [this.#looseOf, this.#formOf];
    this.#looseOf = new Int32Array(looseOf.length * 2);
    this.#looseOf.set(looseOf);
    this.#formOf = new Uint8Array(formOf.length * 2);
    this.#formOf.set(formOf);
  }

  /** The number of the loose key of a line with that exact one. */
  looseOf(exact: number): number {
    return this.#looseOf[exact] as number;
  }

  /** The form of a line with that exact key. */
  formOf(exact: number): number {
    return this.#formOf[exact] as number;
  }
}

/** One side: of each line the numbers of its keys and the form of its header. It holds no text. */
export class Side {
  count = 0;
  /** Numbers of exact keys; -1 for a record without a text. */
  exact = new Int32Array(FIRST_LENGTH);
  loose = new Int32Array(FIRST_LENGTH);
  form = new Uint8Array(FIRST_LENGTH);

  /** Adds the line that `keys` has read; null for a record without a text. */
  add(keys: LineKeys | null, numbers: Keys): void {
    if (this.count === this.exact.length) this.#grow();
    const at = this.count;
    const exact = keys ? numbers.number(keys) : -1;
    this.exact[at] = exact;
    this.loose[at] = exact === -1 ? -1 : numbers.looseOf(exact);
    this.form[at] = exact === -1 ? 0 : numbers.formOf(exact);
    this.count += 1;
  }

  #grow(): void {
    const length = this.count * 2;
    const { exact, loose, form } = this;
    this.exact = new Int32Array(length);
    this.exact.set(exact);
    this.loose = new Int32Array(length);
    this.loose.set(loose);
    this.form = new Uint8Array(length);
    this.form.set(form);
  }
}

/** Is it the same line, as far as their forms can say? Of one form all of it is compared. */
export function isSame(left: Side, at: number, right: Side, other: number): boolean {
  if (left.exact[at] === -1) return false;
  if (left.exact[at] === right.exact[other]) return true;
  return left.loose[at] === right.loose[other] && left.form[at] !== right.form[other];
}

/** Whole numbers that grow by pushing, beyond 32 bits. */
export class NumberList {
  count = 0;
  #values = new Float64Array(FIRST_LENGTH);

  push(value: number): void {
    if (this.count === this.#values.length) {
      const before = this.#values;
      this.#values = new Float64Array(this.count * 2);
      this.#values.set(before);
    }
    this.#values[this.count] = value;
    this.count += 1;
  }

  at(place: number): number {
    return this.#values[place] as number;
  }
}
