import { isAscii } from 'node:buffer';
import type { Event, TimeCertainty } from '../core/event.ts';
import { MAX_LINE_BYTES } from '../core/lines.ts';
import type { SyslogReader } from '../core/syslog.ts';
import webAccess from '../parsers/web-access.ts';
import { type KnownName, knownName } from './account-names.ts';
import { addressText, NO_ADDRESS } from './address-names.ts';
import { AskedFirst } from './asked-first.ts';
import type { Peer } from './connections.ts';
import { Decoder, type DecoderOptions } from './decoder.ts';
import type { Dispatch } from './dispatch.ts';
import { HostNames } from './host-names.ts';
import { KnownLines } from './known-lines.ts';
import { learnTemplate } from './learn.ts';
import { LineEvent } from './line-event.ts';
import { LONG_ADDRESS, NAME } from './slots.ts';
import type { Template } from './template.ts';
import { WebLines } from './web-lines.ts';

// Hot path: once per line, on bytes. See bench/ for what it is worth. What is run for each line has few branches that only
// a rare line takes: when the first such line comes, the machine throws away what it compiled for all of them.

const NEWLINE = 0x0a;
const SPACE = 0x20;
const NOTHING = new Uint8Array(0);
const MAX_FRACTION = 9;

/**
 * Decodes blocks of whole lines. A syslog line whose template is known becomes an event straight from its bytes, and so does
 * a plain line of a web access log; every other line goes through `Decoder` as text, and teaches its template when it comes again. Both ways give the same events.
 */
export class BlockDecoder {
  /** Lines seen so far. */
  lines = 0;
  /** Of them, those as long as a line may be: they were cut there. */
  cut = 0;
  readonly #decoder: Decoder;
  readonly #dispatch: Dispatch;
  readonly #known: KnownLines;
  readonly #options: DecoderOptions;
  readonly #askedFirst: AskedFirst;
  #web: WebLines | null = null;
  #view: DataView = new DataView(NOTHING.buffer);
  #syslog: SyslogReader | null = null;
  readonly #event: LineEvent; // of the line read by template last: the decoder remembers it
  #isFresh = false; // was it read from this block?
  // The stamp's minute and its offset's text: what lines of one log share.
  #prefix: Uint8Array = NOTHING;
  #prefixText = '';
  #suffix: Uint8Array = NOTHING;
  #minute = Number.NaN;
  #certainty: TimeCertainty = 'none';
  readonly #hosts = new HostNames();
  #time = Number.NaN;
  // Where stamp and host stand that were read last, and how long they are; 0: in another block, or there was another line since.
  #headAt = 0;
  #headLength = 0;

  /** `known`: what the thread's other decoders have learnt; they read with the same `dispatch`. */
  constructor(dispatch: Dispatch, options: DecoderOptions, known = new KnownLines()) {
    this.#dispatch = dispatch;
    this.#known = known;
    this.#options = options;
    this.#askedFirst = new AskedFirst(dispatch);
    const emit = (event: Event) => {
      this.#askedFirst.hear(event);
      options.emit(event);
    };
    this.#decoder = new Decoder(dispatch, { ...options, emit }, known.addresses);
    this.#event = new LineEvent(known.addresses);
  }

  begin(path: string, head: readonly string[]): void {
    this.#decoder.begin(path, head);
    this.#askedFirst.begin(this.#decoder);
  }

