import { AppError } from '../../core/errors.ts';
import { joinedRecord } from '../joined-record.ts';
import { escapeValue, type LedgerRecord, parseRecord, parseTime } from '../record.ts';
import type { RefRecord } from '../secrecy/detached.ts';
import type { LedgerSource } from '../source.ts';
import { TILE_WIDTH } from '../tile.ts';
import { MAX_COMPARED } from './line-key.ts';
import type { LedgerLine, LedgerLines } from './lines.ts';
import { RawHeader } from './raw-header.ts';

/** Bundles that are asked for before they are needed: they are unpacked beside us. */
const AHEAD = 4;
/** Lines that a `gap` record may stand for at most: it is a sender's word. */
const MOST_WEIGHT = 1_000_000_000;
/** The letters that kinds with a stream begin with, besides `raw`: `ref` and `gap`. */
const R = 0x72;
const E = 0x65;
const G = 0x67;
const KIND_AT = 7;

/** A stream's records from a ledger. What a reader gives is compared as it is: `spoor verify` tells whether it is authentic. */
export class StreamLines implements LedgerLines {
  readonly #source: LedgerSource;
  readonly #stream: string;
  readonly #size: number;
  #held: { readonly n: number; readonly entries: Promise<readonly Buffer[]> } | null = null;

  /** `size`: how many of the ledger's records are looked at. */
  constructor(source: LedgerSource, stream: string, size: number) {
    this.#source = source;
    this.#stream = stream;
    this.#size = size;
  }

