import { AppError } from '../core/errors.ts';
import { foldRow, leafHashOf } from '../core/tlog/merkle.ts';
import type { PolicyVerdict } from '../core/tlog/policy.ts';
import { AuthenticTree } from './prove.ts';
import type { LedgerRecord } from './record.ts';
import { RecordCheck } from './record-check.ts';
import type { LedgerSource } from './source.ts';
import { Edge, hashesAt, TILE_WIDTH, tilePath } from './tile.ts';

/** Something that is not as it was sealed, in plain words. */
export interface Problem {
  /** `record 17`, `records 256..511`, or a file. */
  readonly where: string;
  readonly what: string;
}

/** What a verification found. */
export interface Findings {
  readonly problems: Problem[];
  /** What is no fault, and is to be known. */
  readonly remarks: string[];
}

/** A walk over all records under a checkpoint. */
export interface Walked {
  /** The root that the records give; null when some could not be read. */
  readonly root: Buffer | null;
  /** Hashes at the edge, by tile level: what a walk over later records goes on from. */
  readonly rows: readonly (readonly Buffer[])[];
  readonly check: RecordCheck;
  /** Index of the first record that was looked at: those before it were given up, as the source says. */
  readonly minimum: number;
}

export interface WalkOptions {
  readonly findings: Findings;
  /** Tiles of this level and above are stored, and are compared with what the records give: 0 or 1. */
  readonly storedLevel: 0 | 1;
  /** A record of the ledger's own. */
  readonly own?: (index: number, record: LedgerRecord) => void;
  /** Called after each bundle with how many records were read. */
  readonly onBundle?: (read: number, check: RecordCheck) => void;
}

/** A tile that differs from what the records give. */
interface Suspect {
  readonly level: number;
  readonly n: number;
  readonly width: number;
  /** Places of the differing hashes; null: the tile cannot be read. */
  readonly at: readonly number[] | null;
  readonly why: string;
}

const AHEAD = 4; // bundles that are being read while one is hashed
const MAX_PROBLEMS = 1000;

/** Adds a problem; of very many only the first. */
export function tell({ problems }: Findings, where: string, what: string): void {
  const last = problems[problems.length - 1];
  const [before, now] = [rangeOf(last?.where ?? ''), rangeOf(where)];
  if (last?.what === what && before !== null && now !== null && before.end + 1 === now.begin) {
    problems[problems.length - 1] = { where: `records ${before.begin}..${now.end}`, what };
    return;
  }
  if (problems.length < MAX_PROBLEMS) problems.push({ where, what });
}

/** A read that runs ahead may fail before it is waited for: that must not end the process. */
function handled<T>(read: Promise<T>): Promise<T> {
  read.catch(() => {});
  return read;
}

/** Is it a fault of the log? That we may not read it, or cannot reach it, is none. */
function isFault(error: unknown): error is AppError {
  return error instanceof AppError && ['E_TAMPERED', 'E_MALFORMED', 'E_NOT_FOUND'].includes(error.code);
}

function rangeOf(where: string): { begin: number; end: number } | null {
  const parts = /^records? (?<begin>\d+)(?:\.\.(?<end>\d+))?$/.exec(where)?.groups;
  return parts ? { begin: Number(parts['begin']), end: Number(parts['end'] ?? parts['begin']) } : null;
}

/** Checks each record and each tile under a checkpoint that was judged before. Everything that is wrong goes to the findings. */
export class LogWalk {
  readonly #source: LedgerSource;
  readonly #options: WalkOptions;
  readonly #suspects: Suspect[] = [];
  readonly #tiles: { level: number; n: number; hashes: readonly Buffer[] }[] = [];
  #pruned: readonly { n: number }[] = [];
  #broken = false;
  /** Bundles that could not be read: their hashes tell nothing. */
  readonly #unread = new Set<number>();

  constructor(source: LedgerSource, options: WalkOptions) {
    this.#source = source;
    this.#options = options;
  }

