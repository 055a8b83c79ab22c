import type * as z from 'zod';
import type { EcsFields, Event, TimeCertainty } from './event.ts';
import type { YearOf } from './years.ts';
import type { Zone } from './zone.ts';

/** A record after its syslog envelope is gone. Names follow RFC 5424 §6. */
export interface Message {
  readonly appName: string;
  readonly hostname: string;
  /** 0 when the envelope has none. */
  readonly pid: number;
  readonly message: string;
}

/**
 * Reads what one family of programs says inside a syslog envelope. Pure: no clock, no I/O, no state.
 * `programs` names the APP-NAMEs it is asked for; `prefixes` the beginnings of messages it is asked for under any
 * program, before that program's own parser ("pam_unix(su:session): …"). `parse` returns null for "not mine".
 */
export interface MessageParser {
  readonly kind: 'message';
  readonly name: string;
  readonly programs: readonly string[];
  readonly prefixes?: readonly string[];
  /** Asked last for programs that no parser names (a shell profile that tags its lines with the user's name). */
  readonly anyProgram?: true;
  /** Fields 'process.name', 'process.pid', 'host.name' and 'message' override the envelope's when given. */
  parse(message: Message): EcsFields | null;
}

/** What a format without an envelope needs to know to tell the time. */
export interface LineContext {
  /** Zone of stamps that name none. */
  readonly zone: Zone;
  /** Infers the year of stamps that name none. */
  readonly year: YearOf;
}

/** What a line or record parser gives back. Absent parts are unknown. */
export interface Parsed {
  readonly time?: number | undefined; // ms since 1970, UTC
  readonly certainty?: TimeCertainty | undefined;
  readonly host?: string | undefined;
  readonly process?: string | undefined;
  readonly pid?: number | undefined;
  readonly message?: string | undefined;
  readonly count?: number | undefined;
  /** True when `process` said `message`, as in a syslog line: the message parsers are asked what it means. */
  readonly said?: boolean | undefined;
  /** True when a shipper carried `message`: it may be a whole line of another format, whatever `process` is called. */
  readonly forwarded?: boolean | undefined;
  readonly fields: EcsFields;
}

/**
 * Reads a format in which one line is one event and there is no syslog envelope (web access logs, dpkg.log). Pure.
 * `programs`: APP-NAMEs whose syslog messages are such lines ("nginx: 192.0.2.7 - - [..."); the envelope's host is kept.
 */
export interface LineParser {
  readonly kind: 'line';
  readonly name: string;
  readonly programs?: readonly string[];
  parse(line: string, context: LineContext): Parsed | null;
}

/** Hands a finished event over: what was read, its first line, how many lines, and those lines joined by \n. */
export type EmitRecord = (parsed: Parsed, line: number, lines: number, raw: string) => void;

/** One reading of one input by a records parser. */
export interface RecordReader {
  /** Takes the line, or returns false for "not mine". May emit this or earlier events. */
  push(line: string, number: number): boolean;
  /** Emits what is still open. */
  end(): void;
}

/**
 * Reads a format in which several lines make one event (auditd, apt history, journal export, shell history with stamps).
 * `claims` says whether a line can begin a record; once a reader took a line it is asked first for the next.
 * `accepts` is asked once for each input with its name and first lines, for formats that no single line betrays.
 */
export interface RecordsParser {
  readonly kind: 'records';
  readonly name: string;
  readonly programs?: readonly string[];
  claims(line: string): boolean;
  accepts?(path: string, head: readonly string[]): boolean;
  open(context: LineContext, emit: EmitRecord): RecordReader;
}

/** Reads a binary log (wtmp, lastlog), told by its first bytes, its size and the shape of its records. */
export interface BinaryParser {
  readonly kind: 'binary';
  readonly name: string;
  /** `head`: up to 64 KiB from the start; `size`: of the whole, in bytes; `path`: as handed in, a hint only. */
  accepts(head: Buffer, size: number, path: string): boolean;
  /** Where each record says all of itself: the bytes of one. It can then be kept, and parsed, by itself. */
  recordBytes?(head: Buffer): number;
  /** One event for each record; `line` is the record's number from 1; `raw` is a readable rendering. */
  parse(bytes: Buffer, context: LineContext): Iterable<Parsed & { readonly line: number; readonly raw: string }>;
}

