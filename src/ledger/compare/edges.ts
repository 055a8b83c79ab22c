import type { TextAt } from './changes.ts';
import { type Fate, fateCode } from './lines.ts';
import type { FilePart, Sides } from './read-sides.ts';
import type { Fates, Gap } from './settle.ts';

/** Which span of time the files are said to cover. */
export interface Span {
  /** They reach back to here: what was received from then on and is older than their first line is missing. Null: not known. */
  readonly fromUs: number | null;
  /** They were taken from the host then: what was received later cannot be in them. Null: not known. */
  readonly takenUs: number | null;
  /** The newest file was last written then, as its own time stamp says. Null: not known. */
  readonly writtenUs: number | null;
}

/** What the span came to. */
export interface Limits {
  readonly fromUs: number;
  /** Records that were received after it cannot be in the files. Infinite: all could be. */
  readonly takenUs: number;
  readonly takenFrom: 'given' | 'file time' | 'not known';
}

/**
 * When the files end. Their time stamp counts only where it fits: when already the first record that they have was received after
 * it, the ledger was filled later, and receive times tell nothing of the file.
 */
export function limitsOf(span: Span, { ledger }: Sides, fates: Fates): Limits {
  const fromUs = span.fromUs ?? Number.POSITIVE_INFINITY;
  if (span.takenUs !== null) return { fromUs, takenUs: span.takenUs, takenFrom: 'given' };
  const first = fates.ledgerPartner.findIndex((partner) => partner !== -1);
  if (span.writtenUs === null || first === -1 || ledger.rtUs.at(first) > span.writtenUs)
    return { fromUs, takenUs: Number.POSITIVE_INFINITY, takenFrom: 'not known' };
  const last = fates.ledgerPartner.findLastIndex((partner) => partner !== -1);
  return { fromUs, takenUs: Math.max(span.writtenUs, ledger.rtUs.at(last)), takenFrom: 'file time' };
}

const OLDER = fateCode('older');
const NEWER = fateCode('newer');
const UNREADABLE = fateCode('unreadable');

/** Judges what only one side has: at the edges it may lie outside of what the other side covers, and then it is no accusation. */
export function judgeEdges(sides: Sides, fates: Fates, gaps: Iterable<Gap>, limits: Limits, textAt: TextAt): void {
  for (const gap of gaps) {
    const { first, last } = gap;
    if (first && last) nothingInCommon(fates, gap);
    else if (first) judgeFirst(sides, fates, gap, limits, textAt);
    else if (last) judgeLast(sides, fates, gap, limits, textAt);
    else if (isAtAbsent(sides.host.files, gap)) set(fates.ledger, gap.records, 'absent');
    excuseUnreadable(sides, fates, gap);
  }
}

function set(fates: Uint8Array, places: readonly number[], fate: Fate): void {
  const code = fateCode(fate);
  for (const place of places) fates[place] = code;
}

function nothingInCommon(fates: Fates, { records, lines }: Gap): void {
  set(fates.ledger, records, 'older');
  set(fates.host, lines, 'older');
}

function judgeFirst({ ledger }: Sides, fates: Fates, { records, lines }: Gap, limits: Limits, textAt: TextAt): void {
  if (records.length === 0) {
    set(fates.host, lines, 'older');
    return;
  }
  const order = stampOrder(textAt(false, lines[lines.length - 1] ?? -1), textAt(true, records[0] as number));
  if (order !== 'after') set(fates.host, lines, 'older');
  if (lines.length > 0 && order === 'before') return; // the file reaches back before the ledger: what it lacks is missing
  for (const record of records) if (ledger.rtUs.at(record) < limits.fromUs) fates.ledger[record] = OLDER;
}

function judgeLast({ ledger }: Sides, fates: Fates, { records, lines }: Gap, limits: Limits, textAt: TextAt): void {
  if (records.length === 0) {
    set(fates.host, lines, 'newer');
    return;
  }
  const order = stampOrder(textAt(false, lines[0] ?? -1), textAt(true, records[records.length - 1] as number));
  if (order !== 'before') set(fates.host, lines, 'newer');
  if (lines.length > 0 && order === 'after') return; // the file goes on after the ledger ends
  for (const record of records) if (ledger.rtUs.at(record) > limits.takenUs) fates.ledger[record] = NEWER;
}

type Text = ReturnType<TextAt>;

/** Is a line's stamp before a record's, or after it? Neither when one has none, they are the same, or a year may lie between. */
function stampOrder(line: Text, record: Text): 'before' | 'after' | null {
  if (!line?.stamp || !record?.stamp || line.stamp === record.stamp) return null;
  const months = Math.abs(Number(line.stamp.slice(0, 2)) - Number(record.stamp.slice(0, 2)));
  if (months > 6) return null;
  return line.stamp < record.stamp ? 'before' : 'after';
}

function isAtAbsent(files: readonly FilePart[], { after, before }: Gap): boolean {
  return files.some(({ from, afterAbsent }) => afterAbsent && from > after && from <= before);
}

/** Records without a text may be the lines that the ledger seems to lack there: as many lines are not called added. */
function excuseUnreadable({ ledger }: Sides, fates: Fates, { records, lines }: Gap): void {
  let excused = 0;
  for (const record of records) {
    const weight = ledger.unreadable.get(record);
    if (weight === undefined) continue;
    fates.ledger[record] = UNREADABLE;
    excused += weight;
  }
  for (const line of lines.slice(0, excused)) fates.host[line] = UNREADABLE;
}