  async *all(): AsyncGenerator<readonly LedgerLine[]> {
    const reader = new EntryReader(this.#stream);
    for await (const { first, entries } of this.#bundles()) {
      const lines: LedgerLine[] = [];
      for (let at = 0; at < entries.length; at += 1) reader.read(first + at, entries[at] as Buffer, lines);
      const refs = reader.takeRefs();
      if (lines.length > 0) yield refs.length === 0 ? lines : await this.#withPayloads(lines, refs);
    }
  }

  async *#bundles(): AsyncGenerator<{ readonly first: number; readonly entries: readonly Buffer[] }> {
    const minimum = await this.#source.minimum();
    const end = Math.ceil(this.#size / TILE_WIDTH);
    const asked: Promise<readonly Buffer[]>[] = [];
    let next = Math.floor(minimum / TILE_WIDTH);
    for (let n = next; n < end; n += 1) {
      for (; next < end && asked.length < AHEAD; next += 1) asked.push(this.#ask(next));
      const entries = await (asked.shift() as Promise<readonly Buffer[]>);
      const skipped = Math.max(0, minimum - n * TILE_WIDTH);
      yield { first: n * TILE_WIDTH + skipped, entries: skipped === 0 ? entries : entries.slice(skipped) };
    }
  }

  #ask(n: number): Promise<readonly Buffer[]> {
    const entries = this.#source.bundle(n, Math.min(TILE_WIDTH, this.#size - n * TILE_WIDTH));
    entries.catch(() => {}); // it is awaited in its turn; until then it is nobody's
    return entries;
  }

  async one(index: number): Promise<LedgerLine> {
    const { record, first } = await joinedRecord((at) => this.#entry(at), index);
    const line = lineOf(record, first);
    const [whole = line] = record.kind === 'ref' ? await this.#withPayloads([line], [{ index, record }]) : [];
    return whole;
  }

  /** Lines of erasable records are kept beside the log; of one that was erased nothing is known, as of a gap. */
  async #withPayloads(lines: readonly LedgerLine[], refs: readonly RefRecord[]): Promise<readonly LedgerLine[]> {
    const found = await this.#source.detached?.(refs);
    return lines.map((line) => {
      const payload = found?.get(line.index)?.payload;
      return payload === undefined ? line : { ...line, bytes: payload };
    });
  }

  /** The entries of the record at an index, all of its parts, as [index, bytes]: what is to be proved of it. */
  async entries(index: number): Promise<[number, Buffer][]> {
    const { first, last } = await joinedRecord((at) => this.#entry(at), index);
    const entries: [number, Buffer][] = [];
    for (let at = first; at <= last; at += 1) entries.push([at, await this.#entry(at)]);
    return entries;
  }

  async #entry(index: number): Promise<Buffer> {
    const n = Math.floor(index / TILE_WIDTH);
    if (this.#held?.n !== n) this.#held = { n, entries: this.#ask(n) };
    const entry = (await this.#held.entries)[index - n * TILE_WIDTH];
    if (entry === undefined) throw new AppError('E_NOT_FOUND', `no record ${index}`);
    return entry;
  }
}

function lineOf({ kind, fields, payload }: LedgerRecord, index: number): LedgerLine {
  const { seq = '0', rt = '', enc, first, last } = fields;
  const isRaw = kind === 'raw' && enc === undefined;
  const lost = kind === 'gap' ? Number(last) - Number(first) + 1 : 1;
  return {
    index,
    seq: Number(seq),
    rtUs: parseTime(rt),
    bytes: isRaw ? payload : null,
    weight: lost >= 1 && lost <= MOST_WEIGHT ? lost : 1,
  };
}

/** Picks a stream's records out of entries, and joins those that were split. */
class EntryReader {
  readonly #header: RawHeader;
  readonly #line: Buffer;
  #refs: RefRecord[] = [];
  #parts: { readonly index: number; readonly seq: number; readonly payloads: Buffer[]; bytes: number } | null = null;

  constructor(stream: string) {
    this.#header = new RawHeader(stream);
    this.#line = Buffer.from(`\nstream=${escapeValue(stream)}\n`, 'latin1');
  }

  read(index: number, entry: Buffer, into: LedgerLine[]): void {
    const header = this.#header;
    if (header.read(entry)) this.#readRaw(index, entry, into);
    else if (this.#isOtherOfStream(entry)) {
      const record = parseRecord(entry);
      if (record.kind === 'ref') this.#refs.push({ index, record });
      into.push(lineOf(record, index));
    }
  }

  /** The `ref` records that were read since. */
  takeRefs(): readonly RefRecord[] {
    const refs = this.#refs;
    this.#refs = [];
    return refs;
  }

  #readRaw(index: number, entry: Buffer, into: LedgerLine[]): void {
    const { seq, rtUs, payloadAt, part, isPlain } = this.#header;
    const payload = entry.subarray(payloadAt);
    if (!isPlain) into.push({ index, seq, rtUs, bytes: null, weight: 1 });
    else if (part === null) into.push({ index, seq, rtUs, bytes: payload, weight: 1 });
    else this.#readPart(part, { index, seq, rtUs, payload }, into);
  }

  #readPart(
    part: string,
    { index, seq, rtUs, payload }: { index: number; seq: number; rtUs: number; payload: Buffer },
    into: LedgerLine[],
  ): void {
    const [nth = 1, of = 1] = part.split('/').map(Number);
    if (nth === 1) this.#parts = { index, seq, payloads: [], bytes: 0 };
    const parts = this.#parts;
    if (parts === null || seq !== parts.seq + nth - 1)
      throw new AppError(
        'E_TAMPERED',
        `record ${index} is part ${part.slice(0, 20)} of a record whose first parts are missing`,
      );
    if (parts.bytes <= MAX_COMPARED) parts.payloads.push(payload);
    parts.bytes += payload.length;
    if (nth < of) return;
    into.push({ index: parts.index, seq: parts.seq, rtUs, bytes: Buffer.concat(parts.payloads), weight: 1 });
    this.#parts = null;
  }

  /** A `ref` or `gap` record of the stream. */
  #isOtherOfStream(entry: Buffer): boolean {
    const [first, second] = [entry[KIND_AT], entry[KIND_AT + 1]];
    if (first !== G && !(first === R && second === E)) return false;
    const at = entry.indexOf('\n');
    return (
      entry.subarray(at, at + this.#line.length).equals(this.#line) &&
      /^(?:ref|gap)$/.test(entry.toString('latin1', KIND_AT, at))
    );
  }
}