export type Parser = MessageParser | LineParser | RecordsParser | BinaryParser;

/** Adds fields that a look-up in memory knows. Never removes or overwrites what a parser wrote. */
export interface Enricher {
  readonly name: string;
  enrich(event: Event): EcsFields;
}

/** One message as it arrived. `bytes` is never changed: it is the payload that the ledger hashes. */
export interface RawRecord {
  /** Source and channel, named by our configuration and by who was authenticated, never by the sender's text: `syslog-tls/web-1`. */
  readonly stream: string;
  readonly bytes: Uint8Array;
  /** Our clock, microseconds since 1970. */
  readonly receivedAtUs: number;
  /** Transport and peer address: `tls:192.0.2.7:51022`. */
  readonly via: string;
  /** Authenticated identity, or `none`. */
  readonly peer: string;
  /** The sender's own number, where the protocol has one. */
  readonly sourceSeq?: number;
  /** Where its source goes on after it: `inode.born:offset` of a file, a cursor of a journal. */
  readonly position?: string;
}

/** What a source has to say of itself, beside records. Every one is counted by kind and reason, and shown on the source's line. */
export interface SourceNote {
  /**
   * `connected`, `disconnected`: of one peer. `refused`: something was not taken (a frame, a connection, a request). `lost`: something
   * was lost before it reached us, and we know it. `trouble`: the source works, but not as it should (a file that may not be read).
   */
  readonly kind: 'connected' | 'disconnected' | 'refused' | 'lost' | 'trouble';
  /** A stable word for counting: `frame_too_long`, `certificate`, `receive_buffer`. */
  readonly reason: string;
  /** How many; 1 when absent. */
  readonly count?: number;
  /** Transport and peer address, as in records. */
  readonly via?: string;
  /** Authenticated identity. */
  readonly peer?: string;
  /** For people: what happened, and what to do. No secret, no more than 200 characters of what a sender wrote. */
  readonly detail?: string;
}

/** How a batch may be treated. */
export interface EmitOptions {
  /** The sender does not wait (UDP): when there is no room, what is not important is dropped, and counted. */
  readonly mayDrop?: boolean;
  /**
   * The sender can be told to come again (HTTP): while a person has to mend something before anything can be kept, `emit` rejects with
   * E_UNAVAILABLE at once. Others wait.
   */
  readonly mayRefuse?: boolean;
}

/** What a running source is given. */
export interface SourceContext {
  /**
   * Resolves once all of the batch is durable. Streams wait for it (back-pressure), and acknowledge after it; datagrams do not. It rejects
   * only when the server stops: then nothing of the batch may be acknowledged. A batch is of one or of many streams.
   */
  emit(batch: readonly RawRecord[], options?: EmitOptions): Promise<void>;
  /** Call once, when the first record could arrive, with the address that was bound or the path that is read. */
  ready(address: string): void;
  note(note: SourceNote): void;
  /** Microseconds since 1970. */
  nowUs(): number;
  /** Its name in the configuration (its type, where none was given): streams begin with it. */
  readonly name: string;
  /**
   * The `position` of the last record of a stream that the ledger holds; null when it holds none. A source that keeps positions asks it
   * once for each stream, before it goes on: what it kept itself may lag behind by what was on its way when the process was killed.
   */
  lastPosition?(stream: string): string | null;
  /** A folder of its own, where it keeps positions. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * Brings records in: a collector reads this host, a listener opens a socket.
 * `run` resolves when `signal` aborts and rejects on failure. It never starts again by itself: the supervisor does.
 */
export interface Source<C extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly config: C;
  /** The protocol tells senders nothing of what was kept: what is on its way when either end stops may be lost, and nobody knows it. */
  readonly isUnacknowledged?: true;
  run(config: z.output<C>, context: SourceContext): Promise<void>;
}

/** Ties the type of `config` to the argument of `run`. */
export const defineSource = <C extends z.ZodType>(source: Source<C>): Source<C> => source;
