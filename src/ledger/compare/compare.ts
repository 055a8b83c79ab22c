import type { Zone } from '../../core/zone.ts';
import { align } from './align.ts';
import { findChanges, MOST_IN_ALL, MOST_IN_GAP } from './changes.ts';
import { judgeEdges, type Limits, limitsOf, type Span } from './edges.ts';
import {
  type AddedLine,
  type ChangedLine,
  endsOf,
  type MissingRecord,
  OUTSIDE,
  type Outside,
  type PairFinding,
  type Places,
  placesOf,
  Teller,
} from './findings.ts';
import { FORMS, type Form } from './header.ts';
import { FATES, type Fate, fateCode, type HostLines, type LedgerLines } from './lines.ts';
import { readSides, type Sides } from './read-sides.ts';
import { type Fates, gapsOf, settle } from './settle.ts';
import type { Side } from './side.ts';
import { Texts } from './texts.ts';

export interface CompareOptions extends Span {
  /** 8 random bytes: whoever writes the lines must not know them. The answer does not depend on them. */
  readonly key: Uint8Array;
  /** Zone of the host's stamps without one: used where the ledger's stamps state theirs and the file's do not. Null: as written. */
  readonly zone: Zone | null;
  /** The most findings that are told of each kind. All are counted. */
  readonly most: number;
}

/** All of a kind are counted, the first are told. */
export interface Kind<T> {
  readonly count: number;
  readonly told: readonly T[];
}

/** What a host's file and the ledger have in common, and what not. */
export interface Comparison {
  readonly records: number;
  readonly lines: number;
  readonly files: readonly { readonly file: string; readonly lines: number }[];
  /** In both, and unchanged; of them so many whose order cannot be told, as they repeat too much. */
  readonly same: number;
  readonly unordered: number;
  readonly missing: Kind<MissingRecord>;
  readonly changed: Kind<ChangedLine>;
  readonly added: Kind<AddedLine>;
  readonly moved: Kind<PairFinding>;
  readonly outside: Readonly<Record<(typeof OUTSIDE)[number], Outside>>;
  /** Lines of each form of header. */
  readonly forms: { readonly ledger: Readonly<Record<Form, number>>; readonly host: Readonly<Record<Form, number>> };
  readonly limits: Limits;
  /** Counted work of the alignment. */
  readonly steps: number;
}

/**
 * Compares a stream of the ledger with a host's file: what was deleted there, added, changed, put in another order. Holds some 30 bytes
 * a line, no texts but of what differs. Takes about n log n steps whatever the lines are. Throws E_UNAVAILABLE when the file changed while it was read.
 */
export async function compareLines(ledger: LedgerLines, host: HostLines, options: CompareOptions): Promise<Comparison> {
  const { key, zone, most } = options;
  const sides = await readSides(ledger, host, key, zone);
  const effort = { steps: 0 };
  const fates = settle(sides, align(sides.ledger.side, sides.host.side, sides.keys, effort));
  const texts = new Texts(ledger, host, sides, key, zone);
  await texts.hold(...wantedInGaps(fates));
  findChanges(fates, gapsOf(fates), texts.at);
  const limits = limitsOf(options, sides, fates);
  judgeEdges(sides, fates, gapsOf(fates), limits, texts.at);
  const [records, lines] = [placesOf(fates.ledger, most), placesOf(fates.host, most)];
  await texts.hold(...wantedToTell(fates, records, lines));
  return { ...tell(sides, new Teller(sides, fates, texts), fates, records, lines), limits, steps: effort.steps };
}

/** Places whose texts are likened, or whose stamps are asked for. */
function wantedInGaps(fates: Fates): [number[], number[]] {
  const wanted: [number[], number[]] = [[], []];
  let left = MOST_IN_ALL;
  for (const { records, lines, first, last } of gapsOf(fates)) {
    if (records.length === 0 || lines.length === 0) continue;
    const pairs = records.length * lines.length;
    const isLikened = pairs <= Math.min(MOST_IN_GAP, left);
    if (isLikened) left -= pairs;
    if (isLikened) push(wanted, records, lines);
    else if (first || last) push(wanted, endsIn(records), endsIn(lines));
  }
  return wanted;
}

function push([records, lines]: [number[], number[]], more: readonly number[], others: readonly number[]): void {
  records.push(...more);
  lines.push(...others);
}

function endsIn(places: readonly number[]): number[] {
  return [places[0] as number, places[places.length - 1] as number];
}

function wantedToTell(fates: Fates, records: readonly Places[], lines: readonly Places[]): [number[], number[]] {
  const ofRecords: number[] = [];
  const ofLines: number[] = [];
  for (const fate of ['missing', 'changed', 'moved'] as const)
    for (const place of records[fateCode(fate)]?.told ?? []) {
      ofRecords.push(place);
      if (fate !== 'missing') ofLines.push(fates.ledgerPartner[place] as number);
    }
  for (const place of lines[fateCode('added')]?.told ?? []) ofLines.push(place);
  for (const fate of OUTSIDE) push([ofRecords, ofLines], endsOf(fates.ledger, fate), endsOf(fates.host, fate));
  return [ofRecords, ofLines];
}

function tell(
  { ledger, host }: Sides,
  teller: Teller,
  fates: Fates,
  records: readonly Places[],
  lines: readonly Places[],
): Omit<Comparison, 'limits' | 'steps'> {
  const kind = <T>(all: readonly Places[], fate: Fate, finding: (place: number) => T): Kind<T> => {
    const { count, told } = all[FATES.indexOf(fate)] as Places;
    return { count, told: told.map(finding) };
  };
  const outside = Object.fromEntries(OUTSIDE.map((fate) => [fate, teller.outside(fate)]));
  return {
    records: ledger.side.count,
    lines: host.side.count,
    files: host.files.map(({ file, from }, at) => ({
      file,
      lines: (host.files[at + 1]?.from ?? host.side.count) - from,
    })),
    same: records[FATES.indexOf('same')]?.count ?? 0,
    unordered: fates.unordered.reduce((sum, is) => sum + is, 0),
    missing: kind(records, 'missing', (place) => teller.missing(place)),
    changed: kind(records, 'changed', (place) => teller.changed(place)),
    added: kind(lines, 'added', (place) => teller.added(place)),
    moved: kind(records, 'moved', (place) => teller.pair(place)),
    outside: outside as Comparison['outside'],
    forms: { ledger: formsOf(ledger.side), host: formsOf(host.side) },
  };
}

function formsOf({ form, count }: Side): Record<Form, number> {
  const counts = FORMS.map(() => 0);
  for (let at = 0; at < count; at += 1) (counts[form[at] as number] as number) += 1;
  return Object.fromEntries(FORMS.map((name, at) => [name, counts[at] as number])) as Record<Form, number>;
}
