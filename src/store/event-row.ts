import type { EcsFields, EcsValue, Event } from '../core/event.ts';
import { canonicalIp, readIp } from '../core/ip.ts';
import { ByteSink } from './byte-sink.ts';
import { CERTAINTIES, OUTCOMES, TEXTS } from './columns.ts';

// Hot path: once per event. No object is made for a row: fields are sorted into slots of the writer, then written.

/** An event and what the index must know of it. */
export interface IndexedEvent {
  readonly event: Event;
  /** First and last ledger index of the records that it was made from. */
  readonly first: number;
  readonly last: number;
  /** Its number among the events of these records. */
  readonly sub: number;
  /** Generation of the parsers that made it. */
  readonly generation: number;
  /** When the first record was received, microseconds since 1970. */
  readonly receivedAtUs: number;
  readonly stream: string;
  readonly peer: string;
  /** What enrichers add. What the parser wrote goes before. */
  readonly enriched: EcsFields;
}

/** Rows for one insert. `firstIngestUs`, `lastIngestUs`: earliest and latest `ingest_ts`, microseconds; 0 for no rows. */
export interface Rows {
  readonly bytes: Buffer;
  readonly rows: number;
  readonly firstIngestUs: number;
  readonly lastIngestUs: number;
}

const FIXED_BYTES = 96; // all numbers of a row
const START_BYTES = 1 << 20;
const ATTR_BYTES = 1 << 16;
/** The latest instant that `toStartOfHour`, by which rows are sorted, can tell: 2106-02-07T06:28:15.999Z, in ms. */
export const LAST_MS = 4_294_967_295_999;
/** Longest text of a `LowCardinality` column, which also keeps the sparse primary index small (RFC 5424 §6: HOSTNAME has 255). */
const LONGEST_WORD = 255;

const isWord = Uint8Array.from(TEXTS, ({ type }) => Number(type !== 'String'));
const textSlot = (name: string) => TEXTS.findIndex((column) => column.name === name);
const ORIGIN = textSlot('origin');
const STREAM = textSlot('stream');
const PEER = textSlot('peer');
const PARSER = textSlot('parser');
const CATEGORY = textSlot('category');
const TYPE = textSlot('type');
const HOST = textSlot('host');
const PROGRAM = textSlot('program');
const ERROR_CODE = textSlot('error_code');
const MESSAGE = textSlot('message');

// Where a field goes when it is no text: beyond the text slots.
const NUMBERS = TEXTS.length;
const SOURCE_IP = NUMBERS;
const DESTINATION_IP = NUMBERS + 1;
const SOURCE_PORT = NUMBERS + 2;
const DESTINATION_PORT = NUMBERS + 3;
const ASN = NUMBERS + 4;
const PID = NUMBERS + 5;
const OUTCOME = NUMBERS + 6;
const SOURCE_ADDRESS = NUMBERS + 7;
const DESTINATION_ADDRESS = NUMBERS + 8;

/** Which field goes where. Fields that are not here go to `attrs`. */
const SLOTS: ReadonlyMap<string, number> = new Map<string, number>([
  ...TEXTS.flatMap(({ field }, slot) => (field === undefined ? [] : [[field, slot] as const])),
  ['source.ip', SOURCE_IP],
  ['destination.ip', DESTINATION_IP],
  ['source.port', SOURCE_PORT],
  ['destination.port', DESTINATION_PORT],
  ['source.as.number', ASN],
  ['process.pid', PID],
  ['event.outcome', OUTCOME],
  ['source.address', SOURCE_ADDRESS],
  ['destination.address', DESTINATION_ADDRESS],
]);

/**
 * Writes events as RowBinary rows of `events`, columns in the order of `COLUMNS`.
 *
 * Whatever a column cannot hold as it stands goes to `attrs` under its own name: an address that is none or is not in canonical
 * form, a port out of range, a list where a text is expected, an empty text (the column's "absent"), the whole of a name beyond
 * 255 characters (the column has its beginning). `source.address` and `destination.address` are kept only where they differ from
 * the `.ip`. A time that no hour of the index can hold is clamped to 1970..2106 and kept in `spoor.time.original`, milliseconds.
 * An event without words of its own (a web request) has its line as message, so that a search finds it.
 */
