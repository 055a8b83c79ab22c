import { printable } from '../core/text.ts';
import type { Comparison } from '../ledger/compare/compare.ts';
import type { LineFinding, MissingRecord, Outside, RecordFinding } from '../ledger/compare/findings.ts';
import { RULES } from '../ledger/compare/line-key.ts';
import { formatTime } from '../ledger/record.ts';
import { quotePath } from '../trace/actions/words.ts';
import type { Proved } from './compare-proof.ts';

/** What was compared, for the telling. */
export interface Compared {
  readonly ledger: string;
  readonly stream: string;
  readonly comparison: Comparison;
  readonly proved: Proved;
  /** Older files of the same log that lie beside, and were not handed in. */
  readonly beside: readonly string[];
}

const number = (value: number) => value.toLocaleString('en');
const lines = (count: number) => (count === 1 ? '1 line' : `${number(count)} lines`);
const records = (count: number) => (count === 1 ? '1 record' : `${number(count)} records`);
const time = (us: number) => `${formatTime(us).slice(0, 19).replace('T', ' ')}Z`;

/** The command that prints the proof of a record. */
export function proofCommand(ledger: string, index: number): string {
  return `spoor prove ${quotePath(ledger)} ${index}`;
}

/** The comparison as a screen; what the host or a sender wrote is made printable. `columns`: the width that texts are cut to. */
export function comparisonText(compared: Compared, columns: number): string {
  const { comparison } = compared;
  const cut = (text: string, column: number) => printable(text, Math.max(20, columns - column));
  const shown = [
    headline(compared),
    ...missingRows(comparison, cut),
    ...changedRows(comparison, cut),
    ...addedRows(comparison, cut),
    ...movedRows(comparison, cut),
    summary(comparison),
    ...doubtRows(comparison),
    ...outsideRows(comparison, cut),
    ...besideRows(compared),
    ...proofRows(compared),
    ` Rules: ${RULES.length} things are looked through (priority, framing, form of the header); spoor compare --rules prints them`,
  ];
  return shown.map((row) => `${printable(row)}\n`).join('');
}

type Cut = (text: string, column: number) => string;

function headline({ comparison, proved }: Compared): string {
  const { missing } = comparison;
  const witnesses = proved.witnesses.length;
  const cosigned = witnesses === 0 ? '' : `, cosigned by ${witnesses} ${witnesses === 1 ? 'witness' : 'witnesses'}`;
  const sealed = proved.size === 0 ? '' : ` (checkpoint of ${records(proved.size)}${cosigned})`;
  const are = missing.count === 1 ? 'line is' : 'lines are';
  return ` ${number(missing.count)} ${are} missing on the host that the ledger holds${sealed}`;
}

const recordRow = (record: RecordFinding, cut: Cut) =>
  `#${number(record.index)}  ${time(record.receivedUs)}  ${cut(record.text ?? '(cannot be shown)', 36)}`;
const lineRow = ({ file, line, text }: LineFinding, cut: Cut) =>
  `${printable(file, 60)}:${line}  ${cut(text, file.length + 14)}`;
const more = (count: number, told: number) =>
  count > told ? [`   … and ${number(count - told)} more: --top 0 lists all, --json too`] : [];

function missingRows({ missing }: Comparison, cut: Cut): string[] {
  const rows: string[] = [];
  let before: MissingRecord['behind'] | undefined;
  for (const record of missing.told) {
    const { behind } = record;
    if (before === undefined || behind?.line !== before?.line || behind?.file !== before?.file)
      rows.push(
        behind === null ? '   before all lines of the file:' : `   behind ${printable(behind.file, 80)}:${behind.line}`,
      );
    before = behind;
    rows.push(`     ${recordRow(record, cut)}`);
  }
  return [...rows, ...more(missing.count, missing.told.length)];
}

function changedRows({ changed }: Comparison, cut: Cut): string[] {
  if (changed.count === 0) return [];
  const rows = changed.told.flatMap(({ record, line, difference }) => [
    `     ${recordRow(record, cut)}`,
    `     now ${lineRow(line, cut)}`,
    `         "${printable(difference.held, 80)}" became "${printable(difference.found, 80)}"`,
  ]);
  return [` ${lines(changed.count)} changed on the host`, ...rows, ...more(changed.count, changed.told.length)];
}

function addedRows({ added }: Comparison, cut: Cut): string[] {
  if (added.count === 0) return [];
  const rows = added.told.map((line) => `     ${lineRow(line, cut)}`);
  const head = ` ${lines(added.count)} on the host that the ledger never received: not sent, or forged`;
  return [head, ...rows, ...more(added.count, added.told.length)];
}

