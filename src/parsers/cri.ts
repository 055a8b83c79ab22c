import type { TimeCertainty } from '../core/event.ts';
import type { EmitRecord, LineContext, RecordReader, RecordsParser } from '../core/stages.ts';
import { StampReader } from '../core/stamp.ts';

// Kubernetes' CRI logging format (kubelet's pkg/kubelet/kuberuntime/logs): "STAMP stdout|stderr TAGS TEXT". Of the tags only
// the first has a meaning: P is a part of a line that was too long, F is a whole line or the last part of one.
const LINE =
  /^(?<stamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (?<stream>stdout|stderr) (?<tag>[FP])(?::[^ ]{0,64})? (?<text>.*)$/s;
const SHAPE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP][: ]/;
const HEAD_LINES = 20;
const MAX_PARTS = 64; // of 16 KiB, as containerd and CRI-O cut
const MAX_CHARS = 4_194_304; // of what others cut
const MAX_SPAN = 10_000; // lines of the other stream in between

interface Part {
  readonly line: number;
  readonly text: string;
  readonly raw: string;
  readonly time: number;
  readonly certainty: TimeCertainty;
  readonly isLast: boolean;
}

const lengthOf = (parts: readonly Part[]) => parts.reduce((sum, { text }) => sum + text.length, 0);

class Reader implements RecordReader {
  readonly #emit: EmitRecord;
  readonly #stamp: StampReader;
  readonly #open = new Map<string, Part[]>(); // by stream
  /** Streams whose line was ended before its last part: what comes next begins in the middle of it. */
  readonly #torn = new Set<string>();

  constructor({ zone, year }: LineContext, emit: EmitRecord) {
    this.#emit = emit;
    this.#stamp = new StampReader(zone, year);
  }

  push(line: string, number: number): boolean {
    for (const [stream, [first]] of this.#open)
      if (first !== undefined && number - first.line >= MAX_SPAN) this.#close(stream);
    const groups = LINE.exec(line)?.groups;
    if (!groups || this.#stamp.read(groups['stamp'] as string, 0) === -1) return false;
    const { time, certainty } = this.#stamp;
    const stream = groups['stream'] as string;
    const isLast = groups['tag'] === 'F';
    const parts = this.#open.get(stream) ?? [];
    parts.push({ line: number, text: groups['text'] as string, raw: line, time, certainty, isLast });
    this.#open.set(stream, parts);
    if (isLast || parts.length >= MAX_PARTS || lengthOf(parts) >= MAX_CHARS) this.#close(stream);
    return true;
  }

  end(): void {
    for (const stream of [...this.#open.keys()]) this.#close(stream);
  }

  // No process is named: the text is a whole line of whatever runs in the container, written when its last part was. Of a line that was too long,
  // only the beginning is one: where the rest begins is up to whoever made it so long.
  #close(stream: string): void {
    const parts = this.#open.get(stream) ?? [];
    this.#open.delete(stream);
    const [first, last] = [parts[0], parts.at(-1)];
    if (first === undefined || last === undefined) return;
    const said = !this.#torn.has(stream);
    if (last.isLast) this.#torn.delete(stream);
    else this.#torn.add(stream);
    const { time, certainty } = last;
    const message = parts.map(({ text }) => text).join('');
    const raw = parts.map((part) => part.raw).join('\n');
    const fields = { 'log.logger': stream };
    this.#emit({ time, certainty, message, said, fields }, first.line, parts.length, raw);
  }
}

/** What containerd and CRI-O keep of a container's output: /var/log/containers, /var/log/pods. */
export default {
  kind: 'records',
  name: 'cri',
  claims: () => false, // a line of it could as well be syslog's, from a host called stdout
  accepts(_path: string, head: readonly string[]): boolean {
    const lines = head.filter((line) => line !== '').slice(0, HEAD_LINES);
    return lines.filter((line) => SHAPE.test(line)).length * 2 > lines.length;
  },
  open: (context: LineContext, emit: EmitRecord) => new Reader(context, emit),
} satisfies RecordsParser;
