import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../core/errors.ts';
import { Zone } from '../core/zone.ts';
import { createDispatch } from '../decode/dispatch.ts';
import { Enrichment } from '../enrichers/enrichment.ts';
import { openGeo } from '../enrichers/geo.ts';
import type { ListSnapshot } from '../enrichers/lists/snapshot.ts';
import type { Damage } from '../ledger/readable.ts';
import { sentBytes } from '../ledger/record.ts';
import { TILE_WIDTH } from '../ledger/tile.ts';
import { parsers } from '../parsers/index.ts';
import { RowWriter } from '../store/event-row.ts';
import { type Batch, chunkStart, WARM } from './chunk.ts';
import { ChunkDecoder, type PlacedRecord } from './chunk-decoder.ts';
import { EntryFeed } from './entry-feed.ts';
import { openReader } from './ledger-reading.ts';
import type { StreamCounts } from './stream-counts.ts';

// A thread that turns records of the ledger into rows of the index. It reads the ledger by itself: only places go in, and rows come out.

export interface IndexThreadOptions {
  readonly ledger: string;
  readonly origin: string;
  /** Keys of a ledger that is encrypted at rest. */
  readonly keyFile: string | null;
  readonly zone: string;
  readonly localHost: string;
  readonly generation: number;
  readonly mmdb: readonly string[];
  /** Networks of well-known hosting and VPN providers are labelled. */
  readonly networks: boolean;
}

export interface IndexTask {
  readonly task: number;
  readonly batch: Batch;
}

/** Rows of a part of a batch that were received on one day, as RowBinary. */
export interface DayRows {
  /** Parts of a batch are numbered from 0. Where one ends depends on the records alone: a replay has the same ones. */
  readonly part: number;
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** What a thread says: rows, as many times as there are parts; then that the batch is done. */
export type IndexWord =
  | { readonly task: number; readonly rows: DayRows }
  | { readonly task: number; readonly done: BatchTold }
  | { readonly task: number; readonly failure: string; readonly tampered: boolean };

/** What a batch told, beside its rows. */
export interface BatchTold {
  readonly counts: readonly (readonly [string, StreamCounts])[];
  /** Records of it that are not as they were sealed: no event is made of them. */
  readonly damage: readonly Damage[];
  /** Records of it that were erased: no event is made of them either. */
  readonly erased: number;
  /** Something is open that silence would end. */
  readonly open: boolean;
}

/** What a thread is told: a batch to do, that rows were taken, or lists that batches from then on are enriched by. */
export type IndexOrder = IndexTask | { readonly taken: number } | { readonly lists: ListSnapshot };

/** Records that are read at once. */
const SPAN = 1024;
/** A part ends after the bundle that makes its records as long; rows are some times longer than records. */
const PART_BYTES = 4_000_000;
/** Parts that may wait to be taken. */
const UNDER_WAY = 2;
const DAY_US = 86_400_000_000;

const options = workerData as IndexThreadOptions;
const dispatch = createDispatch(parsers);
const zone = new Zone(options.zone);
const enrichment = new Enrichment({ geo: await openGeo({ mmdb: options.mmdb }), networks: options.networks });
const { ledger: folder, origin, keyFile } = options;
let damage: Damage[] = [];
const feed = new EntryFeed(await openReader({ folder, origin, keyFile }), (found) => damage.push(found));
const writers = new Map<number, RowWriter>();

interface Current {
  readonly start: number;
  readonly decoder: ChunkDecoder;
  at: number;
  tickUs: number;
}
let current: Current | null = null;

async function begin(start: number): Promise<Current> {
  const decoder = new ChunkDecoder({
    dispatch,
    zone,
    localHost: options.localHost,
    enrichers: [enrichment],
    emit: (placed) => {
      const day = Math.floor(placed.receivedAtUs / DAY_US);
      let writer = writers.get(day);
      if (writer === undefined) {
        writer = new RowWriter(options);
        writers.set(day, writer);
      }
      writer.add({ ...placed, generation: options.generation });
    },
  });
  decoder.warm(await feed.read(Math.max(0, start - WARM), start));
  return { start, decoder, at: start, tickUs: 0 };
}

async function placed({ from, sinceUs }: Batch): Promise<Current> {
  const start = chunkStart(from);
  if (current?.start === start && current.at === from && current.tickUs === sinceUs) return current;
  current = await begin(start);
  for (let at = start; at < from; at += SPAN) {
    const to = Math.min(at + SPAN, from);
    current.decoder.replay(await feed.read(at, to), to, to === from ? sinceUs : 0);
  }
  return current;
}

/** Records by the entry bundle that they are in. */
function* bundles(records: readonly PlacedRecord[]): Generator<readonly PlacedRecord[]> {
  for (let at = 0; at < records.length; ) {
    const bundle = Math.floor((records[at] as PlacedRecord).index / TILE_WIDTH);
    const begin = at;
    while (at < records.length && Math.floor((records[at] as PlacedRecord).index / TILE_WIDTH) === bundle) at += 1;
    yield records.slice(begin, at);
  }
}

async function run({ task, batch }: IndexTask): Promise<BatchTold> {
  const state = await placed(batch);
  current = null; // what fails in its middle is begun anew
  damage = []; // of records before the batch it was told with theirs
  const { from, to, tickUs } = batch;
  let part = 0;
  let bytes = 0;
  for (let at = from; at < to; ) {
    const end = Math.min(at - (at % SPAN) + SPAN, to);
    for (const records of bundles(await feed.read(at, end))) {
      state.decoder.push(records);
      for (const { record } of records) bytes += sentBytes(record); // the same when it was erased meanwhile
      if (bytes < PART_BYTES) continue;
      await handOver(task, part);
      part += 1;
      bytes = 0;
    }
    at = end;
  }
  state.decoder.tick(to, tickUs);
  await handOver(task, part);
  current = Object.assign(state, { at: to, tickUs });
  const { decoder } = state;
  return { counts: [...decoder.takeCounts()], damage, erased: decoder.takeErased(), open: decoder.isOpen };
}

let underWay = 0;
let onTaken: (() => void) | null = null;

/** Gives the rows that there are to the main thread, and waits while it has enough of them. */
async function handOver(task: number, part: number): Promise<void> {
  for (const [day, writer] of writers) {
    if (writer.rows === 0) continue;
    const { bytes, rows } = writer.take();
    const word: IndexWord = { task, rows: { part, day: dayName(day), bytes, rows } };
    underWay += 1;
    parentPort?.postMessage(word, [bytes.buffer as ArrayBuffer]); // the writer has begun another
    while (underWay >= UNDER_WAY)
      await new Promise<void>((resolve) => {
        onTaken = resolve;
      });
  }
}

function dayName(day: number): string {
  return new Date((day * DAY_US) / 1000).toISOString().slice(0, 10);
}

function wordsOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function answer(order: IndexTask): Promise<void> {
  writers.clear();
  const { task } = order;
  const word = await run(order).then(
    (done): IndexWord => ({ task, done }),
    (error: unknown): IndexWord => ({
      task,
      failure: wordsOf(error),
      tampered: error instanceof AppError && error.code === 'E_TAMPERED',
    }),
  );
  parentPort?.postMessage(word);
}

let working: Promise<void> = Promise.resolve();
parentPort?.on('message', (order: IndexOrder) => {
  if ('taken' in order) {
    underWay -= 1;
    onTaken?.();
  } else if ('lists' in order) working = working.then(() => enrichment.use(order.lists));
  else working = working.then(() => answer(order));
});
