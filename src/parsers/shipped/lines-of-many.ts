import { objectIn } from '../../core/json-object.ts';
import type { EmitRecord, Parsed, RecordReader, RecordsParser } from '../../core/stages.ts';

const MAX_LENGTH = 20_971_520;

/** A parser of JSON lines that begin so, and of which each may hold several entries: an event each. A line without any is left alone. */
export function linesOfMany(
  name: string,
  beginning: RegExp,
  entriesOf: (document: Readonly<Record<string, unknown>>) => Iterable<Parsed>,
): RecordsParser {
  const claims = (line: string) => line.length <= MAX_LENGTH && beginning.test(line);
  return {
    kind: 'records',
    name,
    claims,
    open: (_, emit: EmitRecord): RecordReader => ({
      push(line, number) {
        const document = claims(line) ? objectIn(line) : null;
        if (document === null) return false;
        const entries = [...entriesOf(document)];
        for (const entry of entries) emit(entry, number, 1, line);
        return entries.length > 0;
      },
      end() {},
    }),
  };
}
