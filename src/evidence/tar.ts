import { AppError } from '../core/errors.ts';
import type { Member } from './member.ts';
import { type Reader, Slice } from './source.ts';
import { BLOCK_BYTES, readPax, readTarHeader, type TarHeader } from './tar-header.ts';

/** Names and pax records longer than this are an attack. */
const MAX_EXTRA_BYTES = 1024 * 1024;
/** Links, devices, folders and pipes: no content, whatever their size field says. */
const EMPTY_TYPES = '123456';
/** Content of another kind than a file's: GNU folder listings, volume labels, old long names. */
const OTHER_TYPES = 'DVN';

/** Is this the beginning of a tar archive? Takes 512 bytes. */
export function isTar(head: Buffer): boolean {
  const header = readTarHeader(head);
  return header !== null && (head.toString('latin1', 257, 262) === 'ustar' || header.name !== '');
}

/** What extension headers say about the file that follows them. */
interface Extra {
  name: string | null;
  size: number | null;
  mtimeMs: number | null;
  sparse: boolean;
}
const NO_EXTRA: Extra = { name: null, size: null, mtimeMs: null, sparse: false };

/**
 * Files of a tar archive, in order: ustar, pax, GNU long names, V7; archives put one behind the other; a damaged header
 * is passed over to the next good one and told by E_MALFORMED at the end. A content that stops early is told by E_MALFORMED
 * when the next file is asked for. Sparse files are refused: their content is not in one piece.
 */
export async function* tarMembers(reader: Reader): AsyncGenerator<Member> {
  let extra = { ...NO_EXTRA };
  let damagedAt = -1;
  for (;;) {
    const begin = reader.position;
    const block = await nextBlock(reader);
    if (block === null) break;
    const header = readTarHeader(block);
    if (header === null) damagedAt = damagedAt < 0 ? begin : damagedAt;
    else if (isExtension(header)) await readExtension(reader, header, extra);
    else {
      yield* member(reader, header, extra);
      extra = { ...NO_EXTRA };
    }
  }
  if (damagedAt >= 0) throw new AppError('E_MALFORMED', `tar archive is damaged at byte ${damagedAt}`);
}

/** The next block that is not all zeros: those end an archive, unless another one follows. Null at the end. */
async function nextBlock(reader: Reader): Promise<Buffer | null> {
  for (;;) {
    const block = await reader.take(BLOCK_BYTES);
    if (block.equals(BLANK.subarray(0, block.length))) {
      if (block.length === BLOCK_BYTES) continue;
      return null;
    }
    if (block.length < BLOCK_BYTES) throw cut();
    return block;
  }
}

const BLANK = Buffer.alloc(BLOCK_BYTES);

const isExtension = (header: TarHeader) => 'xXgLK'.includes(header.type);

async function readExtension(reader: Reader, header: TarHeader, extra: Extra): Promise<void> {
  if (header.size > MAX_EXTRA_BYTES)
    throw new AppError('E_TOO_LARGE', 'tar archive has a name or note that is too long');
  const body = await reader.take(header.size);
  if (body.length < header.size) throw cut();
  await skipPadding(reader, header.size);
  if (header.type === 'L') extra.name = untilNul(body);
  if (header.type !== 'x' && header.type !== 'X') return; // nothing in a global header belongs to one file
  const records = readPax(body);
  if (records === null) throw new AppError('E_MALFORMED', 'tar archive has a broken pax header');
  const seconds = Number(records.get('mtime') ?? Number.NaN);
  extra.name = records.get('GNU.sparse.name') ?? records.get('path') ?? extra.name;
  extra.size = wholeNumber(records.get('size')) ?? extra.size;
  extra.mtimeMs = Number.isFinite(seconds) ? Math.round(seconds * 1000) : extra.mtimeMs;
  extra.sparse ||= [...records.keys()].some((key) => key.startsWith('GNU.sparse.'));
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

function wholeNumber(digits: string | undefined): number | null {
  const value = digits !== undefined && /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

async function* member(reader: Reader, header: TarHeader, extra: Extra): AsyncGenerator<Member> {
  const name = extra.name ?? header.name;
  const mtimeMs = extra.mtimeMs ?? header.mtimeMs;
  const size = EMPTY_TYPES.includes(header.type) ? 0 : (extra.size ?? header.size);
  const sparse = header.type === 'S' || extra.sparse;
  if (header.type === 'S') await skipSparseMap(reader, header);
  const slice = new Slice(reader, size, cut);
  if (sparse) {
    const refusal = new AppError('E_MALFORMED', 'sparse file in a tar archive is not supported (made by tar --sparse)');
    yield { name, size: null, mtimeMs, packedBytes: null, content: null, refusal };
  } else if (EMPTY_TYPES.includes(header.type) || OTHER_TYPES.includes(header.type) || name.endsWith('/'))
    yield { name, size: null, mtimeMs, packedBytes: null, content: null, refusal: null };
  else yield { name, size, mtimeMs, packedBytes: null, content: slice, refusal: null };
  slice.left -= await reader.skip(slice.left);
  if (slice.left > 0) throw cut();
  await skipPadding(reader, size);
}

/** Old GNU sparse files have their map in blocks behind the header, each saying whether another follows. */
async function skipSparseMap(reader: Reader, header: TarHeader): Promise<void> {
  for (let goesOn = header.mapGoesOn; goesOn; ) {
    const block = await reader.take(BLOCK_BYTES);
    if (block.length < BLOCK_BYTES) throw cut();
    goesOn = block[504] === 1;
  }
}

async function skipPadding(reader: Reader, size: number): Promise<void> {
  await reader.skip((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
}

const cut = () => new AppError('E_MALFORMED', 'tar archive is cut short');
