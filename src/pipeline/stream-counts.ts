import type { Event } from '../core/event.ts';
import { type LedgerRecord, sentBytes } from '../ledger/record.ts';
import type { PlacedRecord } from './chunk-decoder.ts';
import { numberOf } from './sender-numbers.ts';
import { beginRun, joinRuns, type SequenceRun } from './sequence-run.ts';

// Hot path: once per record, and once per event.

const MAX_HOSTS = 16;
const MAX_PROGRAMS = 64;
const MAX_SERIES = 16;
const MAX_LAGS = 32;
/** What was written so long before it came was not sent as it happened, microseconds. */
const OLD_US = 600_000_000;
/** What programs beyond those that have room are counted under. */
const OTHER = '';

/** Events of one program: of which a parser knew what they mean, of which only the envelope was read, that nothing read. */
export interface ProgramCounts {
  parsed: number;
  enveloped: number;
  unparsed: number;
}

/** What a batch told of one stream. Plain data: it goes from thread to thread. */
export class StreamCounts {
  readonly peer: string;
  readonly via: string;
  records = 0;
  bytes = 0;
  /** Events of which a parser knew what they mean; of which only the envelope was read; that nothing read. */
  parsed = 0;
  enveloped = 0;
  unparsed = 0;
  retransmitted = 0;
  /** Events that were written long before they came. */
  old = 0;
  /** Receive time of the first and last record, microseconds; and the longest time between two. */
  firstUs = 0;
  lastUs = 0;
  longestGapUs = 0;
  /** Sum and number of how far event times lie behind receive times, milliseconds; and some of them. */
  lagMs = 0;
  timed = 0;
  readonly lags: number[] = [];
  readonly hosts: string[] = [];
  readonly programs = new Map<string, ProgramCounts>();
  readonly series = new Map<string, SequenceRun>();

  constructor({ fields }: LedgerRecord) {
    this.peer = fields['peer'] ?? 'none';
    this.via = fields['via'] ?? '';
  }

  take({ index, receivedAtUs, record, erased }: PlacedRecord): void {
    this.records += 1;
    this.bytes += sentBytes(record);
    this.#heard(receivedAtUs);
    if (erased) return;
    const numbered = numberOf(record.payload, this.via);
    if (numbered === null) return;
    addRun(this, numbered.series, beginRun(numbered.number, index));
  }

  /** A record that was sent again. */
  again({ receivedAtUs }: PlacedRecord): void {
    this.retransmitted += 1;
    this.#heard(receivedAtUs);
  }

  #heard(receivedAtUs: number): void {
    if (this.firstUs === 0) this.firstUs = receivedAtUs;
    else if (receivedAtUs - this.lastUs > this.longestGapUs) this.longestGapUs = receivedAtUs - this.lastUs;
    this.lastUs = receivedAtUs;
  }

  told(event: Event, receivedAtUs: number): void {
    if (this.firstUs === 0) this.firstUs = this.lastUs = receivedAtUs; // its record was in an earlier batch
    const program = this.#program(event.process);
    const how = event.parser === null ? 'unparsed' : event.parser === 'syslog' ? 'enveloped' : 'parsed';
    this[how] += 1;
    program[how] += 1;
    if (Number.isFinite(event.time)) this.#time(event, receivedAtUs);
    if (event.host !== '' && this.hosts.length < MAX_HOSTS && !this.hosts.includes(event.host))
      this.hosts.push(event.host);
  }

  #time({ time, certainty }: Event, receivedAtUs: number): void {
    const lagMs = receivedAtUs / 1000 - time;
    if (lagMs * 1000 > OLD_US) this.old += 1;
    if (certainty !== 'exact') return;
    this.lagMs += lagMs;
    this.timed += 1;
    if (this.lags.length < MAX_LAGS) this.lags.push(lagMs);
  }

  #program(name: string): ProgramCounts {
    const known = this.programs.get(name);
    if (known !== undefined) return known;
    const under = this.programs.size < MAX_PROGRAMS ? name : OTHER;
    const counts = this.programs.get(under) ?? { parsed: 0, enveloped: 0, unparsed: 0 };
    this.programs.set(under, counts);
    return counts;
  }
}

const SUMS = ['records', 'bytes', 'parsed', 'enveloped', 'unparsed', 'retransmitted', 'old', 'lagMs', 'timed'] as const;

/** Adds what was told of a stream to what was told of it before. What is in `into` may be changed, and `more` may become part of it. */
export function addCounts(into: Map<string, StreamCounts>, name: string, more: StreamCounts): void {
  const before = into.get(name);
  if (before === undefined) {
    into.set(name, more);
    return;
  }
  for (const key of SUMS) before[key] += more[key];
  const gapUs = before.lastUs === 0 || more.firstUs === 0 ? 0 : more.firstUs - before.lastUs;
  before.longestGapUs = Math.max(before.longestGapUs, more.longestGapUs, gapUs);
  before.firstUs = Math.min(before.firstUs || more.firstUs, more.firstUs || before.firstUs);
  before.lastUs = Math.max(before.lastUs, more.lastUs);
  before.lags.push(...more.lags.slice(0, MAX_LAGS - before.lags.length));
  for (const host of more.hosts)
    if (before.hosts.length < MAX_HOSTS && !before.hosts.includes(host)) before.hosts.push(host);
  for (const [program, counts] of more.programs) addProgram(before, program, counts);
  for (const [series, run] of more.series) addRun(before, series, run);
}

function addRun({ series }: StreamCounts, name: string, run: SequenceRun): void {
  const known = series.get(name);
  if (known !== undefined) series.set(name, joinRuns(known, run));
  else if (series.size < MAX_SERIES) series.set(name, run);
}

function addProgram({ programs }: StreamCounts, name: string, more: ProgramCounts): void {
  const under = programs.has(name) || programs.size < MAX_PROGRAMS ? name : OTHER;
  const counts = programs.get(under) ?? { parsed: 0, enveloped: 0, unparsed: 0 };
  counts.parsed += more.parsed;
  counts.enveloped += more.enveloped;
  counts.unparsed += more.unparsed;
  programs.set(under, counts);
}
