import picocolors from 'picocolors';
import type { FoundEvent } from '../api/asking.ts';
import { AppError } from '../core/errors.ts';
import { fit as inColumns, printable } from '../core/text.ts';

/** How events are shown on a terminal, or in a file. */
export interface Showing {
  readonly color: boolean;
  /** Columns of the terminal; null: lines are as long as they are. */
  readonly columns: number | null;
}

const LONGEST = 4000;
const LEAST = 20;

/** As this process's output is. NO_COLOR (no-color.org) is heard. */
export function showingOf(stream: { readonly isTTY?: boolean; readonly columns?: number }): Showing {
  const isTerminal = stream.isTTY === true;
  return { color: isTerminal && !process.env['NO_COLOR'], columns: isTerminal ? (stream.columns ?? 80) : null };
}

/** One event, one line: time, record, host, program, account, source, what it said. A sender's text commands nothing there. */
export function eventLine({ position, document }: FoundEvent, { color, columns }: Showing): string {
  const c = picocolors.createColors(color);
  const text = (field: string) => (document[field] === undefined ? '' : String(document[field]));
  const time = `${text('@timestamp').slice(0, 19).replace('T', ' ')}Z`;
  const source = text('source.ip') || text('source.address') || text('source.domain');
  const heads = [time, `#${position}`, text('host.name'), text('process.name'), text('user.name'), source];
  const widths = [20, 9, 14, 12, 10, 15];
  const shown = heads.map((head, at) => padded(head, widths[at] ?? 0));
  const used = shown.reduce((sum, one) => sum + one.length + 1, 0);
  const [when = '', where = '', host = '', program = '', user = '', peer = ''] = shown;
  const said = text('message');
  const message =
    columns === null ? printable(said, LONGEST) : inColumns(said, Math.max(LEAST, columns - used)).trimEnd();
  const outcome = text('event.outcome');
  const tone = outcome === 'failure' ? c.red : outcome === 'success' ? c.green : (plain: string) => plain;
  return `${[c.dim(when), c.dim(where), c.cyan(host), program, c.yellow(user), c.magenta(peer)].join(' ')} ${tone(message)}\n`;
}

/** Short texts are padded; a longer one is cut, but for the place of a record, which is typed in again. */
const padded = (text: string, width: number) =>
  text.startsWith('#') ? printable(text, 40).padEnd(width) : inColumns(text || '-', width);

/** Lets pass what a question gives; an error of the query is shown under it first, where it is. */
export async function underQuery<T>(query: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const column = error instanceof AppError ? /query, column (\d+): /.exec(error.message)?.[1] : undefined;
    if (column !== undefined) {
      const before = printable(query.slice(0, Number(column) - 1));
      if (query.length <= 200) process.stderr.write(`  ${printable(query)}\n  ${inColumns('', before.length)}^\n`);
    }
    throw error;
  }
}

/** The query that stands on a command line in several words. Throws E_USAGE for what looks like an option that there is none of. */
export function queryOf(words: readonly string[]): string {
  const option = words.find((word) => word.startsWith('--'));
  if (option !== undefined)
    throw new AppError(
      'E_USAGE',
      `there is no option ${option.slice(0, 80)}; to search for it, write it in "quotes" within '…'`,
    );
  return words.join(' ');
}