  async run({ checkpoint }: PolicyVerdict): Promise<Walked> {
    const { findings, own } = this.#options;
    const size = Number(checkpoint.size);
    const minimum = await this.#minimum(size);
    const check = new RecordCheck(
      { problem: (index, what) => tell(findings, `record ${index}`, what), ...(own && { own }) },
      minimum > 0,
    );
    // One tree over the roots of full bundles; the last bundle comes to it at the end.
    const above = new Edge((level, n, hashes) => this.#tiles.push({ level: level + 1, n, hashes }));
    await this.#prunedInto(above, minimum, size);
    const last = await this.#records({ minimum, size, above, check });
    const rows = [last, ...above.rows];
    const root = this.#broken ? null : Edge.resume(size, rows).root();
    await this.#partialTiles(size, rows);
    const good = root?.equals(checkpoint.root) ?? false;
    if (!good && root !== null)
      tell(
        findings,
        'the log',
        `its ${size} records do not give the root that was signed: something in it was changed`,
      );
    if (!good) await this.#judgePruned(size, checkpoint.root);
    await this.#judgeSuspects(good, size, checkpoint.root);
    return { root, rows, check, minimum };
  }

  /** Asked once: a source that told another one later would hide records. */
  async #minimum(size: number): Promise<number> {
    try {
      const minimum = await this.#source.minimum();
      if (minimum <= size && minimum % TILE_WIDTH === 0) return minimum;
      tell(this.#options.findings, 'the log', `it is said to begin at record ${minimum} of ${size}`);
    } catch (error) {
      if (!isFault(error)) throw error;
      tell(this.#options.findings, 'the log', `where it begins cannot be read: ${error.message}`);
    }
    return 0;
  }

  /** Of what was given up only the tiles of level 1 and above are left. */
  async #prunedInto(above: Edge, minimum: number, size: number): Promise<void> {
    const bundles = minimum / TILE_WIDTH;
    for (let n = 0; n * TILE_WIDTH < bundles; n += 1) {
      const width = Math.min(TILE_WIDTH, hashesAt(1, size) - n * TILE_WIDTH);
      const hashes = await this.#source.tile(1, n, width).catch((error: unknown) => {
        if (!isFault(error)) throw error;
        tell(this.#options.findings, tilePath({ level: 1, n, width }), error.message);
        this.#broken = true;
        return Array.from({ length: width }, () => Buffer.alloc(32));
      });
      for (const hash of hashes.slice(0, bundles - n * TILE_WIDTH)) above.appendHash(hash);
    }
    const own = this.#tiles.splice(0);
    this.#pruned = own.filter(({ level }) => level === 1); // it would be compared with itself: the root tells
    this.#tiles.push(...own.filter(({ level }) => level > 1));
  }

  /** Goes through the bundles; gives the leaf hashes of the partial one. */
  async #records(walk: { minimum: number; size: number; above: Edge; check: RecordCheck }): Promise<Buffer[]> {
    const { minimum, size, above, check } = walk;
    const end = Math.ceil(size / TILE_WIDTH);
    const reads = new Map<number, Promise<readonly Buffer[] | AppError>>();
    for (let n = Math.floor(minimum / TILE_WIDTH); n < end; n += 1) {
      for (let next = n; next < Math.min(end, n + AHEAD); next += 1)
        if (!reads.has(next)) reads.set(next, handled(this.#read(next, size)));
      const entries = await (reads.get(n) as Promise<readonly Buffer[] | AppError>);
      reads.delete(n);
      const leaves = this.#take(n, entries, size, check);
      if (this.#options.storedLevel === 0 && leaves.length === TILE_WIDTH) await this.#compare(0, n, leaves);
      if (leaves.length < TILE_WIDTH) return leaves;
      above.appendHash(foldRow(leaves));
      for (const { level, n: at, hashes } of this.#tiles.splice(0)) await this.#compare(level, at, hashes);
      this.#options.onBundle?.((n + 1) * TILE_WIDTH, check);
    }
    return [];
  }

  #take(n: number, entries: readonly Buffer[] | AppError, size: number, check: RecordCheck): Buffer[] {
    const first = n * TILE_WIDTH;
    if (entries instanceof AppError) {
      this.#broken = true;
      this.#unread.add(n);
      const last = Math.min(size, first + TILE_WIDTH) - 1;
      const what = entries.code === 'E_NOT_FOUND' ? 'they are missing' : entries.message;
      tell(this.#options.findings, `records ${first}..${last}`, what);
      return Array.from({ length: last - first + 1 }, () => Buffer.alloc(32));
    }
    for (const [at, entry] of entries.entries()) check.take(entry, first + at);
    return entries.map(leafInPlace);
  }

  #read(n: number, size: number): Promise<readonly Buffer[] | AppError> {
    return this.#source.bundle(n, Math.min(TILE_WIDTH, size - n * TILE_WIDTH)).catch((error: unknown) => {
      if (isFault(error)) return error;
      throw error;
    });
  }

