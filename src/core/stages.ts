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
  /** One event for each record; `line` is the record's number from 1; `raw` is a readable rendering. */
  parse(bytes: Buffer, context: LineContext): Iterable<Parsed & { readonly line: number; readonly raw: string }>;
}

export type Parser = MessageParser | LineParser | RecordsParser | BinaryParser;

/** Adds fields that a look-up in memory knows. Never removes or overwrites what a parser wrote. */
export interface Enricher {
  readonly name: string;
  enrich(event: Event): EcsFields;
}
