import { addressOf, type EcsFields, type Event, has, settled, userOf, withFields, withPeer } from '../core/event.ts';
import type { LineContext, LineParser, Parsed, RecordReader, RecordsParser } from '../core/stages.ts';
import { SyslogReader } from '../core/syslog.ts';
import { AddressNames } from './address-names.ts';
import { Connections } from './connections.ts';
import { type Dispatch, parseMessage, type Understood } from './dispatch.ts';
import { type Inner, InnerLines } from './inner-lines.ts';
import { unfolded } from './repeated.ts';
import { unparsed } from './unparsed.ts';

// Hot path: once per line.

/** An export of what a shipper wrote of a line: no entry stands deeper. */
const MOST_WITHIN = 2;
const LAST_REPEATED = /^(?:--- )?last message repeated (?<times>\d{1,7}) times?(?: ---)?$/;
const NUL_RUN = /\0{8,}/;
const MAX_ENVELOPES = 4096;
const NONE: EcsFields = {};
const MAX_PARTS = 16; // texts between runs of NULs that are shown

interface Envelope {
  readonly host: string;
  readonly process: string;
  readonly pid: number;
}

export interface DecoderOptions extends LineContext {
  /** Host of lines that name none; '' when unknown. */
  readonly host: string;
  readonly emit: (event: Event) => void;
}

/**
 * Turns the lines of one input into events, in order. What a line is, is told line by line: the format of the line before
 * is tried first. Every line that is not blank becomes an event or part of one; one that nothing reads has `parser: null`.
 */
export class Decoder {
  readonly #dispatch: Dispatch;
  readonly #options: DecoderOptions;
  readonly #syslog: SyslogReader;
  readonly connections: Connections;
  readonly #inner: InnerLines;
  readonly #readers = new Map<RecordsParser, RecordReader>();
  #reader: RecordReader | null = null; // the records reader that took the last line
  #accepted: RecordReader | null = null; // the one whose format the whole input is, as its first lines say
  #line: LineParser | null = null; // the line parser that read the last line
  #last: Event | null = null; // for "last message repeated"
  /** The envelope of the line pushed last, when it was syslog and told of its event itself; null otherwise. */
  syslog: SyslogReader | null = null;
  /** How often that line says its message came ("message repeated 3 times: […]"); null for one that says no such thing. */
  repeated: number | null = null;
  /** Envelopes around records inside syslog, by the line they came with: a record is complete only some lines later. */
  readonly #envelopes = new Map<number, Envelope>();

  /** `addresses`: numbers of those that lines read by template tell. */
  constructor(dispatch: Dispatch, options: DecoderOptions, addresses = new AddressNames()) {
    this.#dispatch = dispatch;
    this.#options = options;
    this.#syslog = new SyslogReader(options.zone, options.year);
    this.connections = new Connections(addresses);
    this.#inner = new InnerLines(dispatch, options);
  }

  /** True when a line of a plain syslog file would be tried as such first. */
  get readsSyslog(): boolean {
    return this.#reader === null && this.#line === null;
  }

  /** Lets formats that no single line betrays claim the input by its name and first lines. */
  begin(path: string, head: readonly string[]): void {
    const parser = this.#dispatch.records.find((candidate) => candidate.accepts?.(path, head));
    if (parser) this.#reader = this.#accepted = this.#readerOf(parser);
  }