  async #partialTiles(size: number, rows: readonly (readonly Buffer[])[]): Promise<void> {
    if (this.#options.storedLevel !== 0) return; // a ledger's folder keeps none
    for (const [level, row] of rows.entries())
      if (row.length > 0) await this.#compare(level, Math.floor(size / TILE_WIDTH ** (level + 1)), row);
  }

  async #compare(level: number, n: number, hashes: readonly Buffer[]): Promise<void> {
    const name = { level, n, width: hashes.length };
    try {
      const stored = await this.#source.tile(level, n, hashes.length);
      const at = [...hashes.keys()].filter(
        (place) => !(stored[place] as Buffer).equals(hashes[place] as Buffer) && !this.#isUnread(level, n, place),
      );
      if (at.length > 0) this.#suspects.push({ ...name, at, why: '' });
    } catch (error) {
      if (!isFault(error)) throw error;
      this.#suspects.push({ ...name, at: null, why: error.message });
    }
  }

  #isUnread(level: number, n: number, place: number): boolean {
    return this.#unread.has(level === 0 ? n : n * TILE_WIDTH + place) && level < 2;
  }

  /** Tiles over records that were given up: which of them is not under the root? */
  async #judgePruned(size: number, root: Buffer): Promise<void> {
    const tree =
      this.#pruned.length === 0 ? null : await AuthenticTree.open(this.#source, size, root).catch(() => null);
    if (tree === null) return;
    for (const { n } of this.#pruned) {
      const why = await tree.tile(1, n).then(
        () => null,
        (error: Error) => error.message,
      );
      if (why !== null) tell(this.#options.findings, tilePath({ level: 1, n, width: TILE_WIDTH }), why);
    }
  }

  /** Who is right where a tile and the records differ? The root says it. */
  async #judgeSuspects(good: boolean, size: number, root: Buffer): Promise<void> {
    if (this.#suspects.length === 0) return;
    const { findings } = this.#options;
    const tree = good ? null : await AuthenticTree.open(this.#source, size, root).catch(() => null);
    for (const { level, n, width, at, why } of this.#suspects) {
      const path = tilePath({ level, n, width });
      const authentic = tree !== null && at !== null && (await tree.tile(level, n).catch(() => null)) !== null;
      if (authentic && level < 2) for (const place of at) this.#changed(level, n * TILE_WIDTH + place);
      else if (!authentic) tell(findings, path, why || `${at?.length} of its hashes are not those of the records`);
    }
  }

  #changed(level: number, index: number): void {
    const first = index * TILE_WIDTH;
    const [where, who] =
      level === 0 ? [`record ${index}`, 'it is'] : [`records ${first}..${first + TILE_WIDTH - 1}`, 'at least one is'];
    tell(this.#options.findings, where, `${who} not what was sealed: the tiles above, which are, tell another hash`);
  }
}

/** Hash of an entry of a bundle: the byte before it, which is its length's, becomes the 0 of a leaf. Each entry only once. */
function leafInPlace(entry: Buffer): Buffer {
  const input = Buffer.from(entry.buffer, entry.byteOffset - 1, entry.length + 1);
  input[0] = 0;
  return leafHashOf(input);
}
