import { AppError } from '../core/errors.ts';
import { leafHashOf } from '../core/tlog/merkle.ts';
import type { Disk, DiskFile } from './disk.ts';
import { type Draft, frame, type LedgerInput, leafInputs, Numbering } from './encode.ts';
import { BlobWriter } from './keep/blobs.ts';
import { PACK_RECORDS } from './pack.ts';
import type { RecordKind } from './record.ts';
import { type Found, type FoundWal, findLog } from './recover.ts';
import { Edge } from './tile.ts';
import { type Note, Turn } from './turn.ts';
import { formatWalHeader, saltSumOf, WAL_HEADER, walPath } from './wal.ts';
import { type OpenWal, walRecords } from './wal-open.ts';
import { bytesOf } from './wal-scan.ts';

/** Where records came to stand: index of the first and of the last. */
export interface IndexRange {
  readonly first: number;
  readonly last: number;
}

/** What may wait to be written; beyond it `append` waits for room. */
const MAX_WAITING_RECORDS = 20_000;
const MAX_WAITING_BYTES = 64 << 20;
const MAX_TURN_BYTES = 4 << 20;

interface Waiting {
  readonly records: readonly LedgerInput[] | null;
  /** Their payloads are kept beside the log. */
  readonly erasable: boolean;
  readonly note: Note | null;
  readonly bytes: number;
  readonly resolve: (range: IndexRange) => void;
  readonly reject: (error: unknown) => void;
}

/** A log file that is full, and waits to be packed. */
export type FullWal = Pick<OpenWal, 'first' | 'cut' | 'leaves'>;

/** A clock that is behind the latest receive time: since when, by that clock, and the time at which receive times stand. */
export interface HeldClock {
  readonly sinceUs: number;
  readonly latestUs: number;
}

export interface LogOptions {
  readonly disk: Disk;
  readonly random: (bytes: number) => Buffer;
  /** Our clock, microseconds since 1970: for records of the ledger's own. */
  readonly nowUs: () => number;
  /** What was signed last: the log must contain it. */
  readonly signed?: { readonly size: number; readonly root: Buffer };
}

/**
 * The one writer of a ledger's records. What `append` resolves with is on the disk. Any error of the disk ends it: what came after the
 * last sync is not known any more, and is found again by opening anew.
 */
export class Log {
  readonly #options: LogOptions;
  readonly #numbering: Numbering;
  readonly #edge: Edge;
  readonly #full: FullWal[] = [];
  #wal: OpenWal | null = null;
  readonly #waiting: Waiting[] = [];
  #waitingRecords = 0;
  #waitingBytes = 0;
  /** Appends that came when there was no room. */
  readonly #door: Waiting[] = [];
  /** Work on the file that is to be done between two writes. */
  readonly #errands: (() => Promise<void>)[] = [];
  #running: Promise<void> | null = null;
  #failure: unknown = null;
  /** Payloads that can be erased. */
  readonly blobs: BlobWriter;

  private constructor(options: LogOptions, found: Found) {
    this.#options = options;
    this.blobs = new BlobWriter(options.disk);
    this.#numbering = new Numbering(found.notes);
    this.#edge = Edge.resume(found.packed, found.rows);
  }

  /** Opens the log in a folder, new or as a writer left it. Throws E_TAMPERED when it is not as a crash could leave it. */
  static async open(options: LogOptions): Promise<{ readonly log: Log; readonly found: Found }> {
    await options.disk.makeFolder('wal');
    const found = await findLog(options.disk, options.signed?.size);
    const log = new Log(options, found);
    const { signed } = options;
    for (const wal of found.wals) log.#takeIn(wal, signed);
    if (signed !== undefined && signed.size > log.size) throw lost(signed.size, log.size);
    for (const wal of found.wals) await log.#resume(wal);
    for (const folder of ['wal', '.']) await options.disk.syncFolder(folder);
    return { log, found };
  }

