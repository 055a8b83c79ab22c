/** What a list says of one of its entries, beyond the entry itself. */
export interface About {
  /** From this second since 1970 on it is no indicator any more; 0: never ends. */
  readonly untilS: number;
  /** 0 to 100 (STIX 2.1, appendix A); -1 where the list says none. */
  readonly confidence: number;
  /** ECS fields of the hit, as a JSON object; '' for none. */
  readonly note: string;
}

export const NOTHING_SAID: About = { untilS: 0, confidence: -1, note: '' };

/** `About` of many entries, by their numbers. A column that would hold nothing is null. In memory that threads share. */
export interface AboutColumns {
  readonly until: Uint32Array | null;
  readonly confidence: Int8Array | null;
  /** Number of the note, from 1; 0 for none. */
  readonly note: Uint32Array | null;
}

/** Texts one after the other: the nth is bytes[starts[n], starts[n + 1]). Latin-1. */
export interface Texts {
  readonly starts: Uint32Array;
  readonly bytes: Uint8Array;
}

/** Typed arrays over memory that threads share: a list of a million entries is there once, whoever asks it. */
export const shared = {
  u32: (length: number): Uint32Array => new Uint32Array(new SharedArrayBuffer(length * 4)),
  i32: (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(length * 4)),
  u8: (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length)),
  i8: (length: number): Int8Array => new Int8Array(new SharedArrayBuffer(length)),
};

/** The columns of entries in an order: `order[row]` is the entry's place in `abouts`. */
export function aboutColumns(
  abouts: readonly About[],
  order: ArrayLike<number>,
  noteOf: (note: string) => number,
): AboutColumns {
  const rows = order.length;
  let until: Uint32Array | null = null;
  let confidence: Int8Array | null = null;
  let note: Uint32Array | null = null;
  for (let row = 0; row < rows; row += 1) {
    const about = abouts[order[row] as number] as About;
    if (about === NOTHING_SAID) continue;
    if (about.untilS !== 0) {
      until ??= shared.u32(rows);
      until[row] = about.untilS;
    }
    if (about.confidence >= 0) {
      confidence ??= shared.i8(rows).fill(-1);
      confidence[row] = about.confidence;
    }
    if (about.note !== '') {
      note ??= shared.u32(rows);
      note[row] = noteOf(about.note);
    }
  }
  return { until, confidence, note };
}

/** Puts texts into shared memory. Characters beyond Latin-1 must have been escaped. */
export function textColumn(texts: readonly string[]): Texts {
  const starts = shared.u32(texts.length + 1);
  let total = 0;
  for (let nth = 0; nth < texts.length; nth += 1) {
    total += (texts[nth] as string).length;
    starts[nth + 1] = total;
  }
  const bytes = shared.u8(total);
  const into = Buffer.from(bytes.buffer, 0, total);
  for (let nth = 0; nth < texts.length; nth += 1) into.write(texts[nth] as string, starts[nth] as number, 'latin1');
  return { starts, bytes };
}

/** One of them. */
export function textAt({ starts, bytes }: Texts, nth: number): string {
  const from = starts[nth] as number;
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, (starts[nth + 1] as number) - from).toString('latin1');
}