  /**
   * Takes a block that begins at a line's beginning and ends at a line's end. The block may be written over afterwards. An event
   * is good until the next one comes, or the block is written over.
   */
  push(block: Buffer): void {
    const ascii = isAscii(block);
    this.#view = new DataView(block.buffer, block.byteOffset, block.length);
    this.#headLength = 0;
    let at = 0;
    while (at < block.length) {
      this.lines += 1;
      const next = this.#quickly(block, at);
      if (next !== -1) {
        at = next;
        continue;
      }
      let end = block.indexOf(NEWLINE, at);
      if (end === -1) end = block.length;
      if (end - at >= MAX_LINE_BYTES) this.cut += 1;
      const line = block.toString(ascii ? 'latin1' : 'utf8', at, end);
      this.#askedFirst.push(this.#decoder, line, this.lines);
      this.#dropMinute();
      this.#headLength = 0;
      if (this.#decoder.syslog !== null) this.#learn(block, at, end, line, this.#decoder.syslog);
      at = end + 1;
    }
    if (this.#isFresh) this.#event.detach();
    this.#isFresh = false;
  }

  end(): void {
    this.#decoder.end();
  }

  // The offset of the next line, or -1 when this one must go the long way.
  #quickly(block: Buffer, at: number): number {
    if (this.#decoder.readsSyslog) return this.#syslog === null ? -1 : this.#byTemplate(block, at);
    return this.#askedFirst.name === webAccess.name ? this.#asRequest(block, at) : -1;
  }

  #asRequest(block: Buffer, start: number): number {
    const { host, zone, emit } = this.#options;
    this.#web ??= new WebLines(this.#known.web, this.#known.addresses, host, zone);
    const event = this.#web.read(block, this.#view, start, this.lines);
    if (event === null) return -1;
    emit(event);
    return this.#web.end + 1;
  }

  #byTemplate(block: Buffer, start: number): number {
    const at = this.#beginsAlike(start) ? start + this.#headLength : this.#readHead(block, start);
    if (at === -1) return -1;
    const { tree } = this.#known;
    const template = tree.match(block, this.#view, at);
    return template !== null && this.#emit(template, block, start, at) ? tree.end + 1 : -1;
  }

  // Are a line's stamp and host those of the line before, byte for byte? Then its time and host are known.
  #beginsAlike(start: number): boolean {
    const view = this.#view;
    const length = this.#headLength;
    if (length < 4 || start + length > view.byteLength) return false;
    const before = this.#headAt;
    const last = length - 4;
    for (let at = 0; at < last; at += 4)
      if (view.getInt32(before + at, true) !== view.getInt32(start + at, true)) return false;
    return view.getInt32(before + last, true) === view.getInt32(start + last, true);
  }

