import { AppError } from '../core/errors.ts';
import { foldRow } from '../core/tlog/merkle.ts';
import type { PolicyVerdict } from '../core/tlog/policy.ts';
import { checkAtRest } from './at-rest-check.ts';
import { lastCosigned } from './cosigned.ts';
import { type Disk, readWhole, realDisk } from './disk.ts';
import { FolderCheck } from './folder-check.ts';
import { filesOf } from './folder-files.ts';
import { indexPath, PACK_RECORDS, packNumber, packPath, readTile } from './pack.ts';
import { findPacks } from './recover.ts';
import { lastCheckpoint } from './seal.ts';
import { sealedFiles } from './secrecy/at-rest.ts';
import { contentSize, SEALED_HEADER } from './secrecy/sealed-format.ts';
import { Edge, hashesAt, TILE_WIDTH, tilePath } from './tile.ts';
import { compareWith, type Expected, judgedCheckpoint, tellSigned, type Verdict } from './verdict.ts';
import { type Findings, tell } from './verify.ts';
import { walPath } from './wal.ts';

/**
 * Verifies of an encrypted folder what can be verified without its key: the checkpoint, its signatures and witnesses, earlier checkpoints' sizes,
 * the tiles, and how long encrypted files are. No record is looked at: the verdict says so. Rejects as `verifyFolder`.
 */
export async function verifyWithoutKey(folder: string, expected: Expected, why: string): Promise<Verdict> {
  const disk = realDisk(folder);
  const findings: Findings = { problems: [], remarks: [] };
  const source = {
    name: folder,
    checkpoint: () => lastCheckpoint(disk),
    cosigned: () => lastCosigned(disk),
  };
  const cosigned = await source.cosigned();
  const { judged, note } = await judgedCheckpoint(source, expected.policy);
  tellSigned(judged, cosigned, expected.policy, findings);
  const earlier = [...expected.remembered, ...(cosigned === null ? [] : [{ name: 'cosigned', note: cosigned }])];
  for (const { name, note: text } of earlier) await compareWith(name, text, judged, null, expected.policy, findings);
  const packs = await packsOf(disk, findings);
  const root = packs === null ? null : await checkTiles(disk, packs.packed, findings);
  if (packs !== null) await checkFiles(folder, expected, { judged, packs, root, findings });
  if (packs !== null) checkNames(folder, packs, findings);
  await checkSizes(folder, findings);
  await checkAtRest(folder, null, findings);
  const { checkpoint, witnessedBy } = judged;
  return {
    origin: checkpoint.origin,
    size: Number(checkpoint.size),
    root: checkpoint.root.toString('hex'),
    minimum: (packs?.first ?? 0) * PACK_RECORDS,
    streams: 0,
    unsealed: 0,
    witnessedBy: witnessedBy.map(({ witness, seconds }) => ({ name: witness.name, seconds: Number(seconds) })),
    problems: findings.problems,
    remarks: findings.remarks,
    checkpoint: note,
    unchecked: `no record was read (${why}): neither the records, nor that they give the root that was signed, nor the digests that they state`,
  };
}

interface Packs {
  readonly first: number;
  readonly packed: number;
}

/** Packs that are there; null when one is missing among them. */
async function packsOf(disk: Disk, findings: Findings): Promise<Packs | null> {
  const numbers = (await disk.list('pack')).map(packNumber).filter((n) => n !== null);
  const [first = 0] = numbers;
  const missing = numbers.findIndex((n, at) => n !== first + at);
  if (missing < 0) return { first, packed: (first + numbers.length) * (numbers.length === 0 ? 0 : PACK_RECORDS) };
  tell(findings, 'the log', `pack ${first + missing} is missing: pack ${numbers[missing]} is there`);
  return null;
}

