import type { Alignment } from './align.ts';
import { fateCode } from './lines.ts';
import type { Sides } from './read-sides.ts';
import { isSame } from './side.ts';

/** What became of each record and each line, by `fateCode`, and which is which. */
export interface Fates {
  readonly ledger: Uint8Array;
  readonly host: Uint8Array;
  /** Place on the other side; -1 for none. */
  readonly ledgerPartner: Int32Array;
  readonly hostPartner: Int32Array;
  /** 1 for a record that is the same as its line, but whose order cannot be told: lines repeat so much there. */
  readonly unordered: Uint8Array;
}

/** A stretch between two places that both sides have, with lines in it that only one has. */
export interface Gap {
  /** Places of records that the file lacks. */
  readonly records: readonly number[];
  /** Places of lines that the ledger lacks. */
  readonly lines: readonly number[];
  /** Nothing that both have comes before it, or after it. */
  readonly first: boolean;
  readonly last: boolean;
  /** Places on the host's side that it lies between: after, and before. */
  readonly after: number;
  readonly before: number;
}

export const SAME = fateCode('same');
const MOVED = fateCode('moved');
export const CHANGED = fateCode('changed');
const MISSING = fateCode('missing');
const ADDED = fateCode('added');

/**
 * Settles what the alignment left over: a record and a line that are the same, in another order, were moved; every other record is
 * missing, every other line added, until the gaps and edges are judged.
 */
export function settle({ ledger, host, keys }: Sides, { partner, rough }: Alignment): Fates {
  const fates: Fates = {
    ledger: new Uint8Array(ledger.side.count).fill(MISSING),
    host: new Uint8Array(host.side.count).fill(ADDED),
    ledgerPartner: partner,
    hostPartner: new Int32Array(host.side.count).fill(-1),
    unordered: new Uint8Array(ledger.side.count),
  };
  for (let at = 0; at < partner.length; at += 1) {
    const other = partner[at] as number;
    if (other !== -1) join(fates, at, other, isSame(ledger.side, at, host.side, other) ? SAME : CHANGED);
  }
  pairLeft(fates, rough, keys.exact.size, ledger.side.exact, host.side.exact, () => true);
  const forms = [ledger.side.form, host.side.form] as const;
  const otherForm = (at: number, other: number) => forms[0][at] !== forms[1][other];
  pairLeft(fates, rough, keys.loose.size, ledger.side.loose, host.side.loose, otherForm);
  return fates;
}

/** Says that a record and a line are one. */
export function join(fates: Fates, at: number, other: number, fate: number): void {
  fates.ledgerPartner[at] = other;
  fates.hostPartner[other] = at;
  fates.ledger[at] = fate;
  fates.host[other] = fate;
}

function pairLeft(
  fates: Fates,
  rough: Uint8Array,
  size: number,
  records: Int32Array,
  lines: Int32Array,
  fits: (at: number, other: number) => boolean,
): void {
  const { hostPartner, ledgerPartner } = fates;
  const first = new Int32Array(size); // place + 1 of a key's first line that is left; 0: none
  const next = new Int32Array(hostPartner.length);
  for (let at = hostPartner.length - 1; at >= 0; at -= 1) {
    if (hostPartner[at] !== -1) continue;
    next[at] = first[lines[at] as number] as number;
    first[lines[at] as number] = at + 1;
  }
  for (let at = 0; at < ledgerPartner.length; at += 1) {
    const key = records[at] as number;
    const found = ledgerPartner[at] !== -1 || key === -1 ? 0 : (first[key] as number);
    if (found === 0 || !fits(at, found - 1)) continue;
    first[key] = next[found - 1] as number;
    fates.unordered[at] = rough[at] as number;
    join(fates, at, found - 1, rough[at] === 1 ? SAME : MOVED);
  }
}

/** The gaps, in order. What was moved neither bounds a gap nor stands in one. */
export function* gapsOf(fates: Fates): Generator<Gap> {
  const { ledger, host, ledgerPartner } = fates;
  let from = 0;
  let after = -1;
  while (from <= ledger.length) {
    const to = nextBound(fates, from);
    const before = to < ledger.length ? (ledgerPartner[to] as number) : host.length;
    const records = placesIn(ledger, MISSING, from, to);
    const lines = placesIn(host, ADDED, after + 1, before);
    if (records.length > 0 || lines.length > 0)
      yield { records, lines, first: after === -1, last: to === ledger.length, after, before };
    after = before;
    from = to + 1;
  }
}

function nextBound(fates: Fates, from: number): number {
  let at = from;
  while (at < fates.ledger.length && !bounds(fates, at)) at += 1;
  return at;
}

const NONE: readonly number[] = [];

function placesIn(fates: Uint8Array, fate: number, from: number, to: number): readonly number[] {
  if (from >= to) return NONE;
  const places: number[] = [];
  for (let at = from; at < to; at += 1) if (fates[at] === fate) places.push(at);
  return places;
}

/** Do a record and its line stand at one place of both sides' order? */
function bounds({ ledger, unordered }: Fates, at: number): boolean {
  return (ledger[at] === SAME || ledger[at] === CHANGED) && unordered[at] === 0;
}
