import { AppError } from '../core/errors.ts';
import type { PackNotes } from './pack.ts';
import { type LedgerRecord, parseRecord, parseTime } from './record.ts';

// Hot path: each record of a ledger passes here when it is verified. A plain record's header is read by one anchored expression that
// allows what has one spelling only; all others go the long way.
const RAW =
  /^lrec\/1 raw\nstream=([ -$&-~]+)\nseq=(0|[1-9]\d{0,15})\nrt=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\nvia=[ -$&-~]*\npeer=[ -$&-~]*\n(?:aseq=[ -$&-~]*\n)?(?:fpos=[ -$&-~]*\n)?(?:part=[ -$&-~]*\n)?$/;
const MAX_HEADER = 2048;

/** What a check of records tells as it goes. */
export interface RecordFindings {
  /** Record `index` is not as the ledger would have written it. */
  problem(index: number, what: string): void;
  /** A record of the ledger's own. */
  own?(index: number, record: LedgerRecord): void;
}

/**
 * Checks what no hash shows: that the records of each stream are numbered without a gap, and that receive times never go back. Entries
 * are to be given in their order.
 */
export class RecordCheck {
  readonly #streams = new Map<string, number>();
  readonly #findings: RecordFindings;
  /** The log does not begin at its beginning: each stream begins wherever it does. */
  readonly #pruned: boolean;
  #latest = '';

  constructor(findings: RecordFindings, pruned = false) {
    this.#findings = findings;
    this.#pruned = pruned;
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** What a writer would go on from: the same as beside a pack that ends here. */
  notes(): PackNotes {
    return { streams: Object.fromEntries(this.#streams), latest: this.#latest === '' ? 0 : parseTime(this.#latest) };
  }

  take(entry: Buffer, index: number): void {
    const end = entry.indexOf('\n\n');
    const header = end < 0 || end > MAX_HEADER ? '' : entry.toString('latin1', 0, end + 1);
    const plain = RAW.exec(header);
    if (plain !== null) this.#numbered(index, plain[1] as string, plain[2] as string, plain[3] as string);
    else this.#other(entry, index);
  }

  #other(entry: Buffer, index: number): void {
    try {
      const record = parseRecord(entry);
      const { stream, seq, rt = '' } = record.fields;
      parseTime(rt);
      if (stream !== undefined && seq !== undefined) this.#numbered(index, stream, seq, rt);
      else this.#timed(index, rt);
      if (record.kind === 'genesis' && index !== 0) this.#findings.problem(index, 'a second beginning of the log');
      if (record.kind !== 'raw') this.#findings.own?.(index, record);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#findings.problem(index, `it is no record: ${error.message}`);
    }
  }

  #numbered(index: number, stream: string, seq: string, rt: string): void {
    const number = Number(seq);
    const expected = this.#streams.get(stream) ?? (this.#pruned ? number : 0);
    if (number > expected)
      this.#findings.problem(index, `number ${number} of "${stream}": ${missing(expected, number - 1)} missing`);
    else if (number < expected)
      this.#findings.problem(index, `number ${number} of "${stream}" comes again, or too late: ${expected} was next`);
    this.#streams.set(stream, number + 1);
    this.#timed(index, rt);
  }

  // All times have one form, so that of two the later is the greater text.
  #timed(index: number, rt: string): void {
    if (rt < this.#latest) this.#findings.problem(index, `received at ${rt}, which is before the record before it`);
    else this.#latest = rt;
  }
}

function missing(first: number, last: number): string {
  return first === last ? `${first} is` : `${first} to ${last} are`;
}
