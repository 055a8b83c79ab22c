import { MAX_HEADER, readHeader } from './record.ts';

// Hot path: once per record, where the ledger is indexed and where it is packed.

/** Longest header that is remembered, bytes: with other digits it stays below the longest that there may be. */
const MAX_REMEMBERED = MAX_HEADER - 64;
const TIME_BYTES = 27;
const COMMON = /^(?<head>lrec\/1 raw\nstream=[^\n]+\nseq=)\d{1,16}\nrt=[^\n%]{27}(?<tail>\nvia=[^\n]*\npeer=[^\n]*)$/;
const [NEWLINE, PERCENT, ZERO, NINE] = [0x0a, 0x25, 0x30, 0x39];

/**
 * Reads headers of records that follow each other, as `readHeader` does. Most have all but their number and their time from the one before:
 * of such a one only these two are read.
 */
export class HeaderReader {
  /** Bytes of the last plain header: up to its number, and behind its time. */
  #head = NONE;
  #tail = NONE;
  #fields: Readonly<Record<string, string>> = {};

  read(entry: Buffer): ReturnType<typeof readHeader> {
    const head = this.#head.length;
    const seqEnd = head > 0 && hasAt(entry, this.#head, 0) ? digitsEnd(entry, head) : 0;
    const rt = seqEnd + RT.length;
    const rest = rt + TIME_BYTES;
    if (seqEnd === 0 || !hasAt(entry, RT, seqEnd) || !isWord(entry, rt) || !hasAt(entry, this.#tail, rest))
      return this.#first(entry);
    const { stream = '', via = '', peer = '' } = this.#fields;
    const [seq, time] = [entry.toString('latin1', head, seqEnd), entry.toString('latin1', rt, rest)];
    return { kind: 'raw', fields: { stream, seq, rt: time, via, peer }, end: rest + this.#tail.length - 2 };
  }

  #first(entry: Buffer): ReturnType<typeof readHeader> {
    const read = readHeader(entry);
    const groups = read.end > MAX_REMEMBERED ? undefined : COMMON.exec(entry.toString('latin1', 0, read.end))?.groups;
    if (groups === undefined) return read;
    this.#head = Buffer.from(groups['head'] as string, 'latin1');
    this.#tail = Buffer.from(`${groups['tail']}\n\n`, 'latin1');
    this.#fields = read.fields;
    return read;
  }
}

const NONE = Buffer.alloc(0);
const RT = Buffer.from('\nrt=');

function hasAt(entry: Buffer, bytes: Buffer, at: number): boolean {
  if (at + bytes.length > entry.length) return false;
  for (let nth = 0; nth < bytes.length; nth += 1) if (entry[at + nth] !== bytes[nth]) return false;
  return true;
}

/** Where a number of 1 to 16 digits ends; 0 where none is. */
function digitsEnd(entry: Buffer, from: number): number {
  let at = from;
  while (at - from < 17 && (entry[at] as number) >= ZERO && (entry[at] as number) <= NINE) at += 1;
  return at === from || at - from === 17 ? 0 : at;
}

function isWord(entry: Buffer, from: number): boolean {
  for (let at = from; at < from + TIME_BYTES; at += 1) if (entry[at] === NEWLINE || entry[at] === PERCENT) return false;
  return true;
}
