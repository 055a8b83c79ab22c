import { parentPort, workerData } from 'node:worker_threads';
import { Zone } from '../core/zone.ts';
import { createDispatch } from '../decode/dispatch.ts';
import { openGeo } from '../enrichers/geo.ts';
import { LedgerReader } from '../ledger/reader.ts';
import { readingDisk } from '../ledger/secrecy/at-rest.ts';
import { readKeyFile } from '../ledger/secrecy/keyring.ts';
import { parsers } from '../parsers/index.ts';
import { RowWriter } from '../store/event-row.ts';
import { type Batch, chunkStart, WARM } from './chunk.ts';
import { ChunkDecoder } from './chunk-decoder.ts';
import { EntryFeed } from './entry-feed.ts';
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
}

export interface IndexTask {
  readonly task: number;
  readonly batch: Batch;
}

/** Rows of one batch that were received on one day, as RowBinary. */
export interface DayRows {
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  readonly bytes: Uint8Array;
  readonly rows: number;
}

export interface IndexAnswer {
  readonly task: number;
  readonly days: readonly DayRows[];
  readonly counts: readonly (readonly [string, StreamCounts])[];
  /** Something is open that silence would end. */
  readonly open: boolean;
  /** Why the batch cannot be made. */
  readonly failure?: string;
}

const BLOCK = 4096;
const DAY_US = 86_400_000_000;

const options = workerData as IndexThreadOptions;
const dispatch = createDispatch(parsers);
const zone = new Zone(options.zone);
const geo = await openGeo({ mmdb: options.mmdb });
const keys = options.keyFile === null ? null : readKeyFile(options.keyFile, options.ledger);
const reader = await LedgerReader.open(readingDisk(options.ledger, options.origin, keys));
const feed = new EntryFeed(reader);
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
    enrichers: [geo],
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
  for (let at = start; at < from; at += BLOCK) {
    const to = Math.min(at + BLOCK, from);
    current.decoder.replay(await feed.read(at, to), to, to === from ? sinceUs : 0);
  }
  return current;
}

async function run({ task, batch }: IndexTask): Promise<IndexAnswer> {
  const state = await placed(batch);
  current = null; // what fails in its middle is begun anew
  const { from, to, tickUs } = batch;
  for (let at = from; at < to; at += BLOCK) state.decoder.push(await feed.read(at, Math.min(at + BLOCK, to)));
  state.decoder.tick(to, tickUs);
  current = Object.assign(state, { at: to, tickUs });
  const days = [...writers].map(([day, writer]) => {
    const { bytes, rows } = writer.take();
    return { day: new Date((day * DAY_US) / 1000).toISOString().slice(0, 10), bytes, rows };
  });
  writers.clear();
  return {
    task,
    days: days.filter(({ rows }) => rows > 0),
    counts: [...state.decoder.takeCounts()],
    open: state.decoder.isOpen,
  };
}

let working: Promise<void> = Promise.resolve();
parentPort?.on('message', (task: IndexTask) => {
  working = working.then(async () => {
    writers.clear();
    const answer = await run(task).catch(
      (error: unknown): IndexAnswer => ({
        task: task.task,
        days: [],
        counts: [],
        open: false,
        failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    );
    parentPort?.postMessage(answer);
  });
});
