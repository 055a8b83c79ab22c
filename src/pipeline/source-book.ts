import type { SourceNote } from '../core/stages.ts';
import type { SourceCounts, SourceLosses } from '../state/source-row.ts';
import type { Sources } from '../state/sources.ts';
import type { Trust } from '../state/tables.ts';
import type { Batch } from './chunk.ts';
import { fileIn } from './file-transport.ts';
import { isLocal } from './local-transport.ts';
import { addCounts, type StreamCounts } from './stream-counts.ts';

/** What is waiting to be kept is bounded: beyond it, the oldest ranges are counted together. */
const MAX_RANGES = 64;
/** And of the streams in them, each time that one is in one: a flood of forged addresses fills 64 ranges with 10,000 each, a gigabyte. */
const MAX_HELD = 20_000;
/** Streams of one source that are counted each for itself. Anybody can write any address on a datagram. */
const MAX_STREAMS = 10_000;
/** The stream under which those beyond are counted. Their records keep their own names. */
const OTHERS = 'others';

interface Range {
  from: number;
  to: number;
  /** All that was received before it is in this range or before it; microseconds. */
  readonly tickUs: number;
  readonly streams: Map<string, StreamCounts>;
}

/** Is told of what was counted, once it is kept. */
export interface CountsReader {
  /** `at`: where the range ends, and up to which receive time, microseconds, all is counted. */
  counted(
    rows: readonly SourceCounts[],
    streams: ReadonlyMap<string, StreamCounts>,
    at: { to: number; tickUs: number },
  ): void;
  noted(name: string, note: SourceNote): void;
}

export interface SourceBookOptions {
  /** When this process began to listen, milliseconds since 1970: the pause before it is not the senders'. */
  readonly startedMs?: number;
  readonly maxStreams?: number;
  readonly reader?: CountsReader;
  /**
   * Asked to count a range anew, of which a batch that was cut otherwise covers more than is to be added. It comes back through
   * `counted`.
   */
  readonly recount?: (from: number, to: number) => void;
}

/** Sums what batches told of their streams, and keeps the sums where they outlive a restart. */
export class SourceBook {
  readonly #origin: string;
  #ranges: Range[] = [];
  #losses = new Map<string, { dropped: number; refused: Record<string, number> }>();
  /** Names of the configuration's sources, with their types: a stream begins with a name. */
  readonly #types: ReadonlyMap<string, string>;
  #flushing: Promise<void> = Promise.resolve();
  readonly #options: SourceBookOptions;
  /** Up to where sums are kept, as it was known last. */
  #countedTo = 0;
  /** Streams that are counted each for itself, by their source's name. */
  readonly #own = new Map<string, Set<string>>();
  /** Streams that were heard since this process began to listen. */
  #heard = new Set<string>();

  constructor(origin: string, types: ReadonlyMap<string, string>, options: SourceBookOptions = {}) {
    this.#origin = origin;
    this.#types = types;
    this.#options = options;
  }

  /** Takes note of streams that have a row already. */
  know(streams: Iterable<string>): void {
    for (const stream of streams) this.#placed(stream);
  }

