import { execFileSync, spawnSync } from 'node:child_process';
import { crc32, deflateRawSync } from 'node:zlib';
import { type Custody, type GatherOptions, gather, isRefusal, type Refusal } from '../src/evidence/index.ts';

/** A file to put into an archive. */
export interface Put {
  readonly name: string;
  readonly body: Buffer;
}

const BLOCK = 512;

/** A tar header. `size` may lie; `type` is the type flag. Names over 100 bytes are cut: say them in an extension. */
export function tarHeader(name: string, size: number, type = '0', mtime = 1_700_000_000): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100);
  block.write('0000644\0', 100);
  if (size < 8 ** 11) block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  else {
    block[124] = 0x80; // GNU's base 256
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write(`${mtime.toString(8).padStart(11, '0')}\0`, 136);
  block.write(type, 156);
  block.write('ustar\x0000', 257, 'latin1');
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

export const padded = (body: Buffer) => Buffer.concat([body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)]);

/** One pax record; its length counts itself. */
export function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** How a name that does not fit into the header is told. */
export type LongNames = 'gnu' | 'pax';

export function tarMember({ name, body }: Put, long: LongNames): Buffer {
  const bytes = Buffer.from(name);
  const parts: Buffer[] = [];
  if (bytes.length > 99) {
    const told = long === 'gnu' ? Buffer.concat([bytes, Buffer.alloc(1)]) : paxRecord('path', name);
    parts.push(tarHeader(long === 'gnu' ? '././@LongLink' : 'PaxHeaders', told.length, long === 'gnu' ? 'L' : 'x'));
    parts.push(padded(told));
  }
  return Buffer.concat([...parts, tarHeader(bytes.length > 99 ? 'cut' : name, body.length), padded(body)]);
}

export function makeTar(files: readonly Put[], long: LongNames = 'pax'): Buffer {
  return Buffer.concat([...files.map((file) => tarMember(file, long)), Buffer.alloc(2 * BLOCK)]);
}

/** What may be odd about a zip. */
export interface ZipOptions {
  readonly store?: boolean;
  readonly zip64?: boolean;
  /** All files share the first one's content, as in Fifield's bomb. */
  readonly overlap?: boolean;
  readonly flags?: number;
  readonly method?: number;
}

export function makeZip(files: readonly Put[], options: ZipOptions = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const packed = options.store ? file.body : deflateRawSync(file.body);
    const entry = { ...zipEntry(file, packed, options), offset: options.overlap ? 0 : offset };
    if (!options.overlap || parts.length === 0) {
      parts.push(localHeader(entry), packed);
      offset += (parts.at(-2)?.length ?? 0) + packed.length;
    }
    directory.push(directoryHeader(entry, options.zip64 === true));
  }
  const body = Buffer.concat(directory);
  return Buffer.concat([...parts, body, zipEnd(files.length, body.length, offset, options.zip64 === true)]);
}

interface ZipEntry {
  readonly name: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
}

function zipEntry({ name, body }: Put, packed: Buffer, options: ZipOptions): ZipEntry {
  const method = options.method ?? (options.store ? 0 : 8);
  const flags = 0x800 | (options.flags ?? 0);
  return { name: Buffer.from(name), flags, method, crc: crc32(body), packed: packed.length, size: body.length };
}

function localHeader({ name, flags, method, crc, packed, size }: ZipEntry): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(method, 8);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(packed, 18);
  header.writeUInt32LE(size, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function directoryHeader(entry: ZipEntry & { readonly offset: number }, zip64: boolean): Buffer {
  const extra = Buffer.alloc(zip64 ? 28 : 0);
  if (zip64) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    extra.writeBigUInt64LE(BigInt(entry.size), 4);
    extra.writeBigUInt64LE(BigInt(entry.packed), 12);
    extra.writeBigUInt64LE(BigInt(entry.offset), 20);
  }
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(entry.flags, 8);
  header.writeUInt16LE(entry.method, 10);
  header.writeUInt16LE((2024 - 1980) * 512 + 3 * 32 + 9, 14); // 2024-03-09, midnight
  header.writeUInt32LE(entry.crc, 16);
  header.writeUInt32LE(zip64 ? 0xffffffff : entry.packed, 20);
  header.writeUInt32LE(zip64 ? 0xffffffff : entry.size, 24);
  header.writeUInt16LE(entry.name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(zip64 ? 0xffffffff : entry.offset, 42);
  return Buffer.concat([header, entry.name, extra]);
}

function zipEnd(count: number, length: number, offset: number, zip64: boolean): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64 ? 0xffff : count, 8);
  end.writeUInt16LE(zip64 ? 0xffff : count, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : length, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  if (!zip64) return end;
  const end64 = Buffer.alloc(56 + 20);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeBigUInt64LE(BigInt(count), 24);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(length), 40);
  end64.writeBigUInt64LE(BigInt(offset), 48);
  end64.writeUInt32LE(0x07064b50, 56);
  end64.writeBigUInt64LE(BigInt(offset + length), 64);
  end64.writeUInt32LE(1, 72);
  return Buffer.concat([end64, end]);
}

/** An input that was read to its end. */
export interface ReadInput {
  readonly path: string;
  readonly container: string | null;
  readonly size: number | null;
  readonly mtimeMs: number | null;
  readonly plainFile: string | null;
  readonly body: Buffer;
}

/** Everything that `gather` has to say. */
export interface Collected {
  readonly inputs: ReadInput[];
  readonly refusals: Refusal[];
  readonly custody: Custody[];
  readonly skipped: string[];
}

export async function collect(paths: readonly string[], options: GatherOptions = {}): Promise<Collected> {
  const found: Collected = { inputs: [], refusals: [], custody: [], skipped: [] };
  const onCustody = (custody: Custody) => found.custody.push(custody);
  const onSkip = (path: string) => found.skipped.push(path);
  for await (const one of gather(paths, { onCustody, onSkip, ...options })) {
    if (isRefusal(one)) found.refusals.push(one);
    else {
      const { open, ...known } = one;
      found.inputs.push({ ...known, body: await wholeOf(open()) });
    }
  }
  return found;
}

export async function wholeOf(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** What `gather` makes of these bytes on stdin. */
export function collectBytes(bytes: Buffer, options: GatherOptions = {}, pieceBytes = 65_536): Promise<Collected> {
  return collect(['-'], { ...options, stdin: inPieces(bytes, pieceBytes) });
}

export async function* inPieces(bytes: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let place = 0; place < bytes.length; place += pieceBytes) yield bytes.subarray(place, place + pieceBytes);
}

/** Is a program there? Where it must be (CI), its absence is an error and not a skipped test. */
export function hasTool(name: string): boolean {
  const found = spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined;
  if (!found && process.env['CI']) throw new Error(`${name} is needed by the tests`);
  if (!found) console.warn(`SKIPPED: ${name} is not installed`);
  return found;
}

/** Output of a program given `input`. */
export const through = (program: string, args: readonly string[], input: Buffer): Buffer =>
  execFileSync(program, args, { input, maxBuffer: 2 ** 30 });

/** Log text of about this many bytes, the same each time. */
export function logText(bytes: number): Buffer {
  const lines: string[] = [];
  for (let index = 0, length = 0; length < bytes; index++) {
    const second = String(index % 60).padStart(2, '0');
    const peer = `203.0.113.${(index * 7919) % 256} port ${1024 + ((index * 104_729) % 60_000)}`;
    const line = `Mar  9 04:05:${second} web1 sshd[${1000 + (index % 977)}]: Failed password for root from ${peer} ssh2\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join(''));
}
