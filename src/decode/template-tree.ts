import { MAX_SLOTS, NAME, SlotReader } from './slots.ts';
import type { Template } from './template.ts';

// Hot path: once per byte of a syslog line.

const NODES = 1 << 16;
const TEXT_BYTES = 1 << 21;
const NONE = -1;
const ROOT = 0;
const NEWLINE = 0x0a;

/**
 * Finds a line's template: a tree of the templates' bytes, walked once per line. A node is a run of bytes; then comes either
 * a slot, or one of its children by the next byte, or the line's end. Every byte is compared, so that no forged line is
 * taken for another. After `match` the fields below hold where the line ends and what its slots say. The tables are of
 * fixed size.
 */
export class TemplateTree {
  /** Offset of the line's end (its newline, or the end of the bytes). */
  end = 0;
  readonly values = new Int32Array(MAX_SLOTS);
  /** Texts of the slots that are names. */
  readonly names: string[] = new Array(MAX_SLOTS).fill('');
  readonly #reader = new SlotReader();
  readonly #text = new Uint8Array(TEXT_BYTES);
  readonly #textView = new DataView(this.#text.buffer);
  #textEnd = 0;
  readonly #from = new Int32Array(NODES);
  readonly #to = new Int32Array(NODES);
  readonly #slot = new Int8Array(NODES);
  readonly #afterSlot = new Int32Array(NODES);
  readonly #child = new Int32Array(NODES);
  readonly #sibling = new Int32Array(NODES);
  readonly #templates: (Template | undefined)[] = new Array(NODES).fill(undefined);
  #nodes = 0;
  #length = 0; // of the bytes that `match` reads

  constructor() {
    this.#node(0, 0);
  }

  /** Is there no room for another template? */
  get full(): boolean {
    return this.#nodes > NODES - 4 * MAX_SLOTS || this.#textEnd > TEXT_BYTES - 1024;
  }

  clear(): void {
    this.#nodes = 0;
    this.#textEnd = 0;
    this.#templates.fill(undefined);
    this.#node(0, 0);
  }

  /** The template of the line that goes on at `begin`, at its tag's first byte; null when it is not known. `view`: of `bytes`. */
  match(bytes: Uint8Array, view: DataView, begin: number): Template | null {
    const { length } = bytes;
    this.#length = length;
    let node = ROOT;
    let at = begin;
    let slots = 0;
    while (node !== NONE) {
      at = this.#run(view, at, node);
      if (at === NONE) return null;
      const kind = this.#slot[node] as number;
      const after = kind === NONE ? at : this.#reader.read(bytes, at, kind);
      if (after !== at) {
        if (kind === NAME) this.names[slots] = this.#reader.names.text;
        else this.values[slots] = this.#reader.value;
        slots += 1;
        at = after;
        node = this.#afterSlot[node] as number;
        continue;
      }
      if (at >= length || bytes[at] === NEWLINE) {
        this.end = at;
        return this.#templates[node] ?? null;
      }
      node = this.#childOf(node, bytes[at] as number);
    }
    return null;
  }

  // The offset after the node's bytes, which are compared by four; -1 where others stand.
  #run(view: DataView, begin: number, node: number): number {
    const text = this.#textView;
    const to = this.#to[node] as number;
    let from = this.#from[node] as number;
    let at = begin;
    if (at + to - from > this.#length) return NONE;
    for (const last = to - 4; from <= last; from += 4, at += 4)
      if (text.getInt32(from, true) !== view.getInt32(at, true)) return NONE;
    for (; from < to; from += 1, at += 1) if (text.getUint8(from) !== view.getUint8(at)) return NONE;
    return at;
  }

  #childOf(node: number, code: number): number {
    let child = this.#child[node] as number;
    while (child !== NONE && this.#text[this.#from[child] as number] !== code) child = this.#sibling[child] as number;
    return child;
  }

  /** Adds a template, or puts it in the place of the one that has the same bytes and slots. `full` must be false. */
  add(template: Template): void {
    const { bytes, cuts, kinds } = template;
    let node = ROOT;
    let at = 0;
    for (let slot = 0; slot <= cuts.length; slot += 1) {
      const end = cuts[slot] ?? bytes.length;
      node = this.#addBytes(node, bytes.subarray(at, end));
      at = end;
      if (slot === cuts.length) break;
      const kind = kinds[slot] as number;
      if (this.#slot[node] === NONE) {
        this.#slot[node] = kind;
        this.#afterSlot[node] = this.#node(0, 0);
      } else if (this.#slot[node] !== kind) return; // one place, two meanings: left to the parser
      node = this.#afterSlot[node] as number;
    }
    this.#templates[node] = template;
  }

  // The node that ends after these bytes, which begin at the end of `above`'s run.
  #addBytes(above: number, bytes: Uint8Array): number {
    let node = above;
    for (let at = 0; at < bytes.length; ) {
      const child = this.#childOf(node, bytes[at] as number);
      if (child === NONE) return this.#addChild(node, bytes.subarray(at));
      const from = this.#from[child] as number;
      const length = (this.#to[child] as number) - from;
      let same = 1;
      while (same < length && bytes[at + same] === this.#text[from + same]) same += 1;
      if (same < length) this.#split(child, from + same);
      at += same;
      node = child;
    }
    return node;
  }

  #addChild(above: number, bytes: Uint8Array): number {
    const from = this.#textEnd;
    this.#text.set(bytes, from);
    this.#textEnd = from + bytes.length;
    const child = this.#node(from, this.#textEnd);
    this.#sibling[child] = this.#child[above] as number;
    this.#child[above] = child;
    return child;
  }

  // Leaves the node its bytes up to `at`; a new child gets the others and all that came after them.
  #split(node: number, at: number): void {
    const rest = this.#node(at, this.#to[node] as number);
    this.#slot[rest] = this.#slot[node] as number;
    this.#afterSlot[rest] = this.#afterSlot[node] as number;
    this.#child[rest] = this.#child[node] as number;
    this.#templates[rest] = this.#templates[node];
    this.#to[node] = at;
    this.#slot[node] = NONE;
    this.#afterSlot[node] = NONE;
    this.#child[node] = rest;
    this.#templates[node] = undefined;
  }

  #node(from: number, to: number): number {
    const node = this.#nodes;
    this.#nodes = node + 1;
    this.#from[node] = from;
    this.#to[node] = to;
    this.#slot[node] = NONE;
    this.#afterSlot[node] = NONE;
    this.#child[node] = NONE;
    this.#sibling[node] = NONE;
    return node;
  }
}
