import type { Event } from '../core/event.ts';
import type { InputYears, YearMark } from '../decode/census.ts';
import type { AuditGap } from '../trace/audit-serials.ts';
import type { Coverage } from '../trace/coverage.ts';
import type { ReadAhead } from './read-ahead.ts';

export interface FileRange {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  /** Who reads the file ahead, for the main thread; null where a thread reads for itself. */
  readonly ahead: ReadAhead | null;
}

/** Part of an input that one worker reads. Plain data, but for who reads ahead: it crosses threads. Line numbers in its report begin at 1. */
export interface Piece {
  readonly task: number;
  /** Label of the evidence that it is of; '' for one's own. */
  readonly label: string;
  /** As shown to people; formats may take a hint from it. */
  readonly path: string;
  /** Bytes in memory, or a range of a file on disk. Both begin and end at line ends. */
  readonly bytes: Uint8Array | null;
  readonly file: FileRange | null;
  /** Name of the binary parser that reads it; null for text. */
  readonly binary: string | null;
  readonly years: InputYears;
  /** Last date before the piece; null at the input's beginning. */
  readonly mark: YearMark | null;
  /** First lines of the input when this is all of it: for formats that no single line betrays. */
  readonly head: readonly string[] | null;
}

/** What was read from a piece. */
export interface PieceReport {
  readonly task: number;
  /** What its line numbers are counted from, where that is not the lines of the pieces before it. */
  readonly begin?: number;
  readonly lines: number;
  readonly events: number;
  readonly unparsed: number;
  readonly envelopeOnly: number;
  readonly outOfRange: number;
  /** Events that were counted and are not told, because there were too many different ones like them. */
  readonly crowded: number;
  /** Events of which only the beginning of a text was kept. */
  readonly shortened: number;
  readonly failures: number;
  readonly parsers: Readonly<Record<string, number>>;
  readonly coverage: readonly Coverage[];
  readonly audit: readonly AuditGap[];
  readonly notables: readonly Event[];
  readonly samples: readonly { readonly line: number; readonly raw: string }[];
  /** True when it was not read to its end. */
  readonly stopped: boolean;
  /** Why reading failed; null when it did not. */
  readonly error: string | null;
}

/** What every piece is read with. Plain data. */
export interface ScanOptions {
  readonly zone: string;
  /** Zones of single hosts, by host name. */
  readonly hostZones: Readonly<Record<string, string>>;
  readonly sinceMs: number;
  readonly untilMs: number;
}
