/** Bytes in order, asked for piece by piece. One `pull` at a time; null is the end; a rejection ends it too. */
export interface Source {
  pull(): Promise<Buffer | null>;
  /** Frees what this layer holds; not what lies below it. May be called again. */
  close(): Promise<void>;
}

const EMPTY = Buffer.alloc(0);

/** A source from a generator. Closing it runs the generator's `finally`. */
export function fromGenerator(pieces: AsyncGenerator<Buffer>): Source {
  return {
    pull: async () => (await pieces.next()).value ?? null,
    close: async () => void (await pieces.return(undefined)),
  };
}

/**
 * Looks ahead in a source and hands it out in the sizes asked for.
 * When the source fails, what came before is handed out first and the failure is thrown after it.
 */
export class Reader implements Source {
  readonly #source: Source;
  #held: Buffer = EMPTY;
  #ended = false;
  #failure: { readonly error: unknown } | null = null;
  /** Bytes handed out so far. */
  position = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /** The next `length` bytes without moving on; fewer only when no more can be had. */
  async peek(length: number): Promise<Buffer> {
    const pieces = [this.#held];
    let total = this.#held.length;
    while (total < length) {
      const piece = await this.#next();
      if (piece === null) break;
      pieces.push(piece);
      total += piece.length;
    }
    if (pieces.length > 1) this.#held = Buffer.concat(pieces, total);
    if (total === 0 && this.#failure) throw this.#failure.error;
    return this.#held.subarray(0, length);
  }

  /** The next piece of at most `most` bytes (at least 1), or null at the end. */
  async pull(most = Number.POSITIVE_INFINITY): Promise<Buffer | null> {
    if (this.#held.length === 0) {
      const piece = await this.#next();
      if (piece === null) {
        if (this.#failure) throw this.#failure.error;
        return null;
      }
      this.#held = piece;
    }
    const given = this.#held.length <= most ? this.#held : this.#held.subarray(0, most);
    this.#held = this.#held.subarray(given.length);
    this.position += given.length;
    return given;
  }

  /** The next `length` bytes; fewer only at the end. */
  async take(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let total = 0;
    while (total < length) {
      const piece = await this.pull(length - total);
      if (piece === null) break;
      pieces.push(piece);
      total += piece.length;
    }
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, total);
  }

  /** Puts back bytes that were handed out last. */
  unread(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([bytes, this.#held]);
    this.position -= bytes.length;
  }

  /** Passes over `length` bytes; gives how many there were. */
  async skip(length: number): Promise<number> {
    let left = length;
    while (left > 0) {
      const piece = await this.pull(left);
      if (piece === null) break;
      left -= piece.length;
    }
    return length - left;
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  /** The next piece that is not empty, or null at the end or after a failure, which is kept for later. */
  async #next(): Promise<Buffer | null> {
    while (!this.#ended) {
      try {
        const piece = await this.#source.pull();
        if (piece === null) this.#ended = true;
        else if (piece.length > 0) return piece;
      } catch (error) {
        this.#ended = true;
        this.#failure = { error };
      }
    }
    return null;
  }
}

/**
 * The next `length` bytes of a reader as a source of their own. Closing it leaves the reader where it is.
 * Throws what `cut` makes when the reader ends before.
 */
export class Slice implements Source {
  readonly #reader: Reader;
  readonly #cut: () => Error;
  /** Bytes not handed out yet. */
  left: number;

  constructor(reader: Reader, length: number, cut: () => Error) {
    this.#reader = reader;
    this.#cut = cut;
    this.left = length;
  }

  async pull(): Promise<Buffer | null> {
    if (this.left === 0) return null;
    const piece = await this.#reader.pull(this.left);
    if (piece === null) throw this.#cut();
    this.left -= piece.length;
    return piece;
  }

  async close(): Promise<void> {}
}
