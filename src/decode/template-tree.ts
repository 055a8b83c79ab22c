import { type KnownName, knownName } from './account-names.ts';
import type { AddressNames } from './address-names.ts';
import { LONG_ADDRESS, MAX_SLOTS, NAME, SlotReader, slotValues } from './slots.ts';
import type { Template } from './template.ts';

// Hot path: once per byte of a syslog line.

const NODES = 1 << 16;
const FIRST_LINKS = 1 << 8; // a power of two, as all their numbers are
// The ways past a slot, and past an IPv6 address where an IPv4 address may stand; other ways are bytes.
const SLOT = 256;
const LONG = 257;
const TEXT_BYTES = 1 << 21;
const NONE = -1;
// A node is eight numbers beside each other, so that a walk touches one line of the processor's cache for each. Its bytes stand in
// the text from FROM to TO. Behind them comes a slot of a kind, with a node after it, and after an IPv6 address there; or a byte, with
// the child that begins with it: the first child stands here, the others among the links.
const NODE = 8;
const FROM = 0;
const TO = 1;
const KIND = 2;
const AFTER_SLOT = 3;
const AFTER_LONG = 4;
const BYTE = 5;
const CHILD = 6;
const TOP = 0; // a node before all: what its slot is followed by is how lines begin
const NEWLINE = 0x0a;

/**
 * Finds a line's template: a tree of the templates' bytes, walked once per line. A node is a run of bytes; then comes either
 * a slot, or one of its children by the next byte, or the line's end. Every byte is compared, so that no forged line is
 * taken for another. After `match` the fields below hold where the line ends and what its slots say. There is room for so many
 * nodes and no more.
 */
export class TemplateTree {
  /** Offset of the line's end (its newline, or the end of the bytes). */
  end = 0;
  readonly values = slotValues();
  /** The slots that are names. */
  readonly names: KnownName[] = new Array(MAX_SLOTS).fill(knownName(''));
  /** The slots that are IPv6 addresses: their numbers. */
  readonly addresses = new Int32Array(MAX_SLOTS);
  readonly #reader: SlotReader;
  readonly #text = new Uint8Array(TEXT_BYTES);
  readonly #textView = new DataView(this.#text.buffer);
  #textEnd = 0;
  readonly #all = new Int32Array(NODE * NODES);
  // Open hash table of a node and a byte to the child that begins with it: pairs of a key (0: free) and a node.
  #links = new Int32Array(2 * FIRST_LINKS);
  #linked = 0;
  readonly #templates: (Template | undefined)[] = new Array(NODES).fill(undefined);
  #nodes = 0;
  #next = 0; // the node after the slot that was read last
  #length = 0; // of the bytes that `match` reads

  /** `addresses`: where those of IPv6 get their numbers. */
  constructor(addresses: AddressNames) {
    this.#reader = new SlotReader(addresses);
    this.#node(0, 0);
  }

  /** Is there no room for another template? */
  get full(): boolean {
    return this.#nodes > NODES - 4 * MAX_SLOTS || this.#textEnd > TEXT_BYTES - 1024;
  }

  clear(): void {
    this.#nodes = 0;
    this.#textEnd = 0;
    this.#links = new Int32Array(2 * FIRST_LINKS);
    this.#linked = 0;
    this.#templates.fill(undefined);
    this.#node(0, 0);
  }

