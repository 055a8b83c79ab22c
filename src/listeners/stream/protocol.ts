import type { RawRecord, SourceNote } from '../../core/stages.ts';

/** Who is at the other end of a connection, as its records name it. */
export interface Sender {
  readonly stream: string;
  readonly via: string;
  readonly peer: string;
}

/** What was read of a connection: records to keep, and what to answer once they are durable. */
export class Batch {
  readonly records: RawRecord[] = [];
  /** Bytes of the records. */
  bytes = 0;
  /** ASCII, in the order in which things were asked. */
  reply = '';
  /** The sender has taken its leave: after the reply the connection ends. */
  last = false;

  get isEmpty(): boolean {
    return this.records.length === 0 && this.reply === '' && !this.last;
  }
}

/** Of a note about a connection: what the protocol knows. */
export type Remark = Pick<SourceNote, 'kind' | 'reason' | 'count' | 'detail'>;

/** Why a connection cannot go on; `reason` is the word that notes are counted by. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: string;

  constructor(reason: string, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/** What is spoken on one connection. */
export interface Protocol {
  /** Reads bytes into a batch. Throws a Refusal when the connection cannot go on; what came before it is in the batch. */
  read(chunk: Buffer, receivedAtUs: number, into: Batch): void;
  /** Nothing more comes. `clean`: the sender ended the connection itself. What is left is put in the batch. */
  end(clean: boolean, receivedAtUs: number, into: Batch): void;
  /** What is to be said of this connection since it was last asked. */
  takeRemarks(): Remark[];
  /** Bytes of what is not complete. */
  readonly held: number;
  /** The sender has done all that comes before its first record. */
  readonly isOpen: boolean;
  /** Said before we end the connection; empty where the protocol has nothing to say. */
  readonly goodbye: string;
  /** The sender knows what we kept, and sends the rest again: nothing is to be read after we decided to stop. */
  readonly acknowledges: boolean;
}