  // Reads stamp and host, and the spaces after them; -1 when these are not told here.
  #readHead(block: Buffer, start: number): number {
    this.#headLength = 0;
    const hostAt = this.#stamp(block, start);
    if (hostAt === -1) return -1;
    const at = this.#hosts.read(block, hostAt);
    if (at === -1 || block[at] === SPACE) return -1;
    this.#headAt = start;
    this.#headLength = at - start;
    return at;
  }

  // Reads the stamp and the space after it; sets #time.
  #stamp(block: Buffer, start: number): number {
    const prefix = this.#prefix;
    if (prefix.length === 0) return this.#newMinute(block, start);
    for (let index = 0; index < prefix.length; index += 1)
      if (block[start + index] !== prefix[index]) return this.#newMinute(block, start);
    return this.#seconds(block, start + prefix.length);
  }

  #seconds(block: Buffer, at: number): number {
    const tens = (block[at] as number) - 48;
    const ones = (block[at + 1] as number) - 48;
    if (!(tens >= 0 && tens <= 5 && ones >= 0 && ones <= 9)) return -1;
    let ms = (tens * 10 + ones) * 1000;
    let end = at + 2;
    if (block[end] === 0x2e) {
      let scale = 100;
      const limit = end + 1 + MAX_FRACTION;
      for (end += 1; end < limit; end += 1, scale /= 10) {
        const digit = (block[end] as number) - 48;
        if (!(digit >= 0 && digit <= 9)) break;
        ms += digit * scale;
      }
    }
    const suffix = this.#suffix;
    for (let index = 0; index < suffix.length; index += 1) if (block[end + index] !== suffix[index]) return -1;
    this.#time = Math.floor(this.#minute + ms);
    return end + suffix.length;
  }

  #newMinute(block: Buffer, start: number): number {
    const syslog = this.#syslog as SyslogReader;
    const text = block.toString('latin1', start, Math.min(start + 40, block.length));
    const end = syslog.stamp.read(text, 0);
    if (end === -1 || text.charCodeAt(end) !== SPACE) return -1;
    return this.#settle(text, end, syslog) ? this.#seconds(block, start + this.#prefix.length) : -1;
  }

  // A line that went the long way may have moved the stamp reader on, and with it the year: no stamp is told from what was.
  #dropMinute(): void {
    if (this.#syslog === null || this.#syslog.stamp.minute.prefix === this.#prefixText) return;
    this.#prefix = NOTHING;
    this.#prefixText = '';
  }

  // Takes over what the stamp reader made of the stamp that `text` begins with.
  #settle(text: string, end: number, { stamp }: SyslogReader): boolean {
    const { prefix } = stamp.minute;
    const rest = /^(?<seconds>[0-5]\d)(?<fraction>\.\d{1,9})?(?<offset>Z|[+-]\d\d:?\d\d)? $/.exec(
      text.slice(prefix.length, end + 1),
    );
    if (!rest?.groups || !text.startsWith(prefix)) return false;
    const { seconds, fraction, offset } = rest.groups;
    this.#prefixText = prefix;
    this.#prefix = Buffer.from(prefix, 'latin1');
    this.#suffix = Buffer.from(`${offset ?? ''} `, 'latin1');
    this.#minute = stamp.time - Number(seconds) * 1000 - Math.floor(Number(fraction ?? 0) * 1000);
    this.#certainty = stamp.certainty;
    return true;
  }

  // Whether it was told here.
  #emit(template: Template, block: Buffer, start: number, tag: number): boolean {
    const { tree } = this.#known;
    const { connections } = this.#decoder;
    const host = this.#hosts.text;
    const time = this.#time;
    const pid = tree.values[template.pidSlot] as number;
    let peer: Peer | null = null;
    let known = NO_ADDRESS;
    if (template.addressSlot !== -1) {
      known = this.#addressIn(template.addressSlot, template.long);
      if (known === NO_ADDRESS) return false;
    }
    if (template.notes) {
      const port = template.portSlot === -1 ? template.port : (tree.values[template.portSlot] as number);
      connections.noteKnown(host, pid, time, template.address, port, template.ends, known);
    } else if (template.completes) {
      peer = connections.find(host, pid, time, template.ends);
      if (peer !== null) known = peer.known;
    }
    const event = this.#event;
    event.account = template.userSlot === -1 ? template.account : this.#accountOf(template, template.userSlot);
    event.line = this.lines;
    event.count = tree.values[template.timesSlot] as number;
    event.time = time;
    event.certainty = this.#certainty;
    event.host = host;
    event.pid = pid;
    event.shape = template;
    event.known = known;
    event.peer = peer;
    event.block = block;
    event.start = start;
    event.tag = tag;
    event.end = tree.end;
    this.#isFresh = true;
    this.#decoder.pass(event);
    this.#options.emit(event);
    return true;
  }

  #addressIn(slot: number, long: boolean): number {
    const { tree, addresses } = this.#known;
    return long ? (tree.addresses[slot] as number) : addresses.of(tree.values[slot] as number);
  }

  #accountOf({ kinds }: Template, slot: number): KnownName {
    const { tree, addresses } = this.#known;
    if (kinds[slot] === NAME) return tree.names[slot] as KnownName;
    const isLong = kinds[slot] === LONG_ADDRESS;
    return knownName(
      isLong ? addresses.textOf(tree.addresses[slot] as number) : addressText(tree.values[slot] as number),
    );
  }

  // After a line went the long way: remember its host, and its template when it comes for the second time.
  #learn(block: Buffer, start: number, end: number, line: string, syslog: SyslogReader): void {
    this.#syslog = syslog;
    const { stampEnd, hostname } = syslog;
    if (stampEnd === -1 || hostname === '' || line.length !== end - start) return;
    if (syslog.stamp.minute.prefix !== this.#prefixText && !this.#settle(line.slice(0, 64), stampEnd, syslog)) return;
    const hostAt = stampEnd + 1;
    if (!line.startsWith(`${hostname} `, hostAt)) return;
    this.#hosts.keep(hostname);
    const tag = start + hostAt + hostname.length + 1;
    if (block[tag] === SPACE) return;
    const { scanner } = this.#known;
    scanner.scan(block, tag);
    if (!scanner.isDue()) return;
    const { repeated } = this.#decoder;
    const template = learnTemplate(scanner, this.#dispatch, { block, syslog, repeated, tag });
    if (template !== null) this.#known.keep(template);
  }
}
