import { closeSync, openSync, readSync } from 'node:fs';
import { type Event, settled } from '../core/event.ts';
import { LineBlocks } from '../core/lines.ts';
import { Zone } from '../core/zone.ts';
import { NO_ADDRESS } from '../decode/address-names.ts';
import { BlockDecoder } from '../decode/block-decoder.ts';
import { yearsFrom } from '../decode/census.ts';
import type { Dispatch } from '../decode/dispatch.ts';
import { KnownLines } from '../decode/known-lines.ts';
import { LineEvent } from '../decode/line-event.ts';
import { binaryEvents } from '../decode/read-events.ts';
import { RequestEvent } from '../decode/request-event.ts';
import { AuditSerials } from '../trace/audit-serials.ts';
import { CoverageTally } from '../trace/coverage.ts';
import { Notables } from '../trace/notable.ts';
import { OutboundTable } from '../trace/outbound-table.ts';
import { own } from '../trace/ref.ts';
import { type Role, roleOf } from '../trace/role.ts';
import { short } from '../trace/short.ts';
import { BY_RECORD } from '../trace/tally.ts';
import { TallyTable } from '../trace/tally-table.ts';
import { type WebFacts, webFacts } from '../trace/web-facts.ts';
import { WebGuesses } from '../trace/web-guesses.ts';
import type { Piece, PieceReport, ScanOptions } from './piece.ts';
import { rezoner } from './rezone.ts';
import { marked } from './sources.ts';

const BLOCK_BYTES = 1 << 20;
const NEWLINE = 0x0a;
const MAX_SAMPLES = 5;
const MAX_SAMPLE_CHARS = 400;
/** Longer than any name of a host (RFC 1035). */
const MAX_HOST = 255;

/** Reads pieces into counts and notable events. One per thread: `tallies` adds up all that this thread read. */
export class Scanner {
  readonly tallies = new TallyTable();
  readonly outbound = new OutboundTable();
  readonly #dispatch: Dispatch;
  readonly options: ScanOptions;
  readonly #known = new KnownLines();
  readonly #zone: Zone;
  readonly #emit: (event: Event) => void; // one for all pieces: the compiler builds on it
  readonly #stopped: () => boolean;
  #count: PieceCount;
  readonly #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);