  push(text: string, number: number): void {
    this.syslog = null;
    let line = number === 1 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text; // a byte order mark
    if (line.charCodeAt(line.length - 1) === 13) line = line.slice(0, -1);
    if (line.length === 0) return;
    if (this.#accepted?.push(line, number)) return; // first, or one line of another format would take the input from it
    if (this.#reader !== this.#accepted && this.#reader?.push(line, number)) return;
    if (this.#line !== null && this.#pushLine(this.#line, line, number)) return;
    if (this.#syslog.read(line)) {
      this.#line = null;
      this.#pushSyslog(line, number);
      return;
    }
    this.#pushOther(line, number);
  }

  end(): void {
    for (const reader of this.#readers.values()) reader.end();
  }

  /** Takes note of an event that was read past this decoder, by template. */
  pass(event: Event): void {
    this.#last = event;
  }

  #pushSyslog(line: string, number: number): void {
    const syslog = this.#syslog;
    this.repeated = null;
    if (syslog.message.charCodeAt(0) === 109 || syslog.appName === 'last' || syslog.appName === '') {
      const repeated = unfolded(syslog.message);
      if (repeated) {
        this.repeated = repeated.times;
        syslog.message = repeated.inner;
      } else if (this.#repeatLast(line, number)) return;
    }
    const understood = parseMessage(this.#dispatch, syslog);
    if (!understood && this.#pushWrapped(line, number)) return;
    this.syslog = syslog;
    this.#emitSyslog(line, number, understood);
  }

  #emitSyslog(line: string, number: number, understood: Understood | null): void {
    const syslog = this.#syslog;
    const host = syslog.hostname === '' ? this.#options.host : syslog.hostname;
    let fields = understood === null ? NONE : understood.fields;
    if (understood !== null && fields['process.name'] === undefined)
      fields = this.#withPeer(host, syslog.pid, syslog.time, fields);
    const event: Event = {
      line: number,
      lines: 1,
      count: this.repeated ?? 1,
      parser: understood === null ? 'syslog' : understood.parser,
      time: syslog.time,
      certainty: syslog.certainty,
      host,
      process: syslog.appName,
      pid: syslog.pid,
      message: syslog.message,
      fields,
      shape: null,
      address: addressOf(fields),
      user: userOf(fields),
      raw: line,
    };
    this.#last = event;
    this.#options.emit(event);
  }

  #withPeer(host: string, pid: number, time: number, fields: EcsFields): EcsFields {
    const ends = has(fields, 'event.type', 'end');
    const address = fields['source.ip'];
    if (typeof address === 'string') {
      this.connections.note(host, pid, time, address, fields['source.port'] as number | undefined, ends);
      return fields;
    }
    if (fields['source.address'] !== undefined) return fields;
    const peer = this.connections.find(host, pid, time, ends);
    return peer === null ? fields : withPeer(fields, peer.address, peer.port);
  }

  // "last message repeated 3 times": the forerunner again, at this line's time
  #repeatLast(line: string, number: number): boolean {
    const syslog = this.#syslog;
    const text = syslog.appName === '' ? syslog.message : `${syslog.appName} ${syslog.message}`;
    const times = LAST_REPEATED.exec(text)?.groups?.['times'];
    if (times === undefined || this.#last === null) return false;
    const { time, certainty } = syslog;
    this.#options.emit({
      ...settled(this.#last),
      line: number,
      lines: 1,
      count: Number(times),
      time,
      certainty,
      raw: line,
    });
    return true;
  }

  // A whole line of another format as a syslog message: nginx and Apache logging to syslog, audisp-syslog.
  #pushWrapped(line: string, number: number): boolean {
    const { appName, message, hostname, pid } = this.#syslog;
    const records = this.#dispatch.recordsByProgram.get(appName);
    if (records?.claims(message)) {
      this.#wrap(number, { host: hostname, process: appName, pid });
      return this.#readerOf(records).push(message, number);
    }
    const { linesByProgram } = this.#dispatch;
    const program = linesByProgram.has(appName) ? appName : appName.replace(/\/[\w.-]{1,64}$/, ''); // "httpd/shop": one of several
    for (const parser of linesByProgram.get(program) ?? []) {
      const parsed = parser.parse(message, this.#options);
      if (!parsed) continue;
      const { time, certainty } = this.#syslog;
      this.#emitParsed(
        { time, certainty, host: hostname, process: appName, pid, ...parsed },
        parser.name,
        number,
        1,
        line,
      );
      return true;
    }
    return false;
  }

  #wrap(number: number, envelope: Envelope): void {
    this.#envelopes.set(number, envelope);
    if (this.#envelopes.size <= MAX_ENVELOPES) return;
    const [oldest] = this.#envelopes.keys();
    if (oldest !== undefined) this.#envelopes.delete(oldest);
  }

  #pushLine(parser: LineParser, line: string, number: number): boolean {
    const parsed = parser.parse(line, this.#options);
    if (parsed === null) return false;
    this.#line = parser;
    this.#emitParsed(parsed, parser.name, number, 1, line);
    return true;
  }

  #pushOther(line: string, number: number): void {
    for (const parser of this.#dispatch.lines)
      if (parser !== this.#line && this.#pushLine(parser, line, number)) return;
    for (const parser of this.#dispatch.records) {
      if (!parser.claims(line)) continue;
      const reader = this.#readerOf(parser);
      if (!reader.push(line, number)) continue;
      this.#reader = reader;
      return;
    }
    if (line.charCodeAt(0) === 0 || NUL_RUN.test(line)) this.#pushNuls(line, number);
    else this.#emitUnparsed(line, number, NONE);
  }

  // A crash or a truncation under a writer leaves a run of NULs; the text after the last is read on its own.
  #pushNuls(line: string, number: number): void {
    const parts = line.split(/\0+/);
    const text = parts.pop() ?? '';
    const nuls = line.length - text.length - parts.reduce((sum, part) => sum + part.length, 0);
    for (const part of parts.slice(0, MAX_PARTS)) if (part !== '') this.#emitUnparsed(part, number, NONE);
    this.#emitUnparsed('', number, { 'error.code': 'nul_run', 'spoor.nul.bytes': nuls });
    if (text !== '') this.push(text, number);
  }

  #readerOf(parser: RecordsParser): RecordReader {
    let reader = this.#readers.get(parser);
    if (reader === undefined) {
      reader = parser.open(this.#options, (parsed, line, lines, raw) => {
        const around = this.#envelopes.get(line);
        this.#emitParsed(around ? Object.assign({}, around, parsed) : parsed, parser.name, line, lines, raw);
      });
      this.#readers.set(parser, reader);
    }
    return reader;
  }

