import { has } from '../core/event.ts';
import { grouped } from '../core/grouped.ts';
import { findingOf, requested } from './finding-of.ts';
import type { Citer, Noted } from './noted.ts';
import { isAnswered } from './role.ts';
import type { Finding } from './story.ts';
import { DUMPED } from './web-kinds.ts';
import { answeredQuestions, rowsInTurn } from './web-walk.ts';

/** Who tries whether a page has a hole asks a few times for rows; who reads a table asks for each part of it. */
const READS = 20;
/** Trials that tell how long the page is when it gives nothing. */
const TRIALS = 2;
/** A page that repeats what it was asked, or a list of what it found, grows by less. */
const LONGER = 3;
/** One answer for everything is no table's. */
const DIFFERENT = 10;
/** Between the two words stand spaces, comments and their encodings. */
const APART = 80;
/** Between one request and the next of one reading. */
const RUSH_MS = 600_000;

/**
 * SQL injection by which a table was read: many requests for rows of another table, answered with success, with many lengths,
 * and several times as long as what the same page answers to who only tries; or rows in turn, each of a length
 * of its own; or questions for single characters that followed the answers. By one address; or, where none did so alone, by those that
 * asked one page within minutes of one another.
 */
export function webDumps(notables: readonly Noted[], citer: Citer): Finding[] {
  const injected = notables.filter(
    ({ fields }) => has(fields, 'event.category', 'web') && has(fields, 'rule.category', 'sqli') && isAnswered(fields),
  );
  const pages = grouped(injected, ({ host, fields }) => `${host} ${fields['url.path']}`);
  return [...pages.values()].flatMap((asked) => {
    const reads = [...grouped(asked, ({ address }) => address).values()].flatMap((byOne) => dumped(byOne));
    // Who has many addresses, asks from each for a little.
    return (reads.length > 0 ? reads : rushes(asked).flatMap(dumped)).map((read) => tell(read, citer));
  });
}

/** The same page asked again and again, by whomever. */
function rushes(asked: readonly Noted[]): Noted[][] {
  const found: Noted[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const one of asked.filter(({ time }) => Number.isFinite(time)).sort((a, b) => a.time - b.time)) {
    if (one.time - last <= RUSH_MS) found.at(-1)?.push(one);
    else found.push([one]);
    last = one.time;
  }
  return found;
}

/** The requests that read, and what they say of how much. */
interface Read {
  readonly by: readonly Noted[];
  readonly size: string;
}

function dumped(asked: readonly Noted[]): Read[] {
  if (asked.length < READS) return [];
  const reads = asked.filter((one) => isForRows(one) && !isOfAConsole(one));
  const trials = asked.filter((one) => !isForRows(one)).map(lengthOf);
  const rows = areLong(reads, trials) ? reads : rowsInTurn(reads, trials, lengthOf);
  if (rows.length > 0) {
    const bytes = rows.reduce((sum, one) => sum + lengthOf(one) * one.count, 0);
    return [{ by: rows, size: `${bytes.toLocaleString('en')} bytes in ${rows.length.toLocaleString('en')} answers` }];
  }
  const questions = answeredQuestions(asked);
  if (questions === 0) return [];
  return [{ by: asked, size: `${questions.toLocaleString('en')} questions, each by the answer to the one before` }];
}

function areLong(reads: readonly Noted[], trials: readonly number[]): boolean {
  if (reads.length < READS) return false;
  const lengths = reads.map(lengthOf).sort((a, b) => a - b);
  const usual = lengths[lengths.length >> 1] as number;
  return trials.length >= TRIALS && new Set(lengths).size >= DIFFERENT && usual >= LONGER * Math.max(1, mostOf(trials));
}

/** What three quarters of the lengths do not exceed: one trial may have given the whole table. */
function mostOf(lengths: readonly number[]): number {
  const sorted = [...lengths].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length * 3) / 4)] ?? 0;
}

function tell({ by, size }: Read, citer: Citer): Finding {
  const byAddress = [...grouped(by, ({ address }) => address)].sort(([, a], [, b]) => b.length - a.length);
  const [address, most] = byAddress[0] as [string, Noted[]];
  const others = byAddress.length === 1 ? '' : ` and ${byAddress.length - 1} more`;
  const asked = String(by[0]?.fields['url.original'] ?? '').slice(0, 160);
  return { ...findingOf(DUMPED, by, `${address}${others}: ${size}: ${asked}`, citer), request: requested(most) };
}

// UNION SELECT … FROM, in whatever dress; with no table it only tries how many columns there are.
function isForRows({ fields }: Noted): boolean {
  const text = String(fields['url.original'] ?? '')
    .slice(0, 4096)
    .toLowerCase();
  const union = text.indexOf('union');
  const select = union === -1 ? -1 : text.indexOf('select', union);
  return select !== -1 && select - union < APART && text.indexOf('from', select) !== -1;
}

const CONSOLE =
  /[?&][^=&]{1,80}=(?:[\s+(]|%20|%28|%0a|%0d){0,20}(?:select|with)(?:[\s+(*]|%20|%28|%2a|%0a)[^&]{0,4096}/gi;

// A value that begins with a query is one that the page takes: a console, a report. An injection goes on with something; and it may stand
// in another value beside one.
function isOfAConsole({ fields }: Noted): boolean {
  const url = String(fields['url.original'] ?? '').slice(0, 4096);
  const rest = url.replace(CONSOLE, '');
  return rest !== url && !/select|union/i.test(rest);
}

function lengthOf({ fields }: Noted): number {
  const bytes = fields['http.response.body.bytes'];
  return typeof bytes === 'number' ? bytes : 0;
}
