import type { EmitRecord, LineContext, RecordReader, RecordsParser } from '../core/stages.ts';
import { StampReader } from '../core/stamp.ts';

// Kubernetes' CRI logging format (kubelet's pkg/kubelet/kuberuntime/logs): "STAMP stdout|stderr TAGS TEXT". Of the tags only
// the first has a meaning: P is a part of a line that was too long, F is a whole line or the last part of one.
const LINE =
  /^(?<stamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (?<stream>stdout|stderr) (?<tag>[FP])(?::[^ ]{0,64})? (?<text>.*)$/s;
const SHAPE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP][: ]/;
const HEAD_LINES = 20;
const MAX_PARTS = 64; // of 16 KiB, as containerd and CRI-O cut

interface Part {
  readonly line: number;
  readonly text: string;
  readonly raw: string;
}

class Reader implements RecordReader {
  readonly #emit: EmitRecord;
  readonly #stamp: StampReader;
  readonly #open = new Map<string, Part[]>(); // by stream

  constructor({ zone, year }: LineContext, emit: EmitRecord) {
    this.#emit = emit;
    this.#stamp = new StampReader(zone, year);
  }

  push(line: string, number: number): boolean {
    const groups = LINE.exec(line)?.groups;
    if (!groups || this.#stamp.read(groups['stamp'] as string, 0) === -1) return false;
    const stream = groups['stream'] as string;
    const parts = this.#open.get(stream) ?? [];
    parts.push({ line: number, text: groups['text'] as string, raw: line });
    this.#open.set(stream, parts);
    if (groups['tag'] === 'F' || parts.length >= MAX_PARTS) this.#close(stream);
    return true;
  }

  end(): void {
    for (const stream of [...this.#open.keys()]) this.#close(stream);
  }

  // No process is named: the text is a whole line of whatever runs in the container, written when its last part was.
  #close(stream: string): void {
    const parts = this.#open.get(stream) ?? [];
    this.#open.delete(stream);
    const [first] = parts;
    if (first === undefined) return;
    const { time, certainty } = this.#stamp;
    const message = parts.map(({ text }) => text).join('');
    const raw = parts.map((part) => part.raw).join('\n');
    const fields = { 'log.logger': stream };
    this.#emit({ time, certainty, message, said: true, fields }, first.line, parts.length, raw);
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
