import type { EcsFields, Event } from '../core/event.ts';
import type { Enricher } from '../core/stages.ts';
import type { Zone } from '../core/zone.ts';
import type { Dispatch } from '../decode/dispatch.ts';
import type { LedgerRecord } from '../ledger/record.ts';
import { endsChunk, QUIET_US } from './chunk.ts';
import { ledgerEvent } from './ledger-event.ts';
import { isRetransmission } from './retransmissions.ts';
import { StreamCounts } from './stream-counts.ts';
import { StreamDecoder } from './stream-decoder.ts';

// Hot path: once per record.

/** One event with where it stands in the ledger. */
export interface PlacedEvent {
  readonly event: Event;
  /** Index of the first record that it was made of, and of the last. */
  readonly first: number;
  readonly last: number;
  /** Tells events of the same first record apart: 0, 1, … */
  readonly sub: number;
  /** Receive time of the first record, microseconds. */
  readonly receivedAtUs: number;
  readonly stream: string;
  readonly peer: string;
  /** What look-ups added. */
  readonly enriched: EcsFields;
}

export interface ChunkOptions {
  readonly dispatch: Dispatch;
  /** Zone of stamps that name none. */
  readonly zone: Zone;
  /** Host of lines of this machine's own sources that name none. */
  readonly localHost: string;
  readonly enrichers: readonly Enricher[];
  readonly emit: (placed: PlacedEvent) => void;
}

/** A record of the ledger with its place and time. */
export interface PlacedRecord {
  readonly index: number;
  readonly receivedAtUs: number;
  readonly record: LedgerRecord;
  /** Its payload was erased, by order: it says nothing any more. */
  readonly erased?: true;
}

/** Turns the records of one chunk into events, in order. What it gives depends on nothing but the records and the ticks. */
export class ChunkDecoder {
  readonly #options: ChunkOptions;
  readonly #streams = new Map<string, StreamDecoder>();
  /** Records and events since they were asked for, by stream. */
  #counts = new Map<string, StreamCounts>();
  #silent = false;
  #erased = 0;
  /** Streams in which a record of several lines may be open, by when they were last heard; the first was heard first. */
  readonly #open = new Map<StreamDecoder, number>();

  constructor(options: ChunkOptions) {
    this.#options = options;
  }

  /** Decodes records before the chunk for what a decoder remembers of them. */
  warm(records: readonly PlacedRecord[]): void {
    this.#silent = true;
    for (const placed of records) this.#decode(placed);
    for (const stream of this.#streams.values()) stream.end();
    this.#open.clear();
    this.#silent = false;
    this.#counts = new Map();
    this.#erased = 0;
  }

  /** Decodes again what was indexed already; gives no event. */
  replay(records: readonly PlacedRecord[], to: number, tickUs: number): void {
    this.#silent = true;
    this.push(records);
    this.tick(to, tickUs);
    this.#silent = false;
    this.#counts = new Map();
    this.#erased = 0;
  }

  push(records: readonly PlacedRecord[]): void {
    for (const placed of records) this.#decode(placed);
  }

  /** Ends what streams left open that are silent; at the chunk's end, what any left open. */
  tick(to: number, tickUs: number): void {
    const all = endsChunk({ to });
    for (const [stream, heardUs] of this.#open) {
      if (!all && tickUs - heardUs <= QUIET_US) continue;
      stream.end();
      this.#open.delete(stream);
    }
  }

  /** Is something open that silence would end? */
  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Records whose payloads were erased, of which no event is made, since it was asked for. */
  takeErased(): number {
    const erased = this.#erased;
    this.#erased = 0;
    return erased;
  }

  /** What was counted since the last time. */
  takeCounts(): Map<string, StreamCounts> {
    const counts = this.#counts;
    this.#counts = new Map();
    return counts;
  }

  #decode(placed: PlacedRecord): void {
    const { kind, fields } = placed.record;
    if (kind !== 'raw' && kind !== 'ref') {
      this.#give(
        ledgerEvent(placed),
        placed.index,
        placed.index,
        0,
        placed,
        fields['stream'] ?? `ledger/${kind}`,
        'none',
      );
      return;
    }
    const counts = this.#count(placed);
    if (isRetransmission(fields['via'] ?? '')) {
      counts.again(placed);
      return;
    }
    if (placed.erased) {
      this.#erased += 1;
      counts.take(placed);
      return;
    }
    const stream = this.#streamOf(placed.record);
    if (placed.receivedAtUs - stream.heardUs > QUIET_US && stream.isOpen) stream.end();
    stream.push(placed);
    counts.take(placed);
    this.#open.delete(stream);
    if (stream.isOpen) this.#open.set(stream, placed.receivedAtUs);
  }

  #count({ record }: Pick<PlacedRecord, 'record'>): StreamCounts {
    const name = record.fields['stream'] ?? '';
    let counts = this.#counts.get(name);
    if (counts === undefined) {
      counts = new StreamCounts(record);
      this.#counts.set(name, counts);
    }
    return counts;
  }

  #streamOf(record: LedgerRecord): StreamDecoder {
    const name = record.fields['stream'] ?? '';
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    const { dispatch, zone, localHost } = this.#options;
    const head = { record: { ...record, payload: NOTHING } }; // the block that it came in is not kept alive
    const stream: StreamDecoder = new StreamDecoder(name, record, {
      dispatch,
      zone,
      localHost,
      emit: (event, first, last, sub, receivedAtUs) => {
        this.#count(head).told(event, receivedAtUs); // also of a record that was in an earlier batch
        this.#give(event, first, last, sub, { receivedAtUs }, name, stream.peer);
      },
    });
    this.#streams.set(name, stream);
    return stream;
  }

  #give(
    event: Event,
    first: number,
    last: number,
    sub: number,
    { receivedAtUs }: Pick<PlacedRecord, 'receivedAtUs'>,
    stream: string,
    peer: string,
  ): void {
    if (this.#silent) return;
    const { enrichers, emit } = this.#options;
    let enriched: EcsFields = NONE;
    for (const enricher of enrichers) {
      const more = enricher.enrich(event);
      enriched = enriched === NONE ? more : { ...enriched, ...more };
    }
    emit({ event, first, last, sub, receivedAtUs, stream, peer, enriched });
  }
}

const NONE: EcsFields = {};
const NOTHING = Buffer.alloc(0);