  constructor(dispatch: Dispatch, options: ScanOptions, stopped: () => boolean) {
    this.#dispatch = dispatch;
    this.options = options;
    this.#zone = new Zone(options.zone);
    const rezone = rezoner(this.#zone, options.hostZones);
    this.#emit = rezone === null ? (event) => this.#count.add(event) : (event) => this.#count.add(rezone(event));
    this.#count = new PieceCount(0, this);
    this.#stopped = stopped;
  }

  /** Never throws for what the bytes hold; a read error is told in the report. */
  scan(piece: Piece): PieceReport {
    const count = new PieceCount(piece.task, this);
    this.#count = count;
    let error: string | null = null;
    try {
      if (piece.binary === null) this.#scanText(piece, count);
      else this.#scanBinary(piece, count);
    } catch (cause) {
      error = cause instanceof Error ? cause.message : String(cause);
    }
    return count.finish(this.#stopped(), error);
  }

  #scanText(piece: Piece, count: PieceCount): void {
    const year = yearsFrom(piece.years, piece.mark, this.#zone);
    const emit = this.#emitOf(piece);
    const options = { zone: this.#zone, year, host: '', emit };
    const decoder = new BlockDecoder(this.#dispatch, options, this.#known);
    if (piece.head) decoder.begin(piece.path, piece.head);
    const lines = new LineBlocks((block) => decoder.push(block));
    for (const block of this.#blocks(piece)) {
      if (this.#stopped()) break;
      lines.push(block);
      count.settle();
    }
    lines.end();
    decoder.end();
    count.lines = decoder.lines;
    count.cut = decoder.cut;
  }

  #emitOf({ label }: Piece): (event: Event) => void {
    if (label === '') return this.#emit;
    const rezone = rezoner(this.#zone, this.options.hostZones);
    return (event) => this.#count.add(marked(rezone === null ? event : rezone(event), label));
  }

  #scanBinary(piece: Piece, count: PieceCount): void {
    const parser = this.#dispatch.binaries.find(({ name }) => name === piece.binary);
    if (!parser) return;
    const blocks: Buffer[] = [];
    for (const block of this.#blocks(piece)) blocks.push(Buffer.from(block));
    const bytes = Buffer.concat(blocks);
    const year = yearsFrom(piece.years, null, this.#zone);
    for (const event of binaryEvents(parser, bytes, { zone: this.#zone, year, host: '' })) {
      count.lines = Math.max(count.lines, event.line);
      count.add(marked(event, piece.label));
    }
  }

  // Each block is good until the next one is read.
  *#blocks({ bytes, file }: Piece): Generator<Buffer> {
    if (bytes !== null) {
      for (let at = 0; at < bytes.length; at += BLOCK_BYTES)
        yield Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(BLOCK_BYTES, bytes.length - at));
      return;
    }
    if (file === null) return;
    const handle = openSync(file.path, 'r');
    try {
      let left = file.length;
      for (let at = file.offset; left > 0; ) {
        const block = file.ahead?.take(at, left) ?? this.#lines(handle, at, left);
        if (block.length === 0) return; // it was cut while we read
        yield block;
        at += block.length;
        left -= block.length;
      }
    } finally {
      closeSync(handle);
    }
  }

  // Whole lines cost no copy: the block ends with one, unless it is longer.
  #lines(handle: number, at: number, most: number): Buffer {
    const block = this.#block;
    const read = readSync(handle, block, 0, Math.min(BLOCK_BYTES, most), at);
    return block.subarray(0, read === most ? read : block.lastIndexOf(NEWLINE, read - 1) + 1 || read);
  }
}

interface ParserCount {
  readonly name: string;
  events: number;
}

// Hot path: once per event.
/** Counts the events of one piece, and keeps the notable ones. */
export class PieceCount {
  lines = 0;
  /** Lines that were too long to be read to their end. */
  cut = 0;
  #events = 0;
  #unparsed = 0;
  #envelopeOnly = 0;
  #outOfRange = 0;
  #failures = 0;
  // How many events each parser gave; that of the last event, and the other one before it, for they take turns.
  readonly #parsers = new Map<string, ParserCount>();
  #parser: ParserCount = { name: '', events: 0 };
  #before: ParserCount = this.#parser;
  readonly #samples: { line: number; raw: string }[] = [];
  readonly #coverage: CoverageTally;
  readonly #audit: AuditSerials;
  readonly #tallies: TallyTable;
  readonly #outbound: OutboundTable;
  readonly #notables = new Notables();
  readonly #guesses = new WebGuesses();
  readonly #options: ScanOptions;
  readonly #task: number;

  constructor(task: number, { tallies, outbound, options }: Pick<Scanner, 'tallies' | 'outbound' | 'options'>) {
    this.#task = task;
    this.#tallies = tallies;
    this.#outbound = outbound;
    this.#options = options;
    this.#coverage = new CoverageTally(task);
    this.#audit = new AuditSerials(task);
  }

  /** `atMs`: the instant by which it is in the window that is asked for, or not. */
  add(event: Event, atMs = event.time): void {
    if (event.host.length > MAX_HOST) this.#add({ ...settled(event), host: short(event.host, MAX_HOST) }, atMs);
    else this.#add(event, atMs);
  }

  #add(event: Event, atMs: number): void {
    this.#events += event.count;
    this.#countParser(event);
    if (event.parser === null) this.#unread(event);
    else if (event.parser === 'syslog') this.#envelopeOnly += 1;
    if (atMs < this.#options.sinceMs || atMs > this.#options.untilMs) {
      this.#outOfRange += event.count;
      return;
    }
    this.#coverage.add(event);
    const role = roleOf(event);
    this.#tally(byRecord(event, role), role);
    if (role.kind === 'attempt' && !role.success && event.parser !== 'utmp') this.#failures += event.count;
    if (role.audit) this.#audit.add(event);
    if (role.outward !== '') this.#outbound.add(event, role.outward, this.#task);
    if (role.notable || (role.notableAlone && event.address === '')) this.#notables.add(event);
  }

  #tally(event: Event, role: Role): void {
    if (event instanceof LineEvent) {
      const { known, account } = event;
      if (known !== NO_ADDRESS || event.address !== '') this.#tallies.add(event, role, this.#task, known, account);
    } else if (event instanceof RequestEvent) this.#ask(event, role, event.known, event);
    else if (event.address !== '' && role.kind === 'web') this.#ask(event, role, undefined, webFacts(event));
    else if (event.address !== '') this.#tallies.add(event, role, this.#task);
  }

  #ask(event: Event, role: Role, known: number | undefined, facts: WebFacts): void {
    this.#tallies.add(event, role, this.#task, known, null, facts);
    const guessed = this.#guesses.see(event, facts);
    if (guessed !== null) this.#notables.add(guessed);
  }

  /** The block that events were read from is about to be written over. */
  settle(): void {
    this.#coverage.settle();
  }

  #allNotables(): readonly Event[] {
    for (const event of this.#guesses.end()) this.#notables.add(event);
    return this.#notables.kept;
  }

  #countParser({ parser }: Event): void {
    if (parser !== this.#parser.name) {
      if (parser === null) return;
      const before = this.#before;
      this.#before = this.#parser;
      this.#parser = parser === before.name ? before : this.#countOf(parser);
    }
    this.#parser.events += 1;
  }

  #countOf(parser: string): ParserCount {
    let count = this.#parsers.get(parser);
    if (count === undefined) {
      count = { name: parser, events: 0 };
      this.#parsers.set(parser, count);
    }
    return count;
  }

  #unread(event: Event): void {
    this.#unparsed += 1;
    if (this.#samples.length < MAX_SAMPLES && event.raw !== '')
      this.#samples.push({ line: event.line, raw: own(event.raw.slice(0, MAX_SAMPLE_CHARS)) });
  }

  finish(stopped: boolean, error: string | null): PieceReport {
    return {
      task: this.#task,
      lines: this.lines,
      events: this.#events,
      unparsed: this.#unparsed,
      envelopeOnly: this.#envelopeOnly,
      outOfRange: this.#outOfRange,
      crowded: this.#notables.crowded,
      shortened: this.#notables.shortened + this.cut,
      failures: this.#failures,
      parsers: Object.fromEntries([...this.#parsers].map(([name, { events }]) => [name, events])),
      coverage: this.#coverage.finish(),
      audit: this.#audit.gaps,
      notables: this.#allNotables(),
      samples: this.#samples,
      stopped,
      error,
    };
  }
}

// A failure that btmp recorded is counted apart from those that lines tell.
function byRecord(event: Event, role: Role): Event {
  if (event.parser !== 'utmp' || role.kind !== 'attempt') return event;
  return { ...settled(event), address: `${event.address}${BY_RECORD}` };
}
