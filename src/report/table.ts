import { type Line, lineColumns, padLine, type Span, wrap } from './layout.ts';

/** How one column of a table behaves. */
export interface Column {
  readonly align?: 'left' | 'right';
  /** Gives up width when the table is too wide, down to `least` columns (default 8). */
  readonly flexible?: boolean;
  readonly least?: number;
  /** Never wider than this. */
  readonly most?: number;
  /** Lines that a cell may take before it is cut (default 1). */
  readonly lines?: number;
}

const GAP = 2;

function naturalWidths(rows: readonly (readonly Line[])[], columns: readonly Column[]): number[] {
  return columns.map(({ most: limit }, at) => {
    const widest = rows.reduce((most, cells) => Math.max(most, lineColumns(cells[at] ?? [])), 0);
    return Math.min(widest, limit ?? Number.POSITIVE_INFINITY);
  });
}

const sum = (widths: readonly number[]): number => {
  const used = widths.filter((width) => width > 0);
  return used.reduce((total, width) => total + width, 0) + Math.max(0, used.length - 1) * GAP;
};

/** Takes width from the widest flexible column, again and again, until the table fits or none can give more. */
function shrink(widths: number[], columns: readonly Column[], room: number): number[] {
  for (let over = sum(widths) - room; over > 0; over -= 1) {
    let widest = -1;
    for (const [at, width] of widths.entries())
      if (columns[at]?.flexible && width > (columns[at]?.least ?? 8) && width > (widths[widest] ?? 0)) widest = at;
    if (widest === -1) return widths;
    widths[widest] = (widths[widest] as number) - 1;
  }
  return widths;
}

function layRow(cells: readonly Line[], columns: readonly Column[], widths: readonly number[]): Line[] {
  const shown = columns.flatMap((column, at) => {
    const width = widths[at] ?? 0;
    return width > 0 ? [{ column, width, lines: wrap(cells[at] ?? [], width, column.lines ?? 1) }] : [];
  });
  const height = Math.max(1, ...shown.map(({ lines }) => lines.length));
  return Array.from({ length: height }, (_, row) =>
    shown.flatMap(({ column, width, lines }, at): Span[] => {
      const cell = padLine(lines[row] ?? [], width, column.align);
      return at === 0 ? [...cell] : [{ text: ' '.repeat(GAP), tone: 'plain' }, ...cell];
    }),
  );
}

/**
 * Rows of cells, each as lines of at most `room` columns (unless the rigid columns alone need more). Columns are as
 * wide as their widest cell; a column that is empty in all rows takes no room at all.
 */
export function tableRows(rows: readonly (readonly Line[])[], columns: readonly Column[], room: number): Line[][] {
  const widths = shrink(naturalWidths(rows, columns), columns, room);
  return rows.map((cells) => layRow(cells, columns, widths));
}

/** The lines of all rows. */
export function table(rows: readonly (readonly Line[])[], columns: readonly Column[], room: number): Line[] {
  return tableRows(rows, columns, room).flat();
}

const LABEL = 14;

/** Columns that a section leaves for its lines. */
export function sectionRoom(columns: number): number {
  return Math.max(8, columns - LABEL - 1); // one column stays free at the right
}

/** Lines beside a head in the left margin. No lines, no section. */
export function section(head: Line, lines: readonly Line[]): Line[] {
  return lines.map((spans, at) => [...padLine(at === 0 ? head : [], LABEL), ...spans]);
}
