import type { EmitRecord, LineContext, RecordReader, RecordsParser } from '../core/stages.ts';
import { civil, monthOf, StampReader } from '../core/stamp.ts';

// do_logfile_sudo() in sudo's lib/eventlog/eventlog.c: "STAMP : USER : [HOST=NAME : ]KEY=value ; …", wrapped at `loglinelen`
// (80) columns at blanks, further lines indented by four.
const FIRST =
  /^(?<stamp>(?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d))(?: (?<year>\d{4}))? : (?<user>[^:;]{1,256}) : (?:HOST=(?<host>[^\s:;]{1,253}) : )?(?<rest>.*)$/s;
const MORE = /^ {4}\S/;
const HEAD_LINES = 20;
const MAX_CHARS = 4_194_304; // more than a command and its environment may have (ARG_MAX)

type Groups = Readonly<Record<string, string | undefined>>;

class Reader implements RecordReader {
  readonly #context: LineContext;
  readonly #emit: EmitRecord;
  readonly #stamp: StampReader;
  #first: Groups | null = null;
  #lines: string[] = [];
  #line = 0;
  #chars = 0;

  constructor(context: LineContext, emit: EmitRecord) {
    this.#context = context;
    this.#emit = emit;
    this.#stamp = new StampReader(context.zone, context.year);
  }

  push(line: string, number: number): boolean {
    const first = FIRST.exec(line)?.groups;
    if (first) {
      this.end();
      this.#first = first;
      this.#lines = [line];
      this.#line = number;
      this.#chars = line.length;
      return true;
    }
    if (this.#first === null) return false;
    this.#chars += line.length;
    if (this.#chars > MAX_CHARS || !MORE.test(line)) {
      this.end();
      return false;
    }
    this.#lines.push(line);
    return true;
  }

  end(): void {
    const first = this.#first;
    if (first === null) return;
    this.#first = null;
    const rest = [first['rest'] as string, ...this.#lines.slice(1).map((line) => line.slice(4))].join(' ');
    const { time, certainty } = this.#timeOf(first);
    const message = `${first['user']} : ${rest}`;
    const host = first['host'];
    const parsed = { time, certainty, host, process: 'sudo', message, said: true, fields: {} };
    this.#emit(parsed, this.#line, this.#lines.length, this.#lines.join('\n'));
  }

  #timeOf(first: Groups): Pick<StampReader, 'time' | 'certainty'> {
    if (first['year'] === undefined) {
      const isRead = this.#stamp.read(first['stamp'] as string, 0) !== -1;
      return isRead ? this.#stamp : { time: Number.NaN, certainty: 'none' };
    }
    const number = (key: string) => Number(first[key]);
    const month = monthOf(first['month'] as string) ?? Number.NaN;
    const at = civil(number('year'), month, number('day'), number('hour'), number('minute'), number('second'));
    return Number.isNaN(at)
      ? { time: Number.NaN, certainty: 'none' }
      : { time: this.#context.zone.toInstant(at), certainty: 'zone' };
  }
}

/** sudo's own file (`Defaults logfile=/var/log/sudo.log`); the parser of its messages says what they mean. */
export default {
  kind: 'records',
  name: 'sudo-log',
  claims: () => false, // a line of it could as well be syslog's, from a host called ":"
  accepts(_path: string, head: readonly string[]): boolean {
    const lines = head.filter((line) => line !== '').slice(0, HEAD_LINES);
    const firsts = lines.filter((line) => FIRST.test(line)).length;
    return firsts > 0 && (firsts + lines.filter((line) => MORE.test(line)).length) * 2 > lines.length;
  },
  open: (context: LineContext, emit: EmitRecord) => new Reader(context, emit),
} satisfies RecordsParser;
