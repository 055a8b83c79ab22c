import type { RawRecord } from '../core/stages.ts';
import type { Damage } from '../ledger/readable.ts';
import type { LedgerReader } from '../ledger/reader.ts';
import { EntryFeed } from './entry-feed.ts';

/** Far more than can come between a record and the word of its position. */
const RECORDS = 131_072;
const BLOCK = 8192;

/** What sources must know of a ledger's end after a start: what they sent last may not have been noted by them. */
export interface LedgerTail {
  /** The position of each stream's last record that has one. */
  readonly positions: ReadonlyMap<string, string>;
  /** What of it is not as it was sealed. */
  readonly damage: readonly Damage[];
  /** When the last record of a source was received, milliseconds since 1970; null when none is there. */
  readonly latestMs: number | null;
}

/** Reads a ledger's end. `numbered` is given each record that its sender numbered, in order. */
export async function readTail(reader: LedgerReader, numbered: (record: RawRecord) => void): Promise<LedgerTail> {
  const size = await reader.refresh();
  const damage: Damage[] = [];
  const feed = new EntryFeed(reader, (found) => damage.push(found));
  const positions = new Map<string, string>();
  let latestMs: number | null = null;
  for (let at = Math.max(0, size - RECORDS); at < size; at += BLOCK)
    for (const { receivedAtUs, record, erased } of await feed.read(at, Math.min(size, at + BLOCK))) {
      const { stream = '', via = '', peer = 'none', fpos, aseq } = record.fields;
      if (record.kind !== 'raw' && record.kind !== 'ref') continue;
      latestMs = receivedAtUs / 1000;
      if (fpos !== undefined) positions.set(stream, fpos);
      if (aseq !== undefined && !erased)
        numbered({ stream, via, peer, bytes: Buffer.from(record.payload), receivedAtUs, sourceSeq: Number(aseq) });
    }
  return { positions, damage, latestMs };
}
