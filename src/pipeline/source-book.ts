import type { SourceNote } from '../core/stages.ts';
import type { SourceCounts, SourceLosses } from '../state/source-row.ts';
import type { Sources } from '../state/sources.ts';
import type { Trust } from '../state/tables.ts';
import type { Batch } from './chunk.ts';
import type { StreamCounts } from './stream-counts.ts';

/** What is waiting to be kept is bounded: beyond it, the oldest ranges are counted together. */
const MAX_RANGES = 64;

interface Range {
  from: number;
  to: number;
  readonly streams: Map<string, StreamCounts>;
}

/** Sums what batches told of their streams, and keeps the sums where they outlive a restart. */
export class SourceBook {
  readonly #origin: string;
  #ranges: Range[] = [];
  #losses = new Map<string, { dropped: number; refused: Record<string, number> }>();
  /** Names of the configuration's sources, with their types: a stream begins with a name. */
  readonly #types: ReadonlyMap<string, string>;
  #flushing: Promise<void> = Promise.resolve();

  constructor(origin: string, types: ReadonlyMap<string, string>) {
    this.#origin = origin;
    this.#types = types;
  }

  /** Takes what a batch told, once it is in the index. Batches may come in another order than their records'. */
  counted(counts: readonly (readonly [string, StreamCounts])[], { from, to }: Pick<Batch, 'from' | 'to'>): void {
    if (from === to && counts.length === 0) return;
    this.#ranges.push({ from, to, streams: new Map(counts) });
    if (this.#ranges.length > MAX_RANGES) this.#join();
  }

  /** Takes what a source refused or lost. Nothing here is of a stream that the sender named. */
  noted(stream: string, { kind, reason, count = 1 }: SourceNote): void {
    if (kind !== 'refused' && kind !== 'lost') return;
    const losses = this.#lossesOf(stream);
    losses.refused[reason] = (losses.refused[reason] ?? 0) + count;
  }

  dropped(stream: string, count: number): void {
    this.#lossesOf(stream).dropped += count;
  }

  #lossesOf(stream: string): { dropped: number; refused: Record<string, number> } {
    let losses = this.#losses.get(stream);
    if (losses === undefined) {
      losses = { dropped: 0, refused: {} };
      this.#losses.set(stream, losses);
    }
    return losses;
  }

  #join(): void {
    this.#ranges.sort((a, b) => a.from - b.from);
    const joined: Range[] = [];
    for (const range of this.#ranges) {
      const before = joined[joined.length - 1];
      if (before?.to !== range.from) joined.push(range);
      else {
        for (const [name, counts] of range.streams) add(before.streams, name, counts);
        before.to = range.to;
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
    this.#join();
    let counted = await sources.countedTo(this.#origin);
    for (let range = this.#ranges[0]; range && (range.from <= counted || counted === 0); range = this.#ranges[0]) {
      const rows = [...range.streams].map(([stream, counts]) => this.#row(stream, counts));
      counted = (await sources.count(this.#origin, range.from, range.to, rows)).countedTo;
      this.#ranges.splice(this.#ranges.indexOf(range), 1);
    }
    if (this.#losses.size === 0) return;
    const losses = this.#losses;
    this.#losses = new Map();
    const rows = [...losses].map(([stream, loss]): SourceLosses => ({ stream, ...this.#named(stream), ...loss }));
    await sources.addLosses(this.#origin, rows).catch((error: unknown) => {
      for (const [stream, { dropped, refused }] of losses) {
        this.dropped(stream, dropped);
        for (const [reason, count] of Object.entries(refused)) this.noted(stream, { kind: 'refused', reason, count });
      }
      throw error;
    });
  }

  #row(stream: string, counts: StreamCounts): SourceCounts {
    const { peer, via, records, bytes, parsed, enveloped, unparsed, retransmitted, firstUs, lastUs, hosts } = counts;
    return {
      stream,
      ...this.#named(stream),
      peer,
      trust: trustOf(peer, via),
      records: records + retransmitted,
      bytes,
      parsed: parsed + enveloped,
      unparsed,
      retransmitted,
      firstMs: firstUs / 1000,
      lastMs: lastUs / 1000,
      hosts,
      // what a file holds was written long ago: only what comes as it happens tells of a clock
      ...(counts.timed > 0 &&
        trustOf(peer, via) !== 'local' && { clockSkewMs: Math.round(-counts.lagMs / counts.timed) }),
    };
  }

  #named(stream: string): { readonly name: string; readonly type: string } {
    const name = stream.split('/', 1)[0] ?? '';
    return { name, type: this.#types.get(name) ?? name };
  }
}

function add(into: Map<string, StreamCounts>, name: string, more: StreamCounts): void {
  const before = into.get(name);
  if (before === undefined) {
    into.set(name, more);
    return;
  }
  for (const key of ['records', 'bytes', 'parsed', 'enveloped', 'unparsed', 'retransmitted', 'lagMs', 'timed'] as const)
    before[key] += more[key];
  if (before.firstUs === 0) before.firstUs = more.firstUs;
  before.lastUs = Math.max(before.lastUs, more.lastUs);
  for (const host of more.hosts) if (!before.hosts.includes(host)) before.hosts.push(host);
}

/** How far the sender of a stream is known: by its certificate or token, as a file of this machine, by its address, or not at all. */
function trustOf(peer: string, via: string): Trust {
  if (peer !== 'none') return 'authenticated';
  if (/^(?:file|journal|stdin)\b/.test(via)) return 'local';
  return /^(?:udp|unix)\b/.test(via) ? 'none' : 'address';
}
