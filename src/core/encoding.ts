import { TextDecoder } from 'node:util';

/** Which UTF-16 a text begins with, by its byte order mark (Unicode §23.8); null for any other text. */
export function utf16Of(head: Buffer): 'utf-16le' | 'utf-16be' | null {
  if (head.length < 2) return null;
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : null;
}

/** Turns blocks of UTF-16 into blocks of UTF-8, wherever they are cut; the byte order mark goes. Other text passes as it is. */
export class Utf8Blocks {
  #decoder: TextDecoder | null = null;
  #begun = false;

  /** The block in UTF-8. The first block tells the encoding. */
  take(block: Buffer): Buffer {
    if (!this.#begun) {
      this.#begun = true;
      const encoding = utf16Of(block);
      this.#decoder = encoding === null ? null : new TextDecoder(encoding);
    }
    return this.#decoder === null ? block : Buffer.from(this.#decoder.decode(block, { stream: true }));
  }
}
