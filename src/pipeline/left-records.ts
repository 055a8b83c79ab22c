import type { RawRecord } from '../core/stages.ts';
import type { IndexRange } from '../ledger/log.ts';
import type { PlacedRecord } from './chunk-decoder.ts';

/** What was found of a batch, and what was not. */
export interface Found {
  readonly rest: readonly RawRecord[];
  /** Where those that were found stand; null when none was. */
  readonly range: IndexRange | null;
}

/**
 * Records that reached the disk before an error of it, and that nobody was told of. Whoever appends them again would have them twice. Each
 * stands for one record of those that were on their way, and no more.
 */
export class LeftRecords {
  readonly #places = new Map<string, number[]>();

  /** What stands in the ledger behind the last record that was told of, in order. */
  constructor(placed: readonly PlacedRecord[]) {
    let parts: Buffer[] = [];
    for (const { index, record } of placed) {
      if (record.kind !== 'raw' && record.kind !== 'ref') continue;
      const { stream = '', via = '', aseq = '', part } = record.fields;
      const [nth = 1, of = 1] = (part ?? '1/1').split('/').map(Number);
      if (nth === 1) parts = [];
      parts.push(record.payload);
      if (nth !== of || parts.length !== of) continue; // a record that is not there as a whole is written again
      const key = keyOf(stream, via, aseq, Buffer.concat(parts));
      const places = this.#places.get(key);
      if (places === undefined) this.#places.set(key, [index]);
      else places.push(index);
    }
  }

  /** Takes out what is there of a batch. */
  take(records: readonly RawRecord[]): Found {
    if (this.#places.size === 0) return { rest: records, range: null };
    const rest: RawRecord[] = [];
    let range: IndexRange | null = null;
    for (const record of records) {
      const { stream, via, sourceSeq, bytes } = record;
      const index = this.#places.get(keyOf(stream, via, String(sourceSeq ?? ''), bytes))?.shift();
      if (index === undefined) rest.push(record);
      else range = joined(range, { first: index, last: index });
    }
    return { rest, range };
  }
}

/** The range that both are in. */
export function joined(one: IndexRange | null, other: IndexRange): IndexRange {
  if (one === null) return other;
  return { first: Math.min(one.first, other.first), last: Math.max(one.last, other.last) };
}

function keyOf(stream: string, via: string, aseq: string, bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return `${stream}\n${via}\n${aseq}\n${text}`;
}