export class RowWriter {
  readonly #rows = new ByteSink(START_BYTES);
  readonly #attrs = new ByteSink(ATTR_BYTES);
  readonly #texts: string[] = new Array<string>(TEXTS.length).fill('');
  readonly #source = new Uint32Array(4);
  readonly #destination = new Uint32Array(4);
  #sourceVersion: 0 | 4 | 6 = 0;
  #destinationVersion: 0 | 4 | 6 = 0;
  #sourcePort = 0;
  #destinationPort = 0;
  #asn = 0;
  #pid = 0;
  #outcome = 0;
  #attrCount = 0;
  #count = 0;
  #firstUs = 0;
  #lastUs = 0;

  /** `origin`: of the ledger that all rows are from. */
  constructor({ origin }: { readonly origin: string }) {
    this.#texts[ORIGIN] = origin;
  }

  /** Rows that wait for `take`. */
  get rows(): number {
    return this.#count;
  }

  /** Bytes that wait for `take`. */
  get size(): number {
    return this.#rows.at;
  }

  add(row: IndexedEvent): void {
    const { event, enriched } = row;
    const { fields } = event; // once: it may be made when asked for
    this.#reset();
    this.#envelope(event, fields, row);
    for (const key in fields) this.#put(key, fields[key], fields);
    for (const key in enriched) if (fields[key] === undefined) this.#put(key, enriched[key], enriched);
    if (this.#texts[MESSAGE] === '') this.#texts[MESSAGE] = event.raw;
    const ts = this.#timeUs(event, row.receivedAtUs);
    this.#write(row, ts);
  }

  /** Hands over all rows and begins anew. */
  take(): Rows {
    const taken = { rows: this.#count, firstIngestUs: this.#firstUs, lastIngestUs: this.#lastUs };
    const { at } = this.#rows;
    const bytes = this.#rows.take(Math.min(Math.ceil(at * 1.1), 64 * START_BYTES));
    this.#count = 0;
    this.#firstUs = 0;
    this.#lastUs = 0;
    return { bytes, ...taken };
  }

  #reset(): void {
    this.#sourceVersion = 0;
    this.#destinationVersion = 0;
    this.#sourcePort = 0;
    this.#destinationPort = 0;
    this.#asn = 0;
    this.#pid = 0;
    this.#outcome = 0;
    this.#attrCount = 0;
    this.#attrs.clear();
    const texts = this.#texts;
    for (let slot = PARSER; slot < TEXTS.length; slot += 1) texts[slot] = '';
  }

  // What the parser says of host, program and process goes before the envelope's.
  #envelope(event: Event, fields: EcsFields, { stream, peer }: IndexedEvent): void {
    const { parser, pid } = event;
    const texts = this.#texts;
    texts[STREAM] = stream;
    texts[PEER] = peer;
    texts[PARSER] = parser ?? '';
    if (parser === null) texts[ERROR_CODE] = 'unparsed';
    if (pid !== 0 && fields['process.pid'] === undefined) this.#number(PID, 'process.pid', pid);
    if (fields['host.name'] === undefined) this.#text(HOST, 'host.name', event.host);
    if (fields['process.name'] === undefined) this.#text(PROGRAM, 'process.name', event.process);
    texts[MESSAGE] = event.message;
  }

  #put(key: string, value: EcsValue, fields: EcsFields): void {
    if (value === undefined) return;
    const slot = SLOTS.get(key);
    if (slot === undefined) this.#attr(key, value);
    else if (slot < NUMBERS) this.#textField(slot, key, value);
    else if (typeof value === 'number') this.#number(slot, key, value);
    else if (typeof value !== 'string' || !this.#holds(slot, value, fields)) this.#attr(key, value);
  }

