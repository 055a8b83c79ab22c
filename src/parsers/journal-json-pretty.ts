import { objectIn } from '../core/json-object.ts';
import type { EmitRecord, LineContext, Parsed, RecordReader, RecordsParser } from '../core/stages.ts';
import { jsonEntry } from './journal/json-entry.ts';

const OPEN = /^(?<indent>[ \t]{0,16})\{$/;
/** A member that lists what was found, as searches in Elasticsearch, CloudWatch and others answer: its objects are read one by one. */
const LIST = /^[ \t]{1,16}"(?:hits|events|entries|results|records|value|logs|items)" ?: ?\[$/i;
const MAX_LINES = 200_000; // a message that is not text stands as a list, a byte a line
const MAX_CHARS = 4_194_304;

/** One JSON object over several lines, from its opening brace to the closing one under it. */
class Reader implements RecordReader {
  readonly #context: LineContext;
  readonly #emit: EmitRecord;
  #first = 0;
  #indent = '';
  #chars = 0;
  #lines: string[] = [];

  constructor(context: LineContext, emit: EmitRecord) {
    this.#context = context;
    this.#emit = emit;
  }

  push(line: string, number: number): boolean {
    if (this.#lines.length === 0) return this.#begin(line, number);
    if (this.#isClose(line) || LIST.test(line)) {
      this.#keep(line);
      this.#finish();
      return true;
    }
    // Members stand further in than the braces: anything else means that the rest of this object is missing.
    const isMember = line.startsWith(this.#indent) && /^[ \t]/.test(line.slice(this.#indent.length));
    if (!isMember || this.#lines.length >= MAX_LINES || this.#chars > MAX_CHARS) {
      this.#finish();
      return this.#begin(line, number);
    }
    this.#keep(line);
    return true;
  }

  end(): void {
    if (this.#lines.length > 0) this.#finish();
  }

  #begin(line: string, number: number): boolean {
    const opened = OPEN.exec(line)?.groups;
    if (!opened) return false;
    this.#first = number;
    this.#indent = opened['indent'] as string;
    this.#keep(line);
    return true;
  }

  #isClose(line: string): boolean {
    const rest = line.startsWith(this.#indent) ? line.slice(this.#indent.length) : '';
    return rest === '}' || rest === '},';
  }

  #keep(line: string): void {
    this.#lines.push(line);
    this.#chars += line.length + 1;
  }

  #finish(): void {
    const lines = this.#lines;
    this.#lines = [];
    this.#chars = 0;
    const raw = lines.join('\n');
    const parsed = jsonEntry(raw.replace(/,$/, ''), this.#context) ?? asLine(raw.replace(/,$/, ''));
    this.#emit(parsed ?? (raw.includes('"__CURSOR"') ? BROKEN : OTHER), this.#first, lines.length, raw);
  }
}

// The object as others have it, on one line: read again as such.
function asLine(text: string): Parsed | null {
  const object = objectIn(text);
  return object === null ? null : { message: JSON.stringify(object), said: true, fields: {} };
}

const OTHER: Parsed = { fields: {} }; // somebody's configuration, or a program's dump: nothing to say, and nothing lost
const BROKEN: Parsed = { fields: { 'event.kind': 'pipeline_error', 'error.code': 'broken_entry' } };

/** `journalctl -o json-pretty`, and the same entries as jq writes them; other objects over several lines are read as on one. */
export default {
  kind: 'records',
  name: 'journal-json-pretty',
  claims: (line: string) => OPEN.test(line),
  open: (context: LineContext, emit: EmitRecord) => new Reader(context, emit),
} satisfies RecordsParser;
