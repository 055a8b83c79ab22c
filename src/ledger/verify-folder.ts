import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkAtRest } from './at-rest-check.ts';
import type { Disk } from './disk.ts';
import { FolderCheck, type FolderFacts } from './folder-check.ts';
import { BlobCheck } from './keep/blob-check.ts';
import { PACK_RECORDS, type PackNotes } from './pack.ts';
import { LedgerReader } from './reader.ts';
import type { LedgerRecord } from './record.ts';
import type { RecordCheck } from './record-check.ts';
import { readingDisk } from './secrecy/at-rest.ts';
import { type Keyring, MissingKey } from './secrecy/keyring.ts';
import { statedKey } from './secrecy/marker.ts';
import { Edge, TILE_WIDTH } from './tile.ts';
import { type Expected, type Verdict, type Verified, verdictOf, verifySource } from './verdict.ts';
import { type Findings, tell } from './verify.ts';
import { verifyWithoutKey } from './verify-sealed.ts';

const TRIES = 6;
const PAUSE_MS = 150; // between looks at what a writer may be changing

/**
 * Verifies a ledger's folder, to the last bit of each file in it; a writer may be at work meanwhile. Rejects when it has no checkpoint
 * that can be believed: then there is nothing to verify against.
 */
export async function verifyFolder(folder: string, expected: Expected, keys: Keyring | null = null): Promise<Verdict> {
  try {
    return await verifyRecords(folder, expected, readingDisk(folder, originOf(expected), keys));
  } catch (error) {
    if (error instanceof MissingKey) return verifyWithoutKey(folder, expected, error.message);
    throw error;
  }
}

const originOf = ({ policy }: Expected) => policy.logs[0]?.key.name ?? '';

async function verifyRecords(folder: string, expected: Expected, disk: Disk): Promise<Verdict> {
  const reader = await LedgerReader.open(disk, folder);
  try {
    for (let nth = 1; ; nth += 1) {
      const before = await reader.minimum();
      const verdict = await new FolderVerification({ folder, disk, reader }, expected).run();
      if (verdict.problems.length === 0 || (await reader.minimum()) === before || nth === TRIES) return verdict;
    } // else records were given up meanwhile
  } finally {
    await reader.close();
  }
}

/** The same for two notes that say the same, whatever the order of their streams. */
function notesDigest({ streams, latest }: PackNotes): string {
  return hash('sha256', JSON.stringify([Object.entries(streams).sort(([a], [b]) => (a < b ? -1 : 1)), latest]));
}

class FolderVerification {
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #reader: LedgerReader;
  readonly #expected: Expected;
  readonly #findings: Findings = { problems: [], remarks: [] };
  readonly #digests = new Map<string, readonly string[]>();
  readonly #notes = new Map<number, string>();
  readonly #roots = new Map<number, Buffer>();
  readonly #blobs = new BlobCheck();
  #minimum = 0;
  readonly #prunings = new Set<number>();
  /** Keys that files are encrypted with, as records state them. */
  readonly #restKeys: string[] = [];

  constructor(
    { folder, disk, reader }: { readonly folder: string; readonly disk: Disk; readonly reader: LedgerReader },
    expected: Expected,
  ) {
    this.#folder = folder;
    this.#disk = disk;
    this.#reader = reader;
    this.#expected = expected;
  }

