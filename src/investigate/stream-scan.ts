import { AppError } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import { sumOutbound } from '../trace/outbound-sum.ts';
import { OutboundTable } from '../trace/outbound-table.ts';
import { Tallies } from '../trace/tally.ts';
import { packTallies } from '../trace/tally-pack.ts';
import { TallyTable } from '../trace/tally-table.ts';
import type { Gathered, ReadInput } from './gather-events.ts';
import type { ScanOptions } from './piece.ts';
import { ReportShelf } from './report-shelf.ts';
import { PieceCount } from './scan.ts';

// Hot path: once per event.

/** A place in the evidence is one number (`trace/ref.ts`): there is room for so many pieces. */
const MOST_PIECES = 2 ** 21;

/**
 * Counts events that were made of the records of a ledger, and keeps the notable ones, by the stream that they came by. A stream is an input, and
 * the index of a record is its line number.
 */
export class StreamScan {
  readonly tallies = new TallyTable();
  readonly outbound = new OutboundTable();
  readonly options: ScanOptions;
  readonly #shelf = new ReportShelf();
  readonly #inputs = new Map<string, ReadInput>();
  #pieces = new Map<string, PieceCount>();
  /** Line numbers of the present pieces are counted from here. */
  #begin = -1;
  #tasks = 0;

  constructor(options: ScanOptions) {
    this.options = options;
  }

  /** Puts by what was counted: the records from an index on come next, which are behind all that came before. */
  turn(index: number): void {
    for (const piece of this.#pieces.values()) this.#shelf.add({ ...piece.finish(false, null), begin: this.#begin });
    this.#pieces = new Map();
    this.#begin = index - 1;
  }

  /** Takes an event of the record at an index. One that has no time is of the time at which it was received. */
  add(event: Event, stream: string, index: number, receivedMs: number): void {
    const at = Number.isNaN(event.time) ? receivedMs : event.time;
    this.#pieceOf(stream).add({ ...event, line: index - this.#begin }, at);
  }

  /** Takes note of records that were read. */
  read(stream: string, records: number, bytes: number): void {
    this.#pieceOf(stream).lines += records;
    (this.#inputs.get(stream) as ReadInput).size += bytes;
  }

  /** All that was counted. */
  finish(partial: boolean): Gathered {
    this.turn(0);
    const inputs = [...this.#inputs.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    const tallies = new Tallies([packTallies(this.tallies)]);
    return { inputs, reports: this.#shelf.reports, tallies, outbound: sumOutbound([this.outbound.pack()]), partial };
  }

  #pieceOf(stream: string): PieceCount {
    const known = this.#pieces.get(stream);
    if (known !== undefined) return known;
    if (this.#tasks === MOST_PIECES)
      throw new AppError('E_TOO_LARGE', 'too many streams over too long a time: ask for a shorter time, or one sender');
    const piece = new PieceCount(this.#tasks, this);
    this.#pieces.set(stream, piece);
    this.#inputOf(stream).tasks.push(this.#tasks);
    this.#tasks += 1;
    return piece;
  }

  #inputOf(stream: string): ReadInput {
    let input = this.#inputs.get(stream);
    if (input === undefined) {
      const nothing = {
        container: null,
        mtimeMs: null,
        source: '',
        sourceRoot: '',
        sha256: '',
        refused: null,
        code: null,
      };
      input = { path: stream, ...nothing, size: 0, tasks: [] };
      this.#inputs.set(stream, input);
    }
    return input;
  }
}