/** Do the tiles fit each other? Gives the root of all packed records, null when that cannot be said. */
async function checkTiles(disk: Disk, packed: number, findings: Findings): Promise<Buffer | null> {
  for (let level = 2; hashesAt(level + 1, packed) > 0; level += 1)
    for (let n = 0; n < hashesAt(level + 1, packed); n += 1) {
      const path = tilePath({ level, n, width: TILE_WIDTH });
      const wrong = await faultIn(disk, level, n);
      if (wrong !== null) tell(findings, path, wrong);
    }
  try {
    return Edge.resume(packed, (await findPacks(disk)).rows).root();
  } catch (error) {
    if (!(error instanceof AppError) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null; // what is missing is told with the files
  }
}

/** What is wrong with a tile over others; null when nothing is. */
async function faultIn(disk: Disk, level: number, n: number): Promise<string | null> {
  try {
    for (const [at, hash] of (await readTile(disk, level, n)).entries())
      if (!foldRow(await readTile(disk, level - 1, n * TILE_WIDTH + at)).equals(hash))
        return `its hash ${at} is not that of the tile below`;
    return null;
  } catch (error) {
    if (!(error instanceof AppError) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return (error as Error).message;
  }
}

async function checkFiles(
  folder: string,
  { policy }: Expected,
  found: { judged: PolicyVerdict; packs: Packs; root: Buffer | null; findings: Findings },
): Promise<void> {
  const { judged, packs, root, findings } = found;
  const { origin, size, root: signed } = judged.checkpoint;
  const sealed = Number(size);
  if (packs.packed > sealed)
    tell(
      findings,
      'the log',
      `${packs.packed} records are packed, and ${sealed} are signed: the checkpoint is an older one`,
    );
  if (packs.packed === sealed && root !== null && !root.equals(signed))
    tell(findings, 'the log', 'its tiles do not give the root that was signed');
  await new FolderCheck(folder, findings, realDisk(folder)).runWithoutKey({
    origin,
    sealed,
    packs: { first: packs.first, end: packs.packed / PACK_RECORDS },
    keys: policy.logs.map(({ key }) => key),
    rootAt: (at) => (at === packs.packed ? root : at === sealed ? signed : null),
  });
}

/** Is there a log file behind the packs, and each behind the last? What stands before the first pack only records could tell. */
function checkNames(folder: string, { first, packed }: Packs, findings: Findings): void {
  const { wals, packParts } = filesOf(folder);
  let next = packed;
  for (const at of wals.filter((one) => one >= packed)) {
    if (at !== next) tell(findings, walPath(next), `it is missing: ${walPath(at)} is there`);
    next = at + PACK_RECORDS;
  }
  for (const path of packParts) {
    const n = Number(path.slice('pack/'.length).slice(0, 8));
    if (n * PACK_RECORDS >= packed && !wals.includes(n * PACK_RECORDS)) tell(findings, path, 'its pack is missing');
  }
  if (first > 0)
    findings.remarks.push(
      `the records before ${first * PACK_RECORDS} are not there: whether the policy gave them up is in records, and needs the key`,
    );
}

/** Is each encrypted file as long as one can be, and each pack as its lengths say? */
async function checkSizes(folder: string, findings: Findings): Promise<void> {
  const disk = realDisk(folder);
  const { sealed, unreadable } = await sealedFiles(folder);
  for (const path of unreadable) findings.remarks.push(`${path} may not be read: it was not checked`);
  for (const { path, mode, bytes } of sealed) {
    const size = mode === 'c' ? contentSize(bytes) : bytes - SEALED_HEADER;
    if (size === null)
      tell(findings, path, `it has ${bytes} bytes, as no encrypted file has: it was cut or lengthened`);
    else if (path.endsWith('.pack') && !(await fitsLengths(disk, path, size)))
      tell(findings, path, 'it is not as long as its members');
  }
}

async function fitsLengths(disk: Disk, path: string, size: number): Promise<boolean> {
  const n = packNumber(path.slice('pack/'.length)) as number;
  if (!(await disk.exists(indexPath(n)))) return true; // that is told already
  const index = await readWhole(disk, indexPath(n));
  let left = 0;
  for (let at = index.length - 4; at >= 0 && left < size; at -= 4) left += index.readUInt32LE(at);
  return path === packPath(n) && index.length === TILE_WIDTH * 4 && left === size;
}