  async run(): Promise<Verdict> {
    const findings = this.#findings;
    this.#minimum = await this.#reader.minimum();
    const verified = await verifySource(this.#reader, this.#expected, {
      findings,
      storedLevel: 1,
      own: (index, record) => this.#own(index, record),
      onBundle: (read, check) => this.#bundle(read, check),
    });
    const unsealed = await this.#unsealed(verified);
    this.#whole(verified);
    await this.#torn();
    await this.#files(verified);
    return verdictOf(verified, findings, unsealed);
  }

  #own(index: number, record: LedgerRecord): void {
    const { kind, fields, payload } = record;
    this.#blobs.take(index, record);
    if (kind === 'prune') this.#prunings.add(index);
    if (kind === 'genesis') this.#roots.set(-1, Buffer.from(fields['origin'] ?? ''));
    if (kind === 'conf') {
      const key = statedKey(payload.toString('latin1'));
      if (key !== null) this.#restKeys.push(key);
      for (const line of payload.toString('latin1').split('\n')) {
        const parts = /^(?<digest>[0-9a-f]{64}) {2}(?<path>pack\/\d{8}\.(?:pack|idx|json)|wal\/\d{16}\.wal#head)$/.exec(
          line,
        )?.groups;
        if (parts) this.#stated(parts['path'] as string, parts['digest'] as string);
      }
    }
    if (index === 0 && kind !== 'genesis')
      tell(this.#findings, 'record 0', 'the log does not begin with its beginning');
  }

  // A pack is stated anew before its beginning is given up.
  #stated(path: string, digest: string): void {
    this.#digests.set(path, [...(this.#digests.get(path) ?? []).slice(-8), digest]);
  }

  #bundle(read: number, check: RecordCheck): void {
    // Streams that fell silent before what is kept are in the notes all the same: then the digest of the notes is what counts.
    if (read % PACK_RECORDS === 0 && this.#minimum === 0)
      this.#notes.set(read / PACK_RECORDS - 1, notesDigest(check.notes()));
  }

  /** Records behind the checkpoint: of one piece, and under the head that may have been signed. Resolves with how many. */
  async #unsealed({ judged, walked, tree }: Verified): Promise<number> {
    const sealed = Number(judged.checkpoint.size);
    const edge = tree === null || walked.root === null ? null : Edge.resume(sealed, walked.rows);
    const size = await this.#reader.refresh();
    if (size < sealed)
      tell(
        this.#findings,
        'the log',
        `${sealed} records were sealed, and ${size} are there: the end is lost or was cut off`,
      );
    const wanted = new Set(await this.#statedSizes());
    this.#roots.set(sealed, judged.checkpoint.root);
    for (let at = sealed; at < size; ) {
      const n = Math.floor(at / TILE_WIDTH);
      const entries = await this.#reader.bundle(n, Math.min(TILE_WIDTH, size - n * TILE_WIDTH));
      for (const entry of entries.slice(at % TILE_WIDTH)) {
        walked.check.take(entry, at);
        edge?.append(entry);
        at += 1;
        if (edge !== null && wanted.has(at)) this.#roots.set(at, edge.root());
        if (at % PACK_RECORDS === 0) this.#bundle(at, walked.check);
      }
    }
    return Math.max(0, size - sealed);
  }

  /** Sizes that the head and the signer state. */
  async #statedSizes(): Promise<number[]> {
    const check = new FolderCheck(this.#folder, this.#findings, this.#disk);
    return check.statedSizes();
  }

  #whole({ judged }: Verified): void {
    const origin = this.#roots.get(-1);
    if (origin !== undefined && origin.toString() !== judged.checkpoint.origin)
      tell(this.#findings, 'record 0', 'it begins another log than the checkpoint names');
  }

  /** The end of the log file: half a record is there while one is being written, or when a crash cut a write short. */
  async #torn(): Promise<void> {
    for (let nth = 0; nth < TRIES && this.#reader.torn !== null; nth += 1) {
      await sleep(this.#expected.pauseMs ?? PAUSE_MS);
      await this.#reader.refresh();
    }
    const { torn } = this.#reader;
    if (torn !== null)
      tell(
        this.#findings,
        'the log',
        `${torn}: a crash left it (the next start puts it aside), or someone wrote there`,
      );
  }

  /** Looks at all files; again while a writer changes what is there. */
  async #files(verified: Verified): Promise<void> {
    let before = '';
    for (let nth = 0; nth < TRIES; nth += 1) {
      const found: Findings = { problems: [], remarks: [] };
      await this.#reader.refresh();
      this.#minimum = await this.#reader.minimum();
      await new FolderCheck(this.#folder, found, this.#disk).run(this.#facts(verified));
      await this.#blobs.run(this.#disk, found);
      await checkAtRest(this.#folder, this.#restKeys, found);
      const said = JSON.stringify(found);
      if (found.problems.length === 0 || said === before || nth === TRIES - 1) {
        for (const { where, what } of found.problems) tell(this.#findings, where, what);
        this.#findings.remarks.push(...found.remarks);
        return;
      }
      before = said;
      await sleep(this.#expected.pauseMs ?? PAUSE_MS);
    }
  }

  #facts({ judged }: Verified): FolderFacts {
    return {
      origin: judged.checkpoint.origin,
      sealed: Number(judged.checkpoint.size),
      records: this.#reader.size,
      packs: this.#reader.packs,
      keys: this.#expected.policy.logs.map(({ key }) => key),
      rootAt: (size) => this.#roots.get(size) ?? null,
      tile: (level, n, width) => this.#reader.tile(level, n, width),
      digestsOf: (path) => this.#digests.get(path) ?? [],
      minimum: this.#minimum,
      isPruning: (index) => this.#prunings.has(index),
      notesOf: (n) => this.#notes.get(n) ?? null,
      notesDigest,
    };
  }
}
