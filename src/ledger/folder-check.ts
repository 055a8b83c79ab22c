import { createHash, hash, type KeyObject } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from '../core/tlog/checkpoint.ts';
import { foldRow } from '../core/tlog/merkle.ts';
import { formatSecret, formatVerifierKey, parseSecret, type VerifierKey } from '../core/tlog/note.ts';
import { type Disk, readChunks, readWhole } from './disk.ts';
import { filesOf, type LedgerFiles } from './folder-files.ts';
import { PRUNED, prunedHint } from './keep/pruned.ts';
import { indexPath, notesPath, PACK_RECORDS, type PackNotes, PackReader, packPath, readTile } from './pack.ts';
import { CHECKPOINT, HEAD } from './seal.ts';
import { MissingKey } from './secrecy/keyring.ts';
import { hashesAt, TILE_WIDTH, tilePath } from './tile.ts';
import { type Findings, tell } from './verify.ts';
import { walPath } from './wal.ts';
import { headName } from './wal-head.ts';
import { walRecords } from './wal-open.ts';
import { walHead, walLeaves } from './wal-scan.ts';

/** The log's public key in its folder, for those who verify. */
export const VKEY = 'log.vkey';
/** The signer's own folder, where it is in the ledger's. */
export const SIGNER_KEY = 'signer/key';
const SIGNED = 'signer/signed';

/** What the records said. */
export interface FolderFacts {
  readonly origin: string;
  /** Records under the checkpoint. */
  readonly sealed: number;
  /** Records that are there. */
  readonly records: number;
  readonly packs: { readonly first: number; readonly end: number };
  readonly keys: readonly VerifierKey[];
  /** Root of that many records; null when it was not made out. */
  readonly rootAt: (size: number) => Buffer | null;
  /** First record that is there. */
  readonly minimum: number;
  /** Does a prune record stand there? */
  readonly isPruning: (index: number) => boolean;
  /** SHA-256 of a file as records state it, oldest first. */
  readonly digestsOf: (path: string) => readonly string[];
  /** The hashes of a tile as the folder gives them, checked or not. */
  readonly tile: (level: number, n: number, width: number) => Promise<readonly Buffer[]>;
  /** Digest of what must stand beside a pack. */
  readonly notesOf: (n: number) => string | null;
  readonly notesDigest: (notes: PackNotes) => string;
}

/** What is known without the records. */
type OuterFacts = Pick<FolderFacts, 'origin' | 'sealed' | 'packs' | 'keys' | 'rootAt'>;
type Outer = OuterFacts & Pick<FolderFacts, 'records'>;

/** Checks the files of a ledger's folder against what its records say, and that no other is there. */
export class FolderCheck {
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #findings: Findings;

  constructor(folder: string, findings: Findings, disk: Disk) {
    this.#folder = folder;
    this.#disk = disk;
    this.#findings = findings;
  }

  /** Sizes of the trees that were about to be signed. */
  async statedSizes(): Promise<number[]> {
    const sizes: number[] = [];
    for (const path of [HEAD, SIGNED]) {
      const stated = await this.#stated(path).catch(() => null);
      if (stated !== null) sizes.push(Number(stated.size));
    }
    return sizes;
  }