function movedRows({ moved }: Comparison, cut: Cut): string[] {
  if (moved.count === 0) return [];
  const rows = moved.told.map(({ record, line }) => `     #${number(record.index)} is ${lineRow(line, cut)}`);
  const head = ` ${lines(moved.count)} in another order (senders with several queues, and UDP, do that too)`;
  return [head, ...rows, ...more(moved.count, moved.told.length)];
}

function summary({ added, changed, moved, same, unordered }: Comparison): string {
  const order = unordered === 0 ? '' : `, of them ${number(unordered)} that repeat too much to tell their order`;
  return ` ${lines(added.count)} on the host that the ledger never received · ${number(changed.count)} changed · ${number(moved.count)} moved · ${number(same)} the same${order}`;
}

/** Two logs that have next to nothing in common are hardly one log that was tampered with. */
function doubtRows({ missing, added, same }: Comparison): string[] {
  if (same === 0 || Math.min(missing.count, added.count) < 10 * same) return [];
  return [
    ' Hardly anything in common: is it the right stream, and the host’s zone (--tz)? If not, nothing above holds',
  ];
}

function outsideRows({ outside, same, changed, lines: all, limits }: Comparison, cut: Cut): string[] {
  const { older, newer, absent, unreadable } = outside;
  if (same + changed.count === 0 && older.records.count + older.lines.count > 0)
    return [
      all === 0
        ? ` The file is empty: ${records(older.records.count)} of the ledger are not in it. Rotated, or emptied? Hand in its rotated files, or say --from`
        : ` Nothing in common: ${records(older.records.count)} and ${lines(older.lines.count)}. Another stream, another span, or another zone (--tz)?`,
    ];
  const rotated = limits.fromUs === Number.POSITIVE_INFINITY ? '; if no rotation took them, say --from' : '';
  const taken = limits.takenFrom === 'given' ? 'was taken' : 'was last written, by its own time';
  return [
    ...edgeRow(older, `older than the file’s first line${rotated}`, 'older than the ledger’s first record', cut),
    ...edgeRow(
      newer,
      `received after the file ${taken}`,
      'newer than the ledger’s last record: not received so far',
      cut,
    ),
    ...edgeRow(absent, 'of a rotated file that was not handed in', '', cut),
    ...edgeRow(unreadable, 'whose text the ledger cannot show', 'that they may stand for', cut),
  ];
}

function edgeRow({ records: held, lines: found }: Outside, ofRecords: string, ofLines: string, cut: Cut): string[] {
  const rows: string[] = [];
  if (held.count > 0) rows.push(` Not judged: ${records(held.count)} ${ofRecords}`);
  if (held.first) rows.push(`     ${recordRow(held.first, cut)}`);
  if (held.last && held.count > 1) rows.push(`     ${recordRow(held.last, cut)}`);
  if (found.count > 0) rows.push(` Not judged: ${lines(found.count)} ${ofLines}`);
  if (found.first) rows.push(`     ${lineRow(found.first, cut)}`);
  if (found.last && found.count > 1) rows.push(`     ${lineRow(found.last, cut)}`);
  return rows;
}

/** Where the ledger reaches further back than the file: what a rotation would have left. */
function besideRows({ comparison, beside }: Compared): string[] {
  if (comparison.outside.older.records.count === 0) return [];
  const some = beside.slice(0, 5).map((name) => printable(name, 60));
  if (some.length > 0)
    return [
      `     older files lie beside it and were not handed in: ${some.join(', ')}${beside.length > 5 ? ', …' : ''}`,
    ];
  return ['     no older file of this log lies beside it: unless rotated ones were removed, these lines were deleted'];
}

function proofRows({ ledger, comparison, proved }: Compared): string[] {
  const first = comparison.missing.told[0] ?? comparison.changed.told[0]?.record;
  const rows: string[] = [];
  if (proved.why !== null) rows.push(` Not checked against a checkpoint: ${proved.why}`);
  else if (proved.records > 0)
    rows.push(
      ` ${records(proved.records)} told here ${proved.records === 1 ? 'was' : 'were'} checked against the signed checkpoint`,
    );
  if (proved.unsealed > 0)
    rows.push(` ${records(proved.unsealed)} told here ${proved.unsealed === 1 ? 'is' : 'are'} not sealed yet`);
  if (first) rows.push(` Proof of one: ${proofCommand(ledger, first.index)}`);
  return rows;
}
