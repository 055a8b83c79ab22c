import { AppError } from '../../core/errors.ts';
import { grouped } from '../../core/grouped.ts';

/** A file of a log, at its place among those that were rotated. */
export interface RotatedFile {
  readonly path: string;
  /** By the numbers in the names another file stands before this one, which was not handed in. */
  readonly afterAbsent: boolean;
}

const PACKED = /\.(?:gz|xz|bz2|zst|lzma|lz4|Z)$/;
const NUMBERED = /^(?<base>.+)\.(?<number>\d{1,4})$/;
const DATED = /^(?<base>.+?)[-._](?<date>(?:19|20)\d{2}-?\d{2}-?\d{2}(?:[-_.T]?\d{2,10})?)(?<ending>\.[A-Za-z]{1,8})?$/;

interface Named {
  readonly path: string;
  /** The name of the log, without what rotation adds. */
  readonly log: string;
  /** Digits of a date; those are the oldest. Empty for none. */
  readonly date: string;
  /** -1 for the file that is written to; larger is older. */
  readonly number: number;
}

/**
 * Puts a log's files in order, oldest first, by their names as logrotate, newsyslog and savelog give them: `a.log.2.gz`, `a.log.1`,
 * `a.log`; `a.log-20261115.gz`, `a.log`. Files of different logs keep the order in which they came. Throws E_USAGE for one rotation twice.
 */
export function inRotationOrder(paths: readonly string[]): RotatedFile[] {
  const logs = grouped(paths.map(nameOf), ({ log }) => log);
  return [...logs.values()].flatMap((files) => ordered(files));
}

/** The name of the log that a file is of, without what rotation and compression add. */
export function logOf(path: string): string {
  return nameOf(path).log;
}

function nameOf(path: string): Named {
  const name = path.replace(PACKED, '');
  const dated = DATED.exec(name)?.groups;
  if (dated)
    return {
      path,
      log: `${dated['base']}${dated['ending'] ?? ''}`,
      date: (dated['date'] as string).replace(/\D/g, ''),
      number: -1,
    };
  const numbered = NUMBERED.exec(name)?.groups;
  if (numbered) return { path, log: numbered['base'] as string, date: '', number: Number(numbered['number']) };
  return { path, log: name, date: '', number: -1 };
}

function ordered(files: readonly Named[]): RotatedFile[] {
  const sorted = [...files].sort(
    (one, other) =>
      Number(one.date === '') - Number(other.date === '') ||
      (one.date < other.date ? -1 : Number(one.date > other.date)) ||
      other.number - one.number,
  );
  return sorted.map(({ path, number, date }, at) => {
    const before = sorted[at - 1];
    if (before === undefined || before.path === path || before.date !== '') return { path, afterAbsent: false };
    if (before.number === number && date === '')
      throw new AppError('E_USAGE', `${before.path} and ${path} are one file of the rotation: hand in one of them`);
    return { path, afterAbsent: before.number - number > (number === -1 ? 2 : 1) };
  });
}