  #takeIn({ cut, leaves }: FoundWal, signed: LogOptions['signed']): void {
    for (const hash of cut) this.#edge.appendHash(hash, 1);
    if (cut.length > 0 && (signed?.size ?? 0) < this.#edge.size)
      throw new AppError('E_TAMPERED', `records before ${this.#edge.size} were given up, and were never signed`);
    for (const leaf of leaves) {
      this.#edge.appendHash(leaf);
      if (this.#edge.size === signed?.size && !this.#edge.root().equals(signed.root))
        throw new AppError('E_TAMPERED', `the first ${signed.size} records are not those that were signed`);
    }
  }

  // What we read of a writer that was killed may stand in the system's memory only, and after a sync that failed the system may think
  // that it is on the disk. So what was not signed is written again, in place, and synced, before anything is built on it.
  async #resume({ first, cut, leaves, salt, goodBytes, signedBytes }: FoundWal): Promise<void> {
    const { disk } = this.#options;
    const file = await disk.open(walPath(first), 'change');
    await orClosed(file, async () => {
      let at = signedBytes;
      for await (const bytes of bytesOf(disk, walPath(first), signedBytes, goodBytes)) {
        await file.write([bytes], at);
        at += bytes.length;
      }
      await file.sync();
    });
    const wal = { first, file, saltSum: saltSumOf(salt), cut, leaves: [...leaves], bytes: goodBytes };
    if (walRecords(wal) < PACK_RECORDS) this.#wal = wal;
    else await this.#end(wal);
  }

  /** Records that are durable. */
  get size(): number {
    return this.#edge.size;
  }

  root(): Buffer {
    return this.#edge.root();
  }

  /** Receive times stand still until the clock reaches the latest; null while they go on. */
  get held(): HeldClock | null {
    const { latest, heldSince } = this.#numbering;
    return heldSince === null || this.#options.nowUs() >= latest ? null : { sinceUs: heldSince, latestUs: latest };
  }

  /** Log files that are full, oldest first. */
  get full(): readonly FullWal[] {
    return this.#full;
  }

