import { withFields } from '../core/event.ts';
import type { LineContext, LineParser, Parsed } from '../core/stages.ts';
import { SyslogReader } from '../core/syslog.ts';
import { type Dispatch, parseMessage } from './dispatch.ts';
import { unfolded } from './repeated.ts';

/** What was read inside an entry, and by whom. */
export interface Inner {
  readonly parser: string;
  readonly parsed: Parsed;
}

/**
 * Reads what stands whole inside an entry of another format: the line that a container's program wrote, within Docker's
 * json-file or the journal, and the access log that a web server sent to the journal.
 */
export class InnerLines {
  readonly #dispatch: Dispatch;
  readonly #context: LineContext;
  readonly #syslog: SyslogReader;
  #line: LineParser | null = null; // the parser that read the last one

  constructor(dispatch: Dispatch, context: LineContext) {
    this.#dispatch = dispatch;
    this.#context = context;
    this.#syslog = new SyslogReader(context.zone, context.year);
  }

  /** The entry with what its message says; null when that is no line of its own. */
  read(entry: Parsed): Inner | null {
    const { message = '', process = '', fields } = entry;
    if (message === '') return null;
    const isContained = entry.process === undefined || entry.forwarded || fields['container.id'] !== undefined;
    if (!isContained) return this.#byParsers(entry, message, this.#dispatch.linesByProgram.get(process) ?? []);
    const last = this.#line === null ? null : this.#byParsers(entry, message, [this.#line]);
    return last ?? this.#bySyslog(entry, message) ?? this.#byParsers(entry, message, this.#dispatch.lines);
  }

  #byParsers(entry: Parsed, message: string, parsers: readonly LineParser[]): Inner | null {
    for (const parser of parsers) {
      const parsed = parser.parse(message, this.#context);
      if (parsed === null) continue;
      this.#line = parser;
      return { parser: parser.name, parsed: within(entry, parsed) };
    }
    return null;
  }

  // Many a text passes for an envelope: it is one when what it holds is understood.
  #bySyslog(entry: Parsed, message: string): Inner | null {
    const syslog = this.#syslog;
    if (!syslog.read(message)) return null;
    const repeated = unfolded(syslog.message);
    if (repeated !== null) syslog.message = repeated.inner;
    if (parseMessage(this.#dispatch, syslog) === null) return null;
    const { time, certainty, hostname, appName, pid } = syslog;
    const parsed = {
      time,
      certainty,
      host: hostname,
      process: appName,
      pid,
      message: syslog.message,
      count: repeated?.times,
      said: true,
      fields: {},
    };
    return { parser: 'syslog', parsed: within(entry, parsed) };
  }
}

/** What the inner line says goes before the outer entry's word; its time does only when it is certain. */
function within(outer: Parsed, inner: Parsed): Parsed {
  const { time = Number.NaN } = inner;
  const isTimed = inner.certainty === 'exact' || outer.time === undefined || Number.isNaN(outer.time);
  const timed = isTimed && !Number.isNaN(time) ? inner : outer;
  return Object.assign({}, inner, {
    time: timed.time,
    certainty: timed.certainty,
    host: inner.host || outer.host,
    process: inner.process ?? outer.process,
    pid: inner.pid ?? outer.pid,
    message: inner.message ?? outer.message,
    fields: withFields(outer.fields, inner.fields),
  });
}