  #textField(slot: number, key: string, value: Exclude<EcsValue, undefined>): void {
    if (slot === CATEGORY || slot === TYPE) this.#list(slot, key, value);
    else if (typeof value !== 'string') this.#attr(key, value);
    else if (value === '') this.#attr(key, value);
    else this.#text(slot, key, value);
  }

  #text(slot: number, key: string, value: string): void {
    if (value.length > LONGEST_WORD && isWord[slot] === 1) {
      this.#attr(key, value);
      this.#texts[slot] = value.slice(0, LONGEST_WORD);
    } else this.#texts[slot] = value;
  }

  #list(slot: number, key: string, value: Exclude<EcsValue, undefined>): void {
    const joined = joinedWords(value);
    if (joined === '') this.#attr(key, value);
    else this.#texts[slot] = joined;
  }

  #number(slot: number, key: string, value: number): void {
    const limit = slot === PID || slot === ASN ? 0xffff_ffff : 0xffff;
    const fits = Number.isInteger(value) && value > 0 && value <= limit;
    if (!fits) this.#attr(key, value);
    else if (slot === SOURCE_PORT) this.#sourcePort = value;
    else if (slot === DESTINATION_PORT) this.#destinationPort = value;
    else if (slot === ASN) this.#asn = value;
    else if (slot === PID) this.#pid = value;
    else this.#attr(key, value);
  }

  /** Does the row hold it in a column, or in another field? Otherwise it goes to `attrs`. */
  #holds(slot: number, value: string, fields: EcsFields): boolean {
    switch (slot) {
      case SOURCE_ADDRESS:
        return value === fields['source.ip'];
      case DESTINATION_ADDRESS:
        return value === fields['destination.ip'];
      case SOURCE_IP:
        this.#sourceVersion = readIp(value, this.#source);
        return isCanonical(value);
      case DESTINATION_IP:
        this.#destinationVersion = readIp(value, this.#destination);
        return isCanonical(value);
      case OUTCOME:
        this.#outcome = OUTCOMES[value] ?? 0;
        return this.#outcome !== 0;
      default:
        return false;
    }
  }

  #attr(key: string, value: Exclude<EcsValue, undefined>): void {
    this.#attrCount += 1;
    this.#attrs.text(key);
    this.#attrs.text(typeof value === 'object' ? JSON.stringify(value) : String(value));
  }

  #timeUs({ time }: Event, receivedAtUs: number): number {
    if (time >= 0 && time <= LAST_MS) return Math.round(time * 1000);
    if (Number.isNaN(time)) return insideUs(receivedAtUs);
    this.#attr('spoor.time.original', time);
    return time < 0 ? 0 : LAST_MS * 1000;
  }

  #write({ event, first, last, sub, generation, receivedAtUs }: IndexedEvent, ts: number): void {
    const rows = this.#rows;
    const ingest = insideUs(receivedAtUs);
    rows.reserve(FIXED_BYTES);
    rows.u64(first);
    rows.u32(Math.min(last - first, 0xffff_ffff));
    rows.u32(sub);
    rows.u32(generation);
    rows.u64(ts);
    rows.u64(ingest);
    rows.u32(this.#pid);
    rows.ip(this.#sourceVersion, this.#source);
    rows.u16(this.#sourcePort);
    rows.ip(this.#destinationVersion, this.#destination);
    rows.u16(this.#destinationPort);
    rows.u32(this.#asn);
    rows.u32(Math.min(event.count, 0xffff_ffff));
    rows.u8(CERTAINTIES[event.certainty]);
    rows.u8(this.#outcome);
    const texts = this.#texts;
    for (let slot = 0; slot < texts.length; slot += 1) rows.text(texts[slot] as string);
    rows.varint(this.#attrCount);
    if (this.#attrCount > 0) rows.append(this.#attrs);
    if (this.#count === 0 || ingest < this.#firstUs) this.#firstUs = ingest;
    if (ingest > this.#lastUs) this.#lastUs = ingest;
    this.#count += 1;
  }
}

/** `::` is the column's "none". */
function isCanonical(address: string): boolean {
  return canonicalIp(address) === address && address !== '::';
}

/** Our own clock may be off, too: no row may make a partition of a day that is none. */
function insideUs(us: number): number {
  return Math.min(Math.max(us, 0), LAST_MS * 1000);
}

/** Half of a surrogate pair: no UTF-8 says it, so a column would hold U+FFFD instead. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Words of a list joined by commas; '' where that could not be taken apart again. */
function joinedWords(value: Exclude<EcsValue, undefined>): string {
  if (typeof value !== 'object' || value.length === 0) return '';
  if (value.length > 16) return '';
  let joined = '';
  for (let at = 0; at < value.length; at += 1) {
    const word = value[at];
    if (typeof word !== 'string' || word === '' || word.includes(',')) return '';
    joined = at === 0 ? word : `${joined},${word}`;
  }
  return joined.length > LONGEST_WORD || LONE_SURROGATE.test(joined) ? '' : joined;
}