  #emitParsed(given: Parsed, reader: string, line: number, lines: number, raw: string): void {
    const { parser, parsed } = given.said ? this.#understand(given, reader) : { parser: reader, parsed: given };
    this.#options.emit({
      line,
      lines,
      count: parsed.count ?? 1,
      parser,
      time: parsed.time ?? Number.NaN,
      certainty: parsed.certainty ?? 'none',
      host: parsed.host || this.#options.host,
      process: parsed.process ?? '',
      pid: parsed.pid ?? 0,
      message: parsed.message ?? '',
      fields: parsed.fields,
      shape: null,
      address: addressOf(parsed.fields),
      user: userOf(parsed.fields),
      raw,
    });
  }

  // A journal's entry holds what a program said, without the envelope that a syslog line would have. `within`: how many entries it stands in.
  #understand(entry: Parsed, reader: string, within = 0): Inner {
    const told = this.#said(entry);
    if (told !== null) return told;
    const inner = this.#inner.read(entry);
    if (inner === null) return { parser: reader, parsed: entry };
    const { said, process } = inner.parsed;
    if (!said) return inner;
    if (process === undefined)
      return within < MOST_WITHIN ? this.#understand(inner.parsed, inner.parser, within + 1) : inner;
    return this.#said(inner.parsed) ?? inner;
  }

  #said(entry: Parsed): Inner | null {
    const { process = '', host = '', pid = 0, fields, time = Number.NaN } = entry;
    if (entry.process === undefined) return null; // a line of its own, not a program's message
    const repeated = unfolded(entry.message ?? '');
    const message = repeated?.inner ?? entry.message ?? '';
    const understood = parseMessage(this.#dispatch, { appName: process, hostname: host, pid, message });
    if (understood === null) return null;
    const said = withFields(fields, this.#withPeer(host, pid, time, understood.fields));
    const count = repeated?.times ?? entry.count;
    return { parser: understood.parser, parsed: Object.assign({}, entry, { message, count, fields: said }) };
  }

  #emitUnparsed(line: string, number: number, fields: EcsFields): void {
    this.#options.emit(unparsed(line, number, fields, this.#options.host));
  }
}