  async #stated(path: string): Promise<Checkpoint | null> {
    if (!(await this.#disk.exists(path))) return null;
    const text = (await readWhole(this.#disk, path)).toString('utf8');
    const stated = parseCheckpoint(text);
    if (formatCheckpoint(stated) !== text || stated.extensions.length > 0)
      throw new AppError('E_MALFORMED', 'it is not as it was written');
    return stated;
  }

  async run(facts: FolderFacts): Promise<void> {
    const files = filesOf(this.#folder);
    await this.#outer(files, facts);
    await this.#kept(files, facts);
    if (files.fixed.has(PRUNED)) await this.#try(PRUNED, () => this.#pruned(facts));
    await this.#packs(files, facts);
    await this.#wals(files, facts);
  }

  /** Checks what no record is needed for. */
  async runWithoutKey(facts: OuterFacts): Promise<void> {
    const files = filesOf(this.#folder);
    const records = Math.max(facts.sealed, ...(await this.statedSizes()));
    await this.#outer(files, { ...facts, records });
    const parts = new Set(files.packParts);
    for (let n = facts.packs.first; n < facts.packs.end; n += 1)
      for (const path of [indexPath(n), notesPath(n)])
        if (!parts.has(path)) tell(this.#findings, path, 'it is missing');
  }

  async #outer(files: LedgerFiles, facts: Outer): Promise<void> {
    for (const path of files.strange) tell(this.#findings, path, 'it does not belong to a ledger');
    for (const path of files.unfinished)
      this.#remark(`${path} was left by a write that was cut short: nothing reads it`);
    for (const path of files.torn)
      this.#remark(`${path}: what a crash left of an unfinished write, put aside; no record is in it`);
    if (files.fixed.has('policy.txt')) this.#remark('policy.txt is no part of the log: compare it with your own copy');
    await this.#try(HEAD, () => this.#head(HEAD, facts));
    this.#presence(files);
    if (files.fixed.has(VKEY)) await this.#try(VKEY, () => this.#vkey(facts));
    await this.#signer(files, facts);
    this.#tiles(files, facts);
  }

  #remark(text: string): void {
    this.#findings.remarks.push(text);
  }

  async #try(where: string, check: () => Promise<void>): Promise<void> {
    try {
      await check();
    } catch (error) {
      if (error instanceof MissingKey) throw error;
      if ((error as NodeJS.ErrnoException).code === 'EACCES')
        this.#remark(`${where} may not be read: it was not checked`);
      else if ((error as NodeJS.ErrnoException).code === 'ENOENT') tell(this.#findings, where, 'it is missing');
      else if (error instanceof AppError) tell(this.#findings, where, error.message);
      else throw error;
    }
  }

  #presence({ fixed }: LedgerFiles): void {
    for (const path of [HEAD, CHECKPOINT, VKEY]) if (!fixed.has(path)) tell(this.#findings, path, 'it is missing');
  }

  async #head(path: string, { origin, sealed, records, rootAt }: Outer): Promise<void> {
    const stated = await this.#stated(path);
    if (stated === null) return;
    const size = Number(stated.size);
    if (stated.origin !== origin) tell(this.#findings, path, `it is of the log "${stated.origin.slice(0, 80)}"`);
    else if (size < sealed)
      tell(this.#findings, path, `it states ${size} records, and ${sealed} are signed: it is an older one`);
    else if (size > records)
      tell(this.#findings, path, `it states ${size} records, and ${records} are there: the end is lost or was cut off`);
    else if (!(rootAt(size)?.equals(stated.root) ?? true))
      tell(this.#findings, path, `the root that it states is not that of the first ${size} records`);
  }

  async #vkey({ keys }: Outer): Promise<void> {
    const text = (await readWhole(this.#disk, VKEY)).toString('utf8');
    if (!keys.some((key) => `${formatVerifierKey(key)}\n` === text))
      tell(this.#findings, VKEY, 'it is not the key that the log is verified with');
  }

  async #signer({ fixed }: LedgerFiles, facts: Outer): Promise<void> {
    const [key, signed] = [fixed.has(SIGNER_KEY), fixed.has(SIGNED)];
    if (!key && !signed) return this.#remark('the signer keeps its key and memory elsewhere, or they are gone');
    if (!key) tell(this.#findings, SIGNER_KEY, 'it is missing');
    else await this.#try(SIGNER_KEY, () => this.#secret(facts));
    if (!signed) tell(this.#findings, SIGNED, 'it is missing: the signer does not know what it signed');
    else await this.#try(SIGNED, () => this.#head(SIGNED, facts));
  }

  async #secret({ keys }: Outer): Promise<void> {
    const text = (await readWhole(this.#disk, SIGNER_KEY)).toString('utf8');
    const { key, secret } = parseSecret(text);
    if (`${formatSecret(key.name, seedOf(secret))}\n` !== text)
      tell(this.#findings, SIGNER_KEY, 'it is not as it was written');
    if (!keys.some((known) => formatVerifierKey(known) === formatVerifierKey(key)))
      tell(this.#findings, SIGNER_KEY, 'it is not the key that the log is verified with');
    if (process.platform !== 'win32' && (statSync(join(this.#folder, SIGNER_KEY)).mode & 0o077) !== 0)
      tell(this.#findings, SIGNER_KEY, 'others than its owner may read it');
  }

  // Their content was compared when the records were read.
  #tiles({ tiles }: LedgerFiles, { packs, records, sealed }: Outer): void {
    const there = new Set(tiles.map(({ path }) => path));
    const packed = packs.end * PACK_RECORDS;
    for (let level = 1; hashesAt(level + 1, packed) > 0; level += 1)
      for (let n = 0; n < hashesAt(level + 1, packed); n += 1) {
        const path = tilePath({ level, n, width: TILE_WIDTH });
        if (!there.has(path)) tell(this.#findings, path, 'it is missing');
      }
    for (const { path, level, n } of tiles)
      if (n >= hashesAt(level + 1, Math.max(records, sealed)))
        tell(this.#findings, path, 'it is of records that are not there');
  }

  /** Tiles of level 0 stay only below what was given up, under their parents. */
  async #kept({ leafTiles }: LedgerFiles, { minimum, tile }: FolderFacts): Promise<void> {
    for (const { path, n } of leafTiles)
      await this.#try(path, async () => {
        if ((n + 1) * TILE_WIDTH > minimum) return this.#early(path, n, tile);
        const leaves = await readTile(this.#disk, 0, n);
        const parent = (await tile(1, Math.floor(n / TILE_WIDTH), (n % TILE_WIDTH) + 1))[n % TILE_WIDTH];
        if (parent === undefined || !foldRow(leaves).equals(parent))
          tell(this.#findings, path, 'it is not the tile under the one above it');
      });
  }

  /** It is put there before its records go. */
  async #early(path: string, n: number, tile: FolderFacts['tile']): Promise<void> {
    const records = await tile(0, n, TILE_WIDTH).catch(() => []);
    if (Buffer.concat(records).equals(Buffer.concat(await readTile(this.#disk, 0, n))))
      this.#remark(`${path} is of records that were to be given up`);
    else tell(this.#findings, path, 'it does not belong to a ledger');
  }

  async #pruned({ isPruning, minimum }: FolderFacts): Promise<void> {
    const index = await prunedHint(this.#disk);
    if (index === null || !isPruning(index)) tell(this.#findings, PRUNED, 'it names a record that gives nothing up');
    else if (minimum === 0) this.#remark(`${PRUNED}: record ${index} is to be carried out`);
  }

  async #packs({ packParts }: LedgerFiles, facts: FolderFacts): Promise<void> {
    const parts = new Set(packParts);
    for (let n = facts.packs.first; n < facts.packs.end; n += 1) {
      for (const path of [packPath(n), indexPath(n), notesPath(n)]) {
        parts.delete(path);
        await this.#try(path, () => this.#digest(path, facts));
      }
      await this.#try(notesPath(n), () => this.#notes(n, facts));
    }
    for (const path of parts) {
      const n = Number(path.slice(5, 13));
      if (n < facts.packs.first && (n + 1) * PACK_RECORDS <= facts.minimum)
        this.#remark(`${path} is of a pack that was given up: the next start removes it`);
      else if (n === facts.packs.end && facts.records >= (n + 1) * PACK_RECORDS)
        this.#remark(`${path} is of a pack that was not finished: it will be made again`);
      else tell(this.#findings, path, 'its pack is missing');
    }
  }

  async #digest(path: string, { digestsOf }: FolderFacts): Promise<void> {
    const stated = digestsOf(path);
    if (stated.length === 0)
      return this.#remark(`${path}: no record states its digest (a crash came between); its records are proved`);
    const digest = createHash('sha256');
    const file = await this.#disk.open(path, 'read');
    try {
      for await (const bytes of readChunks(file, 0, await file.size())) digest.update(bytes);
    } finally {
      await file.close();
    }
    const nth = stated.lastIndexOf(digest.digest('hex'));
    if (nth < 0) tell(this.#findings, path, 'its digest is not the one that a record of the log states');
    else if (nth < stated.length - 1)
      this.#remark(`${path} still holds what was to be given up: the next spoor ledger prune goes on`);
  }

  async #notes(n: number, { notesOf, notesDigest }: FolderFacts): Promise<void> {
    const expected = notesOf(n);
    const text = (await readWhole(this.#disk, notesPath(n))).toString('utf8');
    if (expected !== null && notesDigest(parsedNotes(text)) !== expected)
      tell(this.#findings, notesPath(n), 'it is not what stood at the end of the pack: a writer would go on wrongly');
  }

  async #wals({ wals }: LedgerFiles, facts: FolderFacts): Promise<void> {
    const { packs, records } = facts;
    const packed = packs.end * PACK_RECORDS;
    for (const first of wals) {
      const path = walPath(first);
      if (first >= records && first > packed) tell(this.#findings, path, 'the records before it are missing');
      else if (first < packed) await this.#try(path, () => this.#packedWal(first, packs));
      else await this.#try(path, () => this.#walHead(first, facts));
    }
  }

  /** What stands in a log file in place of records that it gave up: a record states its digest. */
  async #walHead(first: number, { digestsOf }: FolderFacts): Promise<void> {
    const { cut, bytes } = await walHead(this.#disk, first);
    if (cut.length === 0) return;
    const file = await this.#disk.open(walPath(first), 'read');
    const head = await file.read(bytes, 0).finally(() => file.close());
    if (!digestsOf(headName(first)).includes(hash('sha256', head)))
      tell(this.#findings, walPath(first), 'no record of the log states the digest of its head');
  }

  /** A log file whose records are packed, and which was not yet removed: it must hold the same. */
  async #packedWal(first: number, packs: FolderFacts['packs']): Promise<void> {
    const path = walPath(first);
    const n = first / PACK_RECORDS;
    if (!Number.isInteger(n) || n < packs.first) return tell(this.#findings, path, 'it does not belong to a ledger');
    const { cut, leaves } = await walLeaves(this.#disk, first);
    const pack = await PackReader.open(this.#disk, n);
    try {
      let same = pack.firstBundle === cut.length && walRecords({ cut, leaves }) === PACK_RECORDS;
      for (let at = cut.length; same && at < TILE_WIDTH; at += 1) {
        const packed = await pack.leaves(at);
        same = packed.every((leaf, place) => leaf.equals(leaves[(at - cut.length) * TILE_WIDTH + place] as Buffer));
      }
      if (same) this.#remark(`${path} is packed, and was not yet removed`);
      else tell(this.#findings, path, `its records are not those of ${packPath(n)}`);
    } finally {
      await pack.close();
    }
  }
}

function seedOf(secret: KeyObject): Buffer {
  return Buffer.from(secret.export({ format: 'jwk' }).d ?? '', 'base64url');
}

function parsedNotes(text: string): PackNotes {
  try {
    const notes = JSON.parse(text) as PackNotes;
    if (text === `${JSON.stringify(notes)}\n` && typeof notes.streams === 'object') return notes;
  } catch {
    // said below
  }
  throw new AppError('E_MALFORMED', 'it is not as it was written');
}
