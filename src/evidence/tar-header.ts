/** Bytes of a tar block; headers are one, contents are padded to whole ones. */
export const BLOCK_BYTES = 512;

/** A tar header block (POSIX.1-1988 ustar, GNU, old V7). */
export interface TarHeader {
  readonly name: string;
  /** Bytes of content that follow. */
  readonly size: number;
  /** ms since 1970, or null. */
  readonly mtimeMs: number | null;
  /** Type flag, '0' for a file of the oldest kind. */
  readonly type: string;
  /** GNU sparse: another block with a map follows. */
  readonly mapGoesOn: boolean;
}

/** Reads a header, or null when the block is not one: its checksum must be right and its size a number. */
export function readTarHeader(block: Buffer): TarHeader | null {
  if (block.length < BLOCK_BYTES || !checksumFits(block)) return null;
  const isPosix = block.toString('latin1', 257, 265) === 'ustar\x0000'; // GNU's own keeps other things in the prefix
  const prefix = isPosix ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  const size = number(block, 124, 12);
  const seconds = number(block, 136, 12);
  if (!Number.isFinite(size)) return null;
  const flag = block.readUInt8(156);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size,
    mtimeMs: Number.isFinite(seconds) ? seconds * 1000 : null,
    type: flag === 0 ? '0' : String.fromCharCode(flag),
    mapGoesOn: block[482] === 1,
  };
}

/** The sum of all bytes with the checksum field as blanks. Old tars summed signed bytes. */
function checksumFits(block: Buffer): boolean {
  const told = number(block, 148, 8);
  if (!Number.isFinite(told) || told === 0) return false;
  let sum = 8 * 0x20;
  let signed = sum;
  for (let index = 0; index < BLOCK_BYTES; index++) {
    if (index >= 148 && index < 156) continue;
    const byte = block[index] as number;
    sum += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  return told === sum || told === signed;
}

/** A field's text up to its first NUL. */
function text(block: Buffer, begin: number, length: number): string {
  const field = block.subarray(begin, begin + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

/** Octal digits between blanks and NULs, or GNU's base 256 when the top bit is set. NaN for anything else. */
function number(block: Buffer, begin: number, length: number): number {
  const first = block.readUInt8(begin);
  if (first & 0x80) {
    if (first !== 0x80) return Number.NaN; // negative, or beyond what a number here can hold
    let value = 0;
    for (let index = begin + 1; index < begin + length; index++) value = value * 256 + (block[index] as number);
    return Number.isSafeInteger(value) ? value : Number.NaN;
  }
  const digits = block
    .toString('latin1', begin, begin + length)
    .replaceAll('\0', ' ')
    .trim();
  if (digits === '') return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

/** Records of a pax extended header, "length key=value\n" each (POSIX.1-2001 pax). Null when they are broken. */
export function readPax(body: Buffer): Map<string, string> | null {
  const records = new Map<string, string>();
  for (let place = 0; place < body.length && body[place] !== 0; ) {
    const blank = body.indexOf(0x20, place);
    const told = blank < 0 || blank - place > 9 ? '' : body.toString('latin1', place, blank);
    const end = /^\d+$/.test(told) ? place + Number(told) : 0;
    const equals = body.indexOf(0x3d, blank);
    if (end > body.length || equals < 0 || equals >= end || body[end - 1] !== 0x0a) return null;
    records.set(body.toString('utf8', blank + 1, equals), body.toString('utf8', equals + 1, end - 1));
    place = end;
  }
  return records;
}
