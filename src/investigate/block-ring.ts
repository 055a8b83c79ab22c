// Blocks of memory that one thread fills and another empties, in turn. Each waits for the other without asking again and again.

const BLOCKS = 16;
/** The side that fills is woken when so many were emptied: to wake a thread takes longer than to fill a block. */
const WORTH_WAKING = 8;
/** It fits into a processor's own cache, beside what the reader of its lines needs. */
const BLOCK_BYTES = 256 * 1024;
// Cells that both threads see: how many blocks were filled and emptied so far, and how long each is.
const FILLED = 0;
const EMPTIED = 1;
const LENGTHS = 2;
const CELLS_BYTES = 128;
/** Nobody empties blocks any more: there is always room. */
const NEVER_FULL = 2 ** 30;

/** One side of the blocks; both sides are made of the same memory. */
class RingSide {
  readonly memory: SharedArrayBuffer;
  protected readonly cells: Int32Array;
  readonly #blocks: Buffer[];

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.cells = new Int32Array(memory, 0, CELLS_BYTES / 4);
    this.#blocks = Array.from({ length: BLOCKS }, (_, at) =>
      Buffer.from(memory, CELLS_BYTES + at * BLOCK_BYTES, BLOCK_BYTES),
    );
  }

  protected block(number: number): Buffer {
    return this.#blocks[number % BLOCKS] as Buffer;
  }
}

/** The memory of both sides. */
export function ringMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(CELLS_BYTES + BLOCKS * BLOCK_BYTES);
}

/** The side that fills blocks. */
export class RingFiller extends RingSide {
  #filled = 0;

  /** The block to fill next. Waits until the other side has emptied it. */
  room(): Buffer {
    for (;;) {
      const emptied = Atomics.load(this.cells, EMPTIED);
      if (this.#filled - emptied < BLOCKS) return this.block(this.#filled);
      Atomics.wait(this.cells, EMPTIED, emptied);
    }
  }

  /** The block holds so many bytes; 0: there are no more. */
  fill(length: number): void {
    this.cells[LENGTHS + (this.#filled % BLOCKS)] = length;
    this.#filled += 1;
    Atomics.store(this.cells, FILLED, this.#filled);
    Atomics.notify(this.cells, FILLED);
  }
}

/** The side that empties blocks. */
export class RingEmptier extends RingSide {
  #emptied = 0;

  /** What the next block holds; empty at the end. Waits for it so long; null when it did not come. */
  next(patienceMs: number): Buffer | null {
    const at = this.#emptied;
    if (Atomics.load(this.cells, FILLED) === at && Atomics.wait(this.cells, FILLED, at, patienceMs) === 'timed-out')
      return null;
    return this.block(at).subarray(0, this.cells[LENGTHS + (at % BLOCKS)]);
  }

  /** The block that `next` gave may be filled again. */
  empty(): void {
    this.#emptied += 1;
    Atomics.store(this.cells, EMPTIED, this.#emptied);
    if (this.#emptied % WORTH_WAKING === 0) Atomics.notify(this.cells, EMPTIED);
  }

  /** The other side may fill what it likes: none of it is looked at. */
  leave(): void {
    Atomics.store(this.cells, EMPTIED, NEVER_FULL);
    Atomics.notify(this.cells, EMPTIED);
  }
}
