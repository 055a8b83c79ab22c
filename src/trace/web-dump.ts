import { has } from '../core/event.ts';
import { grouped } from '../core/grouped.ts';
import { type FindingKind, findingOf, requested } from './finding-of.ts';
import type { Citer, Noted } from './noted.ts';
import type { Finding } from './story.ts';

export const DUMPED: FindingKind = {
  title: 'Database read through a web page',
  level: 'critical',
  techniques: ['T1190', 'T1213.006'],
};
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

/**
 * SQL injection by which a table was read: many requests for rows of another table, answered with success, with many lengths,
 * and several times as long as what the same page answers to the same address when it only tries.
 */
export function webDumps(notables: readonly Noted[], citer: Citer): Finding[] {
  const injected = notables.filter(
    ({ fields }) => has(fields, 'event.category', 'web') && has(fields, 'rule.category', 'sqli'),
  );
  const pages = grouped(injected, ({ host, address, fields }) => `${host} ${address} ${fields['url.path']}`);
  return [...pages.values()].flatMap((asked) => {
    const reads = asked.filter(isForRows);
    return isDump(asked, reads) ? [tell(reads, citer)] : [];
  });
}

function isDump(asked: readonly Noted[], reads: readonly Noted[]): boolean {
  if (reads.length < READS) return false;
  const trials = asked.filter((one) => !isForRows(one)).map(lengthOf);
  const lengths = reads.map(lengthOf).sort((a, b) => a - b);
  const usual = lengths[lengths.length >> 1] as number;
  return trials.length >= TRIALS && new Set(lengths).size >= DIFFERENT && usual >= LONGER * Math.max(1, ...trials);
}

function tell(reads: readonly Noted[], citer: Citer): Finding {
  const [first] = reads as [Noted];
  const bytes = reads.reduce((sum, one) => sum + lengthOf(one) * one.count, 0);
  const asked = String(first.fields['url.original'] ?? '').slice(0, 160);
  const detail = `${first.address}: ${bytes.toLocaleString('en')} bytes in ${reads.length.toLocaleString('en')} answers: ${asked}`;
  return { ...findingOf(DUMPED, reads, detail, citer), request: requested(reads) };
}

// UNION SELECT, in whatever dress.
function isForRows({ fields }: Noted): boolean {
  const text = String(fields['url.original'] ?? '')
    .slice(0, 4096)
    .toLowerCase();
  const union = text.indexOf('union');
  const select = union === -1 ? -1 : text.indexOf('select', union);
  return select !== -1 && select - union < APART;
}

function lengthOf({ fields }: Noted): number {
  const bytes = fields['http.response.body.bytes'];
  return typeof bytes === 'number' ? bytes : 0;
}