  /**
   * Keeps records, in their order and beside each other. Resolves when they are durable; waits while too much is waiting. `erasable`: the log
   * has their salted hashes, and a file beside it their payloads, which are durable before it.
   */
  async append(records: readonly LedgerInput[], erasable = false): Promise<IndexRange> {
    if (records.length === 0) throw new AppError('E_USAGE', 'nothing to append');
    const bytes = records.reduce((sum, { bytes: payload }) => sum + payload.length, 0);
    return new Promise((resolve, reject) => {
      const waiting = { records, erasable, note: null, bytes, resolve, reject };
      if (this.#isFull() || this.#door.length > 0) this.#door.push(waiting);
      else this.#letIn(waiting);
    });
  }

  /** Keeps a record of the ledger's own; `rt` is set here. Resolves with its index when it is durable. */
  async note(
    kind: RecordKind,
    fields: Readonly<Record<string, string>>,
    payload: Buffer = Buffer.alloc(0),
  ): Promise<number> {
    const range = new Promise<IndexRange>((resolve, reject) =>
      this.#letIn({
        records: null,
        erasable: false,
        note: { kind, fields, payload },
        bytes: payload.length,
        resolve,
        reject,
      }),
    );
    return (await range).first;
  }

  #isFull(): boolean {
    return this.#waitingRecords >= MAX_WAITING_RECORDS || this.#waitingBytes >= MAX_WAITING_BYTES;
  }

  #letIn(waiting: Waiting): void {
    if (this.#failure !== null) {
      waiting.reject(this.#failure);
      return;
    }
    this.#waiting.push(waiting);
    this.#waitingRecords += waiting.records?.length ?? 1;
    this.#waitingBytes += waiting.bytes;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // what is appended in this turn of the loop goes together
    while (this.#errands.length > 0 || (this.#waiting.length > 0 && this.#failure === null)) {
      await this.#errands.shift()?.();
      if (this.#waiting.length > 0 && this.#failure === null) await this.#turn(this.#take());
    }
    this.#running = null;
    if (this.#failure === null) return;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
    this.#makeRoom(this.#waitingRecords, this.#waitingBytes);
  }

  #take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && (count === 0 || bytes < MAX_TURN_BYTES)) {
      bytes += (this.#waiting[count] as Waiting).bytes;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #turn(taken: readonly Waiting[]): Promise<void> {
    const done: { readonly waiting: Waiting; readonly range: IndexRange }[] = [];
    const turn = new Turn(this.size, { ...this.#options, numbering: this.#numbering });
    for (const waiting of taken) {
      const first = turn.next;
      try {
        if (waiting.note !== null) turn.note(waiting.note);
        if (waiting.records !== null) turn.add(waiting.records, waiting.erasable);
        done.push({ waiting, range: { first, last: turn.next - 1 } });
      } catch (error) {
        waiting.reject(error); // refused before anything of it was numbered
      }
    }
    try {
      await this.blobs.keep(turn.blobs);
      await this.#write(turn.drafts);
      for (const { waiting, range } of done) waiting.resolve(range);
    } catch (error) {
      this.#failure = error;
      for (const { waiting } of done) waiting.reject(error);
    }
    this.#makeRoom(
      taken.reduce((sum, { records }) => sum + (records?.length ?? 1), 0),
      taken.reduce((sum, { bytes }) => sum + bytes, 0),
    );
  }

  #makeRoom(records: number, bytes: number): void {
    this.#waitingRecords -= records;
    this.#waitingBytes -= bytes;
    // first come, first served, and no more than there is room for
    while (this.#door.length > 0 && (this.#failure !== null || !this.#isFull()))
      this.#letIn(this.#door.shift() as Waiting);
  }

  async #write(drafts: readonly Draft[]): Promise<void> {
    for (let at = 0; at < drafts.length; ) {
      const wal = this.#wal ?? (await this.#begin());
      const room = PACK_RECORDS - walRecords(wal);
      const part = drafts.slice(at, at + room);
      await this.#writeInto(wal, part);
      at += part.length;
      if (walRecords(wal) === PACK_RECORDS) await this.#end(wal);
    }
  }

  async #begin(): Promise<OpenWal> {
    const { disk, random } = this.#options;
    const first = this.size;
    const salt = random(16);
    const file = await disk.open(walPath(first), 'new');
    await orClosed(file, async () => {
      await file.write([formatWalHeader(first, salt)], 0);
      await file.sync();
      await disk.syncFolder('wal');
    });
    this.#wal = { first, file, saltSum: saltSumOf(salt), cut: [], leaves: [], bytes: WAL_HEADER };
    return this.#wal;
  }

  async #writeInto(wal: OpenWal, drafts: readonly Draft[]): Promise<void> {
    const framed = frame(drafts, this.size, wal.saltSum);
    await wal.file.write([framed.bytes], wal.bytes);
    await wal.file.sync();
    wal.bytes += framed.bytes.length;
    for (const input of leafInputs(framed)) {
      const leaf = leafHashOf(input);
      wal.leaves.push(leaf);
      this.#edge.appendHash(leaf);
    }
  }

  async #end(wal: OpenWal): Promise<void> {
    await wal.file.close();
    this.#full.push({ first: wal.first, cut: wal.cut, leaves: wal.leaves });
    this.#wal = null;
  }

  /** The file that is written to, and roots of the bundles in it that are full. */
  get open(): { readonly wal: OpenWal | null; readonly bundles: readonly Buffer[] } {
    return { wal: this.#wal, bundles: [...(this.#edge.rows[1] ?? [])] };
  }

  /** Replaces the file that is written to, between two writes. An error of the disk ends the log. */
  replace(work: (wal: OpenWal | null) => Promise<OpenWal>): Promise<void> {
    const errand = async () => {
      if (this.#failure !== null) throw this.#failure;
      try {
        this.#wal = await work(this.#wal);
      } catch (error) {
        if (!(error instanceof AppError)) this.#failure = error; // which file has the name now is not known
        throw error;
      }
    };
    return this.#between(errand);
  }

  /** Resolves when what is being written now is durable, or never will be. */
  written(): Promise<void> {
    return this.#between(async () => {});
  }

  #between(errand: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#errands.push(() => errand().then(resolve, reject));
      this.#running ??= this.#run();
    });
  }

  /** A full log file is in a pack now: it goes. */
  async packed(first: number): Promise<void> {
    const { disk } = this.#options;
    const at = this.#full.findIndex((full) => full.first === first);
    if (at >= 0) this.#full.splice(at, 1);
    await disk.remove(walPath(first));
    await disk.syncFolder('wal');
  }

  /** Waits for what is under way, and lets go of the file. */
  async close(): Promise<void> {
    while (this.#running !== null) await this.#running;
    this.#failure ??= new AppError('E_UNAVAILABLE', 'the ledger is closed');
    await this.#wal?.file.close();
    this.#wal = null;
    await this.blobs.close();
  }
}

/** Does work on a file, which is closed when that fails. */
async function orClosed(file: DiskFile, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await file.close().catch(() => {}); // the first error is the one to tell
    throw error;
  }
}

function lost(signed: number, there: number): AppError {
  return new AppError(
    'E_TAMPERED',
    `${signed} records were signed, and ${there} are there: the end is lost or was cut off`,
  );
}