  /** The template of the line that goes on at `begin`, at its tag's first byte; null when it is not known. `view`: of `bytes`. */
  match(bytes: Buffer, view: DataView, begin: number): Template | null {
    const { length } = bytes;
    this.#length = length;
    let node = this.#all[AFTER_SLOT] as number; // of TOP
    let at = begin;
    let slots = 0;
    while (node !== NONE) {
      at = this.#run(view, at, node);
      if (at === NONE) return null;
      const after = this.#readSlot(bytes, at, node, slots);
      if (after !== at) {
        slots += 1;
        at = after;
        node = this.#next;
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

  // The offset after the slot at the node's end, which is the line's `slot`th, and sets #next; `at` when none stands there.
  #readSlot(bytes: Buffer, at: number, node: number, slot: number): number {
    const reader = this.#reader;
    const kind = this.#all[node * NODE + KIND] as number;
    const after = kind === NONE ? at : reader.read(bytes, at, kind);
    if (after !== at) {
      if (kind === NAME) this.names[slot] = reader.names.known;
      else this.values[slot] = reader.value;
      this.#next = this.#all[node * NODE + AFTER_SLOT] as number;
      return after;
    }
    const afterLong = this.#all[node * NODE + AFTER_LONG] as number;
    if (afterLong === NONE) return at;
    const past = reader.read(bytes, at, LONG_ADDRESS);
    this.addresses[slot] = reader.addresses.known;
    this.#next = afterLong;
    return past;
  }

  // The offset after the node's bytes, which are compared by eight, as floating-point numbers: those are equal when their bytes
  // are, or when both are zero, which no bytes of a template are. -1 where others stand.
  #run(view: DataView, begin: number, node: number): number {
    const text = this.#textView;
    const to = this.#all[node * NODE + TO] as number;
    let from = this.#all[node * NODE + FROM] as number;
    let at = begin;
    if (at + to - from > this.#length) return NONE;
    for (const last = to - 8; from <= last; from += 8, at += 8)
      if (text.getFloat64(from, true) !== view.getFloat64(at, true)) return NONE;
    if (from <= to - 4) {
      if (text.getInt32(from, true) !== view.getInt32(at, true)) return NONE;
      from += 4;
      at += 4;
    }
    for (; from < to; from += 1, at += 1) if (text.getUint8(from) !== view.getUint8(at)) return NONE;
    return at;
  }

  #childOf(node: number, code: number): number {
    if (this.#all[node * NODE + BYTE] === code) return this.#all[node * NODE + CHILD] as number;
    const links = this.#links;
    const mask = links.length - 1;
    const key = keyOf(node, code);
    for (let at = placeOf(key) & mask; ; at = (at + 2) & mask) {
      const found = links[at] as number;
      if (found === key) return links[at + 1] as number;
      if (found === 0) return NONE;
    }
  }

  /** Adds a template, or puts it in the place of the one that has the same bytes and slots. `full` must be false. */
  add(template: Template): void {
    const { bytes, cuts, kinds } = template;
    let node = this.#under(TOP, SLOT, bytes.subarray(0, cuts[0] ?? bytes.length));
    for (const [slot, kind] of kinds.entries()) {
      const via = kind === LONG_ADDRESS ? LONG : SLOT;
      const known = this.#all[node * NODE + KIND];
      if (via === SLOT && known !== NONE && known !== kind) return; // two meanings: for the parser
      if (via === SLOT) this.#all[node * NODE + KIND] = kind;
      node = this.#under(node, via, bytes.subarray(cuts[slot], cuts[slot + 1] ?? bytes.length));
    }
    this.#templates[node] = template;
  }

  // The node that ends after these bytes, on the way `via` a byte (which they begin with) or a slot from the end of `above`.
  #under(above: number, via: number, bytes: Uint8Array): number {
    const child = this.#follow(above, via);
    if (child === NONE) return this.#addText(above, via, bytes);
    const from = this.#all[child * NODE + FROM] as number;
    const length = (this.#all[child * NODE + TO] as number) - from;
    let same = 0;
    while (same < length && same < bytes.length && bytes[same] === this.#text[from + same]) same += 1;
    const node = same < length ? this.#split(above, via, child, from + same) : child;
    return same === bytes.length ? node : this.#under(node, bytes[same] as number, bytes.subarray(same));
  }

  #follow(above: number, via: number): number {
    if (via < SLOT) return this.#childOf(above, via);
    return this.#all[above * NODE + (via === SLOT ? AFTER_SLOT : AFTER_LONG)] as number;
  }

  #addText(above: number, via: number, bytes: Uint8Array): number {
    const from = this.#textEnd;
    this.#text.set(bytes, from);
    this.#textEnd = from + bytes.length;
    const child = this.#node(from, this.#textEnd);
    this.#link(above, via, child);
    return child;
  }

  // Leaves the node its bytes from `at` on; those before go to a new node between `above` and it.
  #split(above: number, via: number, node: number, at: number): number {
    const upper = this.#node(this.#all[node * NODE + FROM] as number, at);
    this.#all[node * NODE + FROM] = at;
    this.#link(above, via, upper);
    this.#link(upper, this.#text[at] as number, node);
    return upper;
  }

  #link(above: number, via: number, child: number): void {
    const all = this.#all;
    const begin = above * NODE;
    if (via >= SLOT) {
      all[begin + (via === SLOT ? AFTER_SLOT : AFTER_LONG)] = child;
    } else if (all[begin + BYTE] === NONE || all[begin + BYTE] === via) {
      all[begin + BYTE] = via;
      all[begin + CHILD] = child;
    } else {
      if (this.#linked * 4 >= this.#links.length) this.#growLinks(); // half full: a probe or two finds a child
      if (put(this.#links, keyOf(above, via), child)) this.#linked += 1;
    }
  }

  #growLinks(): void {
    const before = this.#links;
    this.#links = new Int32Array(before.length * 2);
    for (let at = 0; at < before.length; at += 2)
      if (before[at] !== 0) put(this.#links, before[at] as number, before[at + 1] as number);
  }

  #node(from: number, to: number): number {
    const node = this.#nodes;
    this.#nodes = node + 1;
    this.#all.fill(NONE, node * NODE, (node + 1) * NODE);
    this.#all[node * NODE + FROM] = from;
    this.#all[node * NODE + TO] = to;
    return node;
  }
}

// Whether the key is a new one.
function put(links: Int32Array, key: number, child: number): boolean {
  const mask = links.length - 1;
  let at = placeOf(key) & mask;
  while (links[at] !== 0 && links[at] !== key) at = (at + 2) & mask;
  const isNew = links[at] === 0;
  links[at] = key;
  links[at + 1] = child;
  return isNew;
}

function keyOf(node: number, code: number): number {
  return ((node << 8) | code) + 1;
}

// An even number, of which a table's mask takes what fits.
function placeOf(key: number): number {
  const mixed = Math.imul(key, 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) << 1;
}
