import type { Selectable } from 'kysely';
import { advance, NO_RHYTHM, type Rhythm, type RhythmWindow } from './rhythm.ts';
import { storable } from './storable.ts';
import type { SourceTable, Trust } from './tables.ts';

// How numbers are added to a source's row. Pure. Names come from senders: all are bounded.

const MAX_HOSTS = 32;
const MAX_REASONS = 64;
/** Reasons beyond those that have room are counted under this one. */
const OTHER = 'other';

/** A row as it is read. */
export type SourceRow = Selectable<SourceTable>;

/** Who a stream is. Absent parts are left as they are known. */
interface Identity {
  readonly stream: string;
  /** Of the source in the configuration: `syslog-tls`. */
  readonly type?: string;
  /** Its name there. */
  readonly name?: string;
  readonly peer?: string;
  readonly trust?: Trust;
}

/** What was counted of one stream in a range of the ledger. Times in milliseconds since 1970, our clock. */
export interface SourceCounts extends Identity {
  readonly records: number;
  readonly bytes: number;
  readonly parsed: number;
  readonly unparsed: number;
  readonly retransmitted?: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly longestGapMs?: number;
  /** Records among them that were written long before they came (a file that is read from its beginning): they are no rhythm. */
  readonly old?: number;
  /** Spoor itself did not listen before these. */
  readonly afterPause?: boolean;
  /** Host names that the lines gave. */
  readonly hosts?: readonly string[];
  /** Its clock less ours, in the median of these records. */
  readonly clockSkewMs?: number;
}

/** What did not reach the ledger, of one stream. */
export interface SourceLosses extends Identity {
  readonly dropped?: number;
  readonly refused?: Readonly<Record<string, number>>;
}

/** A row for a stream that was not known. */
export function fresh(origin: string, stream: string, { type, name, peer, trust }: Identity): SourceRow {
  return {
    origin,
    stream,
    type: storable(type ?? stream.split('/', 1)[0] ?? '', 200),
    name: storable(name ?? '', 200),
    peer: storable(peer ?? 'none', 500),
    hosts: [],
    trust: trust ?? 'none',
    state: 'active',
    first_seen: null,
    last_seen: null,
    records: 0,
    bytes: 0,
    parsed: 0,
    unparsed: 0,
    retransmitted: 0,
    dropped: 0,
    refused: {},
    clock_skew_ms: null,
    rhythm_records: 0,
    rhythm_ms: 0,
    longest_gap_ms: 0,
    counted_to: 0,
  };
}

/** The row with what a range that ends at index `to` had. */
export function withCounts(row: SourceRow, counts: SourceCounts, to: number): SourceRow {
  const rhythm = advance(rhythmOf(row), rhythmWindow(counts));
  return {
    ...known(row, counts),
    hosts: withHosts(row.hosts, counts.hosts ?? []),
    first_seen: Math.min(row.first_seen ?? counts.firstMs, counts.firstMs),
    last_seen: rhythm.lastMs,
    records: row.records + counts.records,
    bytes: row.bytes + counts.bytes,
    parsed: row.parsed + counts.parsed,
    unparsed: row.unparsed + counts.unparsed,
    retransmitted: row.retransmitted + (counts.retransmitted ?? 0),
    clock_skew_ms: counts.clockSkewMs ?? row.clock_skew_ms,
    rhythm_records: rhythm.records,
    rhythm_ms: rhythm.spanMs,
    longest_gap_ms: rhythm.longestGapMs,
    counted_to: to,
  };
}

/** What a range's counts say of the rhythm: what was sent again, or written long before, says nothing. */
export function rhythmWindow({ records, old = 0, retransmitted = 0, ...rest }: SourceCounts): RhythmWindow {
  const fresh = Math.max(0, records - retransmitted - old);
  return { ...rest, records: fresh, ...(fresh === 0 && { afterPause: true, longestGapMs: 0 }) };
}

/** The row with what was dropped and refused. */
export function withLosses(row: SourceRow, losses: SourceLosses): SourceRow {
  const refused = new Map(Object.entries(row.refused)); // no object: a reason may be called __proto__
  for (const [said, count] of Object.entries(losses.refused ?? {})) {
    const reason = storable(said, 64);
    const under = refused.has(reason) || refused.size < MAX_REASONS ? reason : OTHER;
    refused.set(under, (refused.get(under) ?? 0) + count);
  }
  return { ...known(row, losses), dropped: row.dropped + (losses.dropped ?? 0), refused: Object.fromEntries(refused) };
}

/** The rhythm in a row. */
export function rhythmOf(row: SourceRow): Rhythm {
  if (row.last_seen === null) return NO_RHYTHM;
  return {
    records: row.rhythm_records,
    spanMs: row.rhythm_ms,
    longestGapMs: row.longest_gap_ms,
    lastMs: row.last_seen,
  };
}

function known(row: SourceRow, { type, name, peer, trust }: Identity): SourceRow {
  return {
    ...row,
    type: type === undefined ? row.type : storable(type, 200),
    name: name === undefined ? row.name : storable(name, 200),
    peer: peer === undefined ? row.peer : storable(peer, 500),
    trust: trust ?? row.trust,
  };
}

/** Newest last; the oldest goes when there are too many. */
function withHosts(before: readonly string[], seen: readonly string[]): string[] {
  if (seen.length === 0) return [...before];
  const names = new Set(before);
  for (const said of seen) {
    const host = storable(said, 255);
    names.delete(host);
    names.add(host);
  }
  return [...names].slice(-MAX_HOSTS);
}
