import type { EmitRecord, LineContext, Parsed, RecordReader, RecordsParser } from '../../core/stages.ts';
import { StampReader } from '../../core/stamp.ts';

const HEAD_LINES = 20;

/** A format whose lines begin with a time stamp, so that a single one could as well be syslog's. */
export interface StampedFormat {
  readonly name: string;
  /** What its lines look like, anchored. */
  readonly shape: RegExp;
  /** Reads what follows the stamp; null for "not mine". */
  read(text: string): Omit<Parsed, 'time' | 'certainty'> | null;
}

/** A parser that claims an input when most of its first lines have the shape; each line then is an event. */
export function stampedLines({ name, shape, read }: StampedFormat): RecordsParser {
  return {
    kind: 'records',
    name,
    claims: () => false,
    accepts(_path: string, head: readonly string[]): boolean {
      const lines = head.filter((line) => line !== '').slice(0, HEAD_LINES);
      return lines.filter((line) => shape.test(line)).length * 2 > lines.length;
    },
    open(context: LineContext, emit: EmitRecord): RecordReader {
      const stamp = new StampReader(context.zone, context.year);
      const push = (line: string, number: number): boolean => {
        if (!shape.test(line)) return false;
        const end = stamp.read(line, 0);
        const parsed = end === -1 ? null : read(line.slice(end + 1));
        if (parsed === null) return false;
        emit({ time: stamp.time, certainty: stamp.certainty, ...parsed }, number, 1, line);
        return true;
      };
      return { push, end: () => undefined };
    },
  };
}
