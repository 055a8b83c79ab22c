/**
 * Records that are decoded together. What a decoder remembers (who connected, the line before, a record of several lines) begins anew with
 * each chunk, so that the events of a chunk depend on its records and on a few before it alone: a server that was killed, and `reindex`,
 * come to the same events as one that ran on.
 */
export const CHUNK = 32_768;
/** Records before a chunk that are read for what a decoder remembers; no event is made of them. */
export const WARM = 1024;
/** A stream that is silent for so long, microseconds of receive time, has ended the record of several lines that was open. */
export const QUIET_US = 2_000_000;

/** The first record of the chunk that a record is in. */
export function chunkStart(index: number): number {
  return index - (index % CHUNK);
}

/** A part of a chunk that is decoded, encoded and inserted at one go, and again at one go after a crash. */
export interface Batch {
  /** Batches are numbered from 0, in the order of their records. */
  readonly id: number;
  /** First record, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Receive time up to which silence was looked at before this batch, and with it; microseconds. */
  readonly sinceUs: number;
  readonly tickUs: number;
  /**
   * The lists that its events are enriched by (`ListSnapshot.id`). After a crash a batch is made again with the lists of then: its rows go in
   * under the same tokens, so that those which were in already stay as they were, and none is there twice.
   */
  readonly lists?: string | undefined;
}

/** Does the batch end its chunk? Then all that is open in it is ended. */
export function endsChunk({ to }: Pick<Batch, 'to'>): boolean {
  return to % CHUNK === 0;
}
