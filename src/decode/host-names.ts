// Hot path: once per syslog line.

const SLOTS = 1 << 10;
const MAX_NAME = 256;
const SPACE = 0x20;
const NOTHING = new Uint8Array(0);

/** Host names that lines were seen to have, each with the space behind it: a table of fixed size. */
export class HostNames {
  /** The name that `read` saw, or `keep` took, last; '' for none. */
  text = '';
  #bytes: Uint8Array = NOTHING; // of `text`, with its space
  readonly #all: Uint8Array[] = new Array(SLOTS).fill(NOTHING);
  readonly #texts: string[] = new Array(SLOTS).fill('');

  /** The offset after the known host and the space at `at`; -1 when none stands there. */
  read(bytes: Uint8Array, at: number): number {
    if (isAt(this.#bytes, bytes, at)) return at + this.#bytes.length;
    const slot = slotOf(bytes, at);
    if (slot === -1) return -1;
    const known = this.#all[slot] as Uint8Array;
    if (!isAt(known, bytes, at)) return -1;
    this.#bytes = known;
    this.text = this.#texts[slot] as string;
    return at + known.length;
  }

  /** Remembers a host that a line has. */
  keep(name: string): void {
    if (name === this.text) return;
    const bytes = Buffer.from(`${name} `);
    const slot = slotOf(bytes, 0);
    this.text = slot === -1 ? '' : name;
    this.#bytes = slot === -1 ? NOTHING : bytes;
    if (slot === -1) return;
    this.#all[slot] = bytes;
    this.#texts[slot] = name;
  }
}

// Of the word at `at`, by its bytes; -1 when no space ends it soon.
function slotOf(bytes: Uint8Array, at: number): number {
  let hash = 17;
  for (let index = at; index < at + MAX_NAME; index += 1) {
    const code = bytes[index];
    if (code === undefined || code < SPACE) return -1;
    if (code === SPACE) return index === at ? -1 : (hash ^ (hash >>> 15)) & (SLOTS - 1);
    hash = Math.imul(hash ^ code, 0x9e3779b1);
  }
  return -1;
}

function isAt(name: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < name.length; index += 1) if (bytes[at + index] !== name[index]) return false;
  return name.length > 0;
}
