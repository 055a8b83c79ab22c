import { AppError } from '../../../core/errors.ts';
import type { Entries } from '../entries.ts';
import type { About } from '../rows.ts';
import { confidenceOf, noteOf, untilOf } from './about.ts';
import { csvRows } from './csv-rows.ts';
import { broken } from './lines.ts';

/** Which columns are read: by name, as the first row or the last comment before it has it, or by number from 1. */
export interface CsvColumns {
  readonly value: string;
  readonly confidence?: string | undefined;
  readonly until?: string | undefined;
  readonly description?: string | undefined;
  readonly separator: string;
}

const NUMBER = /^\d{1,3}$/;
type Places = Readonly<Record<'value' | 'confidence' | 'until' | 'description', number>>;

/**
 * Rows with an entry in one column. Rows that begin with `#` are comments. Throws E_MALFORMED with the line whose column holds no
 * entry, E_CONFIG when there is no such column.
 */
export function readCsv(text: string, columns: CsvColumns, entries: Entries, about: About): void {
  let places = NUMBER.test(columns.value) ? placesIn([], columns) : null;
  let comment: readonly string[] = [];
  for (const [row, line] of csvRows(text, columns.separator)) {
    if (row.length === 1 && row[0] === '') continue;
    if (row[0]?.startsWith('#')) {
      comment = [row[0].replace(/^#\s*/, '').replaceAll('"', ''), ...row.slice(1)];
      continue;
    }
    if (places === null) {
      const named = isNamed(comment, columns);
      places = placesIn(named ? comment : row, columns);
      if (!named) continue;
    }
    take(row, line, places, entries, about);
  }
}

function isNamed(row: readonly string[], { value }: CsvColumns): boolean {
  return row.some((name) => name.toLowerCase() === value.toLowerCase());
}

function placesIn(header: readonly string[], columns: CsvColumns): Places {
  const place = (name: string | undefined): number => {
    if (name === undefined) return -1;
    if (NUMBER.test(name)) return Number(name) - 1;
    const at = header.findIndex((one) => one.toLowerCase() === name.toLowerCase());
    if (at < 0) throw new AppError('E_CONFIG', `there is no column ${JSON.stringify(name.slice(0, 80))}`);
    return at;
  };
  const { value, confidence, until, description } = columns;
  return { value: place(value), confidence: place(confidence), until: place(until), description: place(description) };
}

function take(row: readonly string[], line: number, places: Places, entries: Entries, about: About): void {
  const value = row[places.value];
  if (value === undefined) throw broken(line, `has no column ${places.value + 1}`);
  const said: About = {
    untilS: untilOf(row[places.until]) ?? about.untilS,
    confidence: confidenceOf(row[places.confidence]) ?? about.confidence,
    note: noteOf({ 'threat.indicator.description': row[places.description] }),
  };
  const plain = said.untilS === about.untilS && said.confidence === about.confidence && said.note === '';
  if (!entries.any(value, plain ? about : said))
    throw broken(line, 'is no address, network, domain, URL, hash or AS number', value);
}
