import { AppError } from '../../core/errors.ts';
import { type AuthenticTree, provenEntry } from '../prove.ts';
import { parseTime, readHeader } from '../record.ts';
import type { LedgerSource } from '../source.ts';
import { TILE_WIDTH } from '../tile.ts';

/** Which records are wanted. Both ends belong to it. */
export interface Wanted {
  readonly range: { readonly first: number; readonly last: number } | null;
  readonly stream: string | null;
  /** Receive times, microseconds since 1970. */
  readonly sinceUs: number | null;
  readonly untilUs: number | null;
  /** These alone, whatever lies between them. */
  readonly records?: readonly number[];
}

/** The most records in one export. */
const MOST_RECORDS = 100_000;

/** Indexes of the records that are wanted, in order; a part of a long record brings the other parts along. */
export async function selectRecords(
  source: LedgerSource,
  tree: AuthenticTree,
  wanted: Wanted,
): Promise<readonly number[]> {
  const { stream, records } = wanted;
  if (records !== undefined) return whole(source, tree, records);
  const { first, end } = await bounds(source, tree, wanted);
  if (stream === null && end - first > MOST_RECORDS) throw tooMany();
  const indexes = new Set<number>();
  for await (const { index, fields } of headersIn(source, tree, first, end)) {
    if (stream !== null && fields['stream'] !== stream) continue;
    addWhole(indexes, index, fields);
  }
  if (indexes.size === 0) throw new AppError('E_NOT_FOUND', 'the log has no such record under its checkpoint');
  return [...indexes].sort((a, b) => a - b);
}

/** Records that were picked, with the other parts of long ones. */
async function whole(
  source: LedgerSource,
  tree: AuthenticTree,
  records: readonly number[],
): Promise<readonly number[]> {
  const indexes = new Set<number>();
  for (const [first, end] of runsOf(records))
    for await (const { index, fields } of headersIn(source, tree, first, end)) addWhole(indexes, index, fields);
  if (indexes.size === 0) throw new AppError('E_NOT_FOUND', 'the log has no such record under its checkpoint');
  return [...indexes].sort((a, b) => a - b);
}

function addWhole(indexes: Set<number>, index: number, fields: Readonly<Record<string, string>>): void {
  const [nth = 1, parts = 1] = (fields['part'] ?? '1/1').split('/').map(Number);
  for (let at = index - nth + 1; at <= index - nth + parts; at += 1) indexes.add(at);
  if (indexes.size > MOST_RECORDS) throw tooMany();
}

/** [from, end) of indexes that lie beside each other. */
function runsOf(records: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const index of [...new Set(records)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === index) last[1] = index + 1;
    else runs.push([index, index + 1]);
  }
  return runs;
}

/** Where along the index to look: from, up to and not with. */
async function bounds(source: LedgerSource, tree: AuthenticTree, { range, sinceUs, untilUs }: Wanted) {
  const minimum = await source.minimum();
  if (range !== null && range.last >= tree.size)
    throw new AppError('E_NOT_FOUND', `no record ${range.last}: ${tree.size} are under the checkpoint`);
  if (range !== null && range.first < minimum)
    throw new AppError('E_NOT_FOUND', `record ${range.first} was given up under the policy: ${minimum} is the first`);
  const from = range?.first ?? minimum;
  const to = range === null ? tree.size : range.last + 1;
  const times = new Times(source, tree);
  const first = sinceUs === null ? from : await times.firstAt(sinceUs, from, to);
  return { first, end: untilUs === null ? to : await times.firstAt(untilUs + 1, first, to) };
}

function tooMany(): AppError {
  return new AppError(
    'E_TOO_LARGE',
    `over ${MOST_RECORDS} records: narrow it, or give the whole log with "spoor ledger tree"`,
  );
}

/** Headers of records, each proved to be under the tree's root. */
async function* headersIn(
  source: LedgerSource,
  tree: AuthenticTree,
  first: number,
  end: number,
): AsyncGenerator<{ readonly index: number; readonly fields: Readonly<Record<string, string>> }> {
  for (let n = Math.floor(first / TILE_WIDTH); n * TILE_WIDTH < end; n += 1) {
    const entries = await source.bundle(n, Math.min(TILE_WIDTH, tree.size - n * TILE_WIDTH));
    for (let index = Math.max(first, n * TILE_WIDTH); index < Math.min(end, (n + 1) * TILE_WIDTH); index += 1) {
      const entry = entries[index % TILE_WIDTH] as Buffer;
      await tree.prove(index, entry);
      yield { index, fields: readHeader(entry).fields };
    }
  }
}

/** Receive times never go back along the index, so that a time is found by halving. */
class Times {
  readonly #source: LedgerSource;
  readonly #tree: AuthenticTree;

  constructor(source: LedgerSource, tree: AuthenticTree) {
    this.#source = source;
    this.#tree = tree;
  }

  /** Index of the first record from `us` on; `end` when there is none. */
  async firstAt(us: number, first: number, end: number): Promise<number> {
    let [low, high] = [first, end];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const { fields } = readHeader(await provenEntry(this.#source, this.#tree, middle));
      if (parseTime(fields['rt'] ?? '') < us) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
