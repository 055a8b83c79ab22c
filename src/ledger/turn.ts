import { AppError } from '../core/errors.ts';
import { type Draft, type LedgerInput, Numbering } from './encode.ts';
import { type BlobFrame, blobFrame } from './keep/blobs.ts';
import { PACK_RECORDS } from './pack.ts';
import { formatRecord, formatTime, type LedgerRecord, type RecordKind } from './record.ts';
import { MAX_ENTRY } from './tile.ts';

/** A record of the ledger's own. */
export interface Note {
  readonly kind: RecordKind;
  readonly fields: Readonly<Record<string, string>>;
  readonly payload: Buffer;
}

/** Where numbers, salts and the time of records of the ledger's own come from. */
interface TurnOptions {
  readonly numbering: Numbering;
  readonly random: (bytes: number) => Buffer;
  readonly nowUs: () => number;
}

/** What is written to the disk at one go: records, and the payloads that are kept beside some of them. */
export class Turn {
  /** Index of its first record. */
  readonly #first: number;
  readonly #options: TurnOptions;
  readonly drafts: Draft[] = [];
  /** Payloads that can be erased, each with the number of the file that is its record's. */
  readonly blobs: { readonly n: number; readonly frame: BlobFrame }[] = [];

  constructor(first: number, options: TurnOptions) {
    this.#first = first;
    this.#options = options;
  }

  /** Index of the record that comes next. */
  get next(): number {
    return this.#first + this.drafts.length;
  }

  /** Adds records, or none of them: throws E_TOO_LARGE or E_MALFORMED before anything is numbered. */
  add(records: readonly LedgerInput[], erasable: boolean): void {
    for (const record of records) Numbering.check(record);
    for (const record of records)
      if (erasable) this.#addErasable(record);
      else this.#options.numbering.draft(record, this.drafts);
  }

  #addErasable(record: LedgerInput): void {
    const { numbering, random } = this.#options;
    const frame = blobFrame(record.bytes, random);
    numbering.draft({ ...record, bytes: frame.digest, detachedSize: record.bytes.length }, this.drafts);
    this.blobs.push({ n: Math.floor((this.next - 1) / PACK_RECORDS), frame });
  }

  /** Adds a record of the ledger's own; `rt` is set here. Throws E_TOO_LARGE. */
  note({ kind, fields, payload }: Note): void {
    const { numbering, nowUs } = this.#options;
    const latest = Math.max(numbering.latest, nowUs());
    const record: LedgerRecord = { kind, fields: { rt: formatTime(latest), ...fields }, payload: Buffer.alloc(0) };
    const header = formatRecord(record).toString('latin1');
    if (header.length + payload.length > MAX_ENTRY)
      throw new AppError('E_TOO_LARGE', `a ${kind} record of ${payload.length} bytes: the most is ${MAX_ENTRY}`);
    numbering.latest = latest;
    this.drafts.push({ header, payload });
  }
}