  /** Takes what a batch told, once it is in the index. Batches may come in another order than their records'. */
  counted(
    counts: readonly (readonly [string, StreamCounts])[],
    { from, to, tickUs = 0 }: Pick<Batch, 'from' | 'to'> & Partial<Pick<Batch, 'tickUs'>>,
  ): void {
    if (from === to && counts.length === 0) return;
    const streams = new Map<string, StreamCounts>();
    for (const [stream, told] of counts) addCounts(streams, this.#placed(stream), told);
    this.#ranges.push({ from, to, tickUs, streams });
    if (this.#ranges.length > MAX_RANGES || this.held > MAX_HELD) this.#join();
  }

  /** Sums that wait to be kept. */
  get held(): number {
    return this.#ranges.reduce((sum, { streams }) => sum + streams.size, 0);
  }

  /** Does nothing wait to be kept? */
  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** Takes what a source refused or lost. Nothing here is of a stream that the sender named. */
  noted(stream: string, note: SourceNote): void {
    const { kind, reason, count = 1 } = note;
    this.#options.reader?.noted(stream, note);
    if (kind !== 'refused' && kind !== 'lost') return;
    const losses = this.#lossesOf(stream);
    losses.refused[reason] = (losses.refused[reason] ?? 0) + count;
  }

  dropped(stream: string, count: number): void {
    this.#lossesOf(this.#placed(stream)).dropped += count;
  }

  /** The name that a stream is counted under. */
  #placed(stream: string): string {
    const { name } = this.#named(stream);
    let own = this.#own.get(name);
    if (own === undefined) {
      own = new Set();
      this.#own.set(name, own);
    }
    if (own.has(stream)) return stream;
    if (own.size >= (this.#options.maxStreams ?? MAX_STREAMS)) return `${name}/${OTHERS}`;
    own.add(stream);
    return stream;
  }

  #lossesOf(stream: string): { dropped: number; refused: Record<string, number> } {
    let losses = this.#losses.get(stream);
    if (losses === undefined) {
      losses = { dropped: 0, refused: {} };
      this.#losses.set(stream, losses);
    }
    return losses;
  }

  /** Joins ranges that follow each other. What is kept already goes first, and nothing is joined to what is in part. */
  #join(): void {
    const kept = this.#countedTo;
    // Without a record, a range at the end is of lines that silence completed: it is no replay.
    this.#ranges = this.#ranges.filter(({ from, to }) => to > kept || (from === to && to === kept));
    this.#ranges.sort((a, b) => a.from - b.from || a.to - b.to);
    const joined: Range[] = [];
    for (const range of this.#ranges) {
      const before = joined[joined.length - 1];
      if (before === undefined || before.to !== range.from || before.from < kept) joined.push(range);
      else {
        for (const [name, counts] of range.streams) addCounts(before.streams, name, counts);
        joined[joined.length - 1] = { ...before, to: range.to, tickUs: Math.max(before.tickUs, range.tickUs) };
      }
    }
    this.#ranges = joined;
  }

  /** Keeps what there is, up to the first range that is not there yet. Rejects while the state is away; nothing is lost by it. */
  flush(sources: Sources): Promise<void> {
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#flush(sources));
    return this.#flushing;
  }

  async #flush(sources: Sources): Promise<void> {
    this.#countedTo = Math.max(this.#countedTo, await sources.countedTo(this.#origin));
    this.#join();
    for (let range = this.#ranges[0]; range && range.from <= this.#countedTo; range = this.#ranges[0]) {
      this.#ranges.shift(); // meanwhile others may come, and be joined
      if (range.from < this.#countedTo) this.#options.recount?.(this.#countedTo, range.to);
      else await this.#keep(range, sources);
      this.#join();
    }
    await this.#keepLosses(sources);
  }

  async #keep(range: Range, sources: Sources): Promise<void> {
    const { from, to, tickUs, streams } = range;
    const rows = [...streams].map(([stream, counts]) => this.#row(stream, counts));
    try {
      const { taken, countedTo } = await sources.count(this.#origin, from, to, rows);
      this.#countedTo = countedTo;
      if (!taken) return;
    } catch (error) {
      this.#ranges.push(range);
      throw error;
    }
    for (const { stream, lastMs } of rows) if (lastMs >= this.#startedMs) this.#heard.add(stream);
    this.#options.reader?.counted(rows, streams, { to, tickUs });
  }

  get #startedMs(): number {
    return this.#options.startedMs ?? Number.POSITIVE_INFINITY;
  }

  async #keepLosses(sources: Sources): Promise<void> {
    if (this.#losses.size === 0) return;
    const losses = this.#losses;
    this.#losses = new Map();
    const rows = [...losses].map(([stream, loss]): SourceLosses => ({ stream, ...this.#named(stream), ...loss }));
    await sources.addLosses(this.#origin, rows).catch((error: unknown) => {
      for (const [stream, { dropped, refused }] of losses) {
        this.dropped(stream, dropped);
        const again = this.#lossesOf(stream).refused;
        for (const [reason, count] of Object.entries(refused)) again[reason] = (again[reason] ?? 0) + count;
      }
      throw error;
    });
  }

  #row(stream: string, counts: StreamCounts): SourceCounts {
    const { peer, via, records, bytes, parsed, enveloped, unparsed, retransmitted, firstUs, lastUs, hosts } = counts;
    const trust = trustOf(peer, via);
    // What a file holds may have been written long ago: it tells nothing of a rhythm, and nothing of a clock.
    const old = trust === 'local' ? Math.min(counts.old, records) : 0;
    return {
      stream,
      ...this.#named(stream),
      peer,
      trust,
      records: records + retransmitted,
      bytes,
      parsed: parsed + enveloped,
      unparsed,
      retransmitted,
      firstMs: firstUs / 1000,
      lastMs: lastUs / 1000,
      longestGapMs: counts.longestGapUs / 1000,
      old,
      afterPause: firstUs / 1000 >= this.#startedMs && !this.#heard.has(stream),
      hosts,
      ...(counts.timed > 0 && trust !== 'local' && { clockSkewMs: Math.round(-counts.lagMs / counts.timed) }),
    };
  }

  #named(stream: string): { readonly name: string; readonly type: string } {
    const name = stream.split('/', 1)[0] ?? '';
    return { name, type: this.#types.get(name) ?? name };
  }
}

/** How far the sender of a stream is known: by its certificate or token, as a file of this machine or handed in on it, by its address, or not at all. */
function trustOf(peer: string, via: string): Trust {
  if (fileIn(via)?.isHandedIn) return 'local'; // its peer is whose logs it holds
  if (peer !== 'none') return 'authenticated';
  if (isLocal(via)) return 'local';
  return /^(?:udp|unix)\b/.test(via) ? 'none' : 'address';
}
