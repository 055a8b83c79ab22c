import type { SourceNote } from '../core/stages.ts';
import { advance, meanGapMs, silentAfterMs } from '../state/rhythm.ts';
import { rhythmWindow, type SourceCounts } from '../state/source-row.ts';
import type { Source } from '../state/sources.ts';
import type { SourceEventKind, SourceState } from '../state/tables.ts';
import type { CountsReader } from './source-book.ts';
import type { StreamCounts } from './stream-counts.ts';
import { takeLags } from './watch/clock-step.ts';
import { cameBack, cutOf, type Links, streamOf, takeNote } from './watch/connections.ts';
import { takeDrift } from './watch/drift.ts';
import { type Finding, type Found, lengthWords } from './watch/finding.ts';
import { lookForGaps, takeRuns } from './watch/numbers.ts';
import { newWatched, stateOf, type Watched, type WatchMemory } from './watch/watched.ts';

/** A stream that many senders share has no rhythm of its own. */
const SHARED = /\/others?$/;
/** Fewer records than this are no sender that would be missed. */
const KNOWN_RECORDS = 8;
const REMEMBERED = 2000;

/** What is open in the state when a watch begins. */
export interface OpenEvent {
  readonly stream: string;
  readonly kind: SourceEventKind;
}

export interface WatchOptions {
  /** Names of the sources that are configured. Others (imports) are not watched. */
  readonly names: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Watches each stream against its own past, from what was counted of it and from what its source noted. It does no I/O. */
export class SourceWatch implements CountsReader {
  readonly #options: WatchOptions;
  readonly #streams = new Map<string, Watched>();
  readonly #links = new Map<string, Links>();
  /** Since when sources listen, by name; one that does not is not there. */
  readonly #listening = new Map<string, number>();
  #findings: Finding[] = [];
  #changed = new Map<string, SourceState>();
  #countedTo = 0;
  /** All that was received before it is counted, milliseconds since 1970. */
  coveredMs = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Begins with what the state holds. */
  load(sources: readonly Source[], open: readonly OpenEvent[], memory: WatchMemory | null, countedTo: number): void {
    for (const source of sources) {
      const watched = this.#add(source.stream);
      if (watched === null) continue;
      watched.rhythm = source.rhythm;
      watched.records = source.records;
      watched.local = source.trust === 'local';
    }
    for (const { stream, kind } of open) this.#reopen(stream, kind);
    if (memory !== null) this.#remember(memory, countedTo);
    this.#endUnknown();
    this.#countedTo = countedTo;
  }

  #reopen(stream: string, kind: SourceEventKind): void {
    const watched = this.#streams.get(stream);
    if (watched === undefined) return;
    if (kind === 'silence') watched.silent = true;
    if (kind === 'cut_connection') watched.cut = true;
    if (kind === 'format_drift') watched.drifting = true;
  }

