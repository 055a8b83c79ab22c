import type { Event } from '../core/event.ts';
import type { Decoder } from './decoder.ts';
import type { Dispatch } from './dispatch.ts';

/**
 * Tells from a decoder's events which parser of single lines it would ask first for the next line. It is sure only while
 * no parser of records took a line: such a one is asked before all others.
 */
export class AskedFirst {
  /** The parser's name; null when it is not known, or when a line would be tried as syslog first. */
  name: string | null = null;
  readonly #lines: ReadonlySet<string>;
  #events = 0;
  #parser: string | null = null;
  #process = '';
  #sure = true;

  constructor(dispatch: Dispatch) {
    this.#lines = new Set(dispatch.lines.map(({ name }) => name));
  }

  /** An event came out. */
  hear({ parser, process }: Event): void {
    this.#events += 1;
    this.#parser = parser;
    this.#process = process;
  }

  /** A decoder before its first line. */
  begin({ readsSyslog }: Decoder): void {
    if (!readsSyslog) this.#sure = false;
  }

  /** Gives a line to the decoder. */
  push(decoder: Decoder, line: string, number: number): void {
    this.#events = 0;
    decoder.push(line, number);
    const events = this.#events;
    if (!this.#sure || line === '') return;
    const parser = this.#parser;
    const isLine = parser !== null && this.#process === '' && this.#lines.has(parser); // one inside a record has a process
    this.#sure = events === 1 && (isLine || parser === null || decoder.syslog !== null);
    if (!this.#sure || decoder.readsSyslog) this.name = null;
    else if (isLine) this.name = parser;
  }
}