  #remember({ countedTo, streams }: WatchMemory, now: number): void {
    for (const { stream, drift, usualMs, series, longestAwayMs } of streams) {
      const watched = this.#streams.get(stream);
      if (watched === undefined) continue;
      for (const [name, past] of drift) watched.drift.set(name, past);
      watched.clock = { usualMs, other: null };
      if (countedTo === now) for (const [name, one] of series) watched.series.set(name, one); // else they have a hole that is ours
      if (longestAwayMs > 0) this.#links.set(stream, { open: 0, brokeMs: null, longestAwayMs });
    }
  }

  /** A drift that lasts, and of which it is not known any more what it was told against. */
  #endUnknown(): void {
    for (const watched of this.#streams.values()) {
      if (!watched.drifting || [...watched.drift.values()].some(({ drifting }) => drifting)) continue;
      watched.drifting = false;
      const words = 'what it was told against is not remembered any more.';
      this.#tell(watched, 'format_drift', { phase: 'end', atMs: this.#options.nowMs(), words, detail: {} });
    }
  }

  /** What is to be remembered over a restart: of the streams that were heard last. */
  memory(): WatchMemory {
    const streams = [...this.#streams.values()]
      .filter(({ drift, series, clock }) => drift.size + series.size > 0 || clock.usualMs !== null)
      .sort((a, b) => (b.rhythm.lastMs ?? 0) - (a.rhythm.lastMs ?? 0))
      .slice(0, REMEMBERED)
      .map(({ stream, drift, series, clock }) => ({
        stream,
        drift: [...drift],
        usualMs: clock.usualMs,
        series: [...series],
        longestAwayMs: this.#links.get(stream)?.longestAwayMs ?? 0,
      }));
    return { countedTo: this.#countedTo, streams };
  }

  /** A source listens since an instant; null: it does not. Its senders are not silent while it does not listen. */
  listening(name: string, sinceMs: number | null): void {
    if (sinceMs === null) this.#listening.delete(name);
    else if (!this.#listening.has(name)) this.#listening.set(name, sinceMs);
  }

  /** See `CountsReader`. */
  counted(
    rows: readonly SourceCounts[],
    streams: ReadonlyMap<string, StreamCounts>,
    { to, tickUs }: { readonly to: number; readonly tickUs: number },
  ): void {
    for (const row of rows) this.#count(row, streams.get(row.stream) as StreamCounts);
    this.#countedTo = to;
    this.coveredMs = Math.max(this.coveredMs, tickUs / 1000);
  }

  #count(row: SourceCounts, counts: StreamCounts): void {
    const { stream, lastMs, firstMs, records } = row;
    const watched = this.#streams.get(stream) ?? this.#first(row);
    if (watched === null) return;
    watched.rhythm = advance(watched.rhythm, rhythmWindow(row));
    watched.records += records;
    watched.local = row.trust === 'local';
    if (records > 0) this.#spoke(watched, firstMs);
    if (SHARED.test(stream)) return;
    for (const found of takeDrift(watched.drift, counts, lastMs)) {
      watched.drifting = found.phase === 'begin';
      this.#tell(watched, 'format_drift', found);
    }
    if (!watched.local)
      for (const found of takeLags(watched.clock, counts.lags, lastMs)) this.#tell(watched, 'clock_step', found);
    takeRuns(watched.series, counts.series, lastMs);
  }

  #first(row: SourceCounts): Watched | null {
    const watched = this.#add(row.stream);
    if (watched === null) return null;
    const { firstMs: atMs, peer = 'none', trust = 'none' } = row;
    const words = `it sends for the first time${peer === 'none' ? '' : ` (${peer})`}.`;
    this.#tell(watched, 'first_seen', { phase: 'once', atMs, words, detail: { trust } });
    return watched;
  }

  #add(stream: string): Watched | null {
    const name = stream.split('/', 1)[0] ?? '';
    if (!this.#options.names.has(name) || name === stream) return null;
    const watched = newWatched(stream, name);
    this.#streams.set(stream, watched);
    return watched;
  }

  /** It sent something: what said that it does not has ended. */
  #spoke(watched: Watched, atMs: number): void {
    if (watched.silent) {
      watched.silent = false;
      this.#tell(watched, 'silence', { phase: 'end', atMs, words: 'it sends again.', detail: {} });
    }
    const links = this.#links.get(watched.stream);
    if (links?.brokeMs != null && atMs > links.brokeMs) cameBack(links, atMs);
    if (watched.cut && links?.brokeMs == null) this.#uncut(watched, atMs);
  }

  #uncut(watched: Watched, atMs: number): void {
    watched.cut = false;
    this.#tell(watched, 'cut_connection', { phase: 'end', atMs, words: 'it is connected again.', detail: {} });
  }

  noted(name: string, note: SourceNote): void {
    if (note.kind !== 'connected' && note.kind !== 'disconnected') return;
    const stream = streamOf(name, note);
    if (stream === null) return;
    const nowMs = this.#options.nowMs();
    takeNote(this.#links, stream, note, nowMs);
    const watched = this.#streams.get(stream);
    if (note.kind === 'connected' && watched?.cut) this.#uncut(watched, nowMs);
  }

  /** Looks at the clock. `coveredMs`: all that was received before it is counted; what is silent later is not known yet. */
  look(coveredMs = this.coveredMs): void {
    for (const watched of this.#streams.values()) {
      const sinceMs = this.#listening.get(watched.name);
      if (sinceMs === undefined || SHARED.test(watched.stream)) continue;
      this.#lookForSilence(watched, sinceMs, coveredMs);
      for (const found of lookForGaps(watched.series, coveredMs)) this.#tell(watched, 'sequence_gap', found);
    }
    const nowMs = this.#options.nowMs();
    for (const [stream, links] of this.#links) {
      const watched = this.#streams.get(stream);
      if (watched === undefined || watched.cut || watched.records < KNOWN_RECORDS) continue;
      const found = this.#listening.has(watched.name) ? cutOf(links, nowMs) : null;
      if (found === null) continue;
      watched.cut = true;
      this.#tell(watched, 'cut_connection', found);
    }
  }

  #lookForSilence(watched: Watched, listeningMs: number, coveredMs: number): void {
    const { rhythm, silent } = watched;
    const afterMs = silent || rhythm.lastMs === null ? null : silentAfterMs(rhythm);
    const sinceMs = Math.max(rhythm.lastMs ?? 0, listeningMs);
    if (afterMs === null || coveredMs - sinceMs <= afterMs) return;
    watched.silent = true;
    const [mean, longest] = [meanGapMs(rhythm) ?? 0, rhythm.longestGapMs];
    const words = `nothing came for ${lengthWords(coveredMs - sinceMs)}; it used to send every ${lengthWords(mean)}, and was never quiet for longer than ${lengthWords(Math.max(longest, mean))}.`;
    const detail = { afterMs: Math.round(afterMs), meanGapMs: Math.round(mean), longestGapMs: Math.round(longest) };
    this.#tell(watched, 'silence', { phase: 'begin', atMs: sinceMs, words, detail });
  }

  #tell(watched: Watched, kind: SourceEventKind, found: Found): void {
    this.#findings.push({ ...found, stream: watched.stream, kind });
    if (found.phase !== 'once') this.#changed.set(watched.stream, stateOf(watched));
  }

  /** What was found since the last time, and the states of the sources that it changed. */
  take(): { readonly findings: readonly Finding[]; readonly states: ReadonlyMap<string, SourceState> } {
    const taken = { findings: this.#findings, states: this.#changed };
    this.#findings = [];
    this.#changed = new Map();
    return taken;
  }
}
