import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { AppError } from '../../core/errors.ts';

const markSchema = z.object({
  offset: z.int().nonnegative(),
  head: z.tuple([z.int().nonnegative(), z.string()]).readonly(),
  tail: z.string(),
});

const entrySchema = z.object({
  key: z.string(),
  born: z.string(),
  stream: z.string(),
  path: z.string(),
  mark: markSchema,
  /** What the file held before it was cut: a copy of that may still turn up. */
  previous: markSchema.nullable(),
  seenMs: z.number(),
});

/** Where in which content reading goes on (`offset`), and how that content is known again: sums of its first bytes, and of those before the offset. */
export type Mark = Readonly<z.infer<typeof markSchema>>;

/** How far one file was read. */
export type PositionEntry = z.infer<typeof entrySchema>;

const FILE = 'positions.jsonl';
/** A file that was not seen for so long is forgotten: a volume may be away for days. */
const FORGET_MS = 30 * 86_400_000;
const MAX_ENTRIES = 200_000;
const MIN_COMPACT = 4 << 20;
const VERSION = { spoor: 'file positions', version: 1 };

/**
 * Positions by file, in a file that is appended to: what `save` resolved for is on the disk. A line that a crash cut short is not there.
 * One process at a time.
 */
export class Positions {
  readonly #folder: string;
  readonly #entries: Map<string, PositionEntry>;
  #file: FileHandle;
  #bytes = 0;
  /** True when there was no file: nothing was ever read here. */
  readonly isNew: boolean;

  private constructor(folder: string, entries: Map<string, PositionEntry>, isNew: boolean, file: FileHandle) {
    this.#folder = folder;
    this.#entries = entries;
    this.isNew = isNew;
    this.#file = file;
  }

  /** Reads the positions in a folder, which is made. Rejects with E_MALFORMED when the file is not one of ours. */
  static async open(folder: string, nowMs: number): Promise<Positions> {
    await mkdir(folder, { recursive: true });
    const text = await readFile(join(folder, FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw new AppError('E_UNREADABLE', `${join(folder, FILE)} cannot be read`, { cause: error });
    });
    const entries = text === null ? new Map<string, PositionEntry>() : parse(text, join(folder, FILE));
    for (const [key, { seenMs }] of entries) if (nowMs - seenMs > FORGET_MS) entries.delete(key);
    const placed = await write(folder, entries);
    const positions = new Positions(folder, entries, text === null, placed.file);
    positions.#bytes = placed.bytes;
    return positions;
  }

  get(key: string): PositionEntry | undefined {
    return this.#entries.get(key);
  }

  all(): IterableIterator<PositionEntry> {
    return this.#entries.values();
  }

  /** Resolves when all of it is on the disk. */
  async save(entries: readonly PositionEntry[]): Promise<void> {
    if (entries.length === 0) return;
    for (const entry of entries) {
      this.#entries.delete(entry.key); // what changed last stands last
      this.#entries.set(entry.key, entry);
    }
    if (this.#bytes > Math.max(MIN_COMPACT, this.#entries.size * 1000)) return this.#compact();
    const bytes = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    await this.#file.appendFile(bytes);
    await this.#file.datasync();
    this.#bytes += bytes.length;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #compact(): Promise<void> {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ENTRIES) break;
      this.#entries.delete(key);
    }
    await this.#file.close();
    const { file, bytes } = await write(this.#folder, this.#entries);
    this.#file = file;
    this.#bytes = bytes;
  }
}

function parse(text: string, path: string): Map<string, PositionEntry> {
  const lines = text.split('\n');
  lines.pop(); // after the last line feed stands nothing, or what a crash cut short
  if (lines[0] !== JSON.stringify(VERSION))
    throw new AppError(
      'E_MALFORMED',
      `${path} does not hold positions: move it away, and files are read from their beginning`,
    );
  const entries = new Map<string, PositionEntry>();
  for (const line of lines.slice(1)) {
    const entry = entryOf(line);
    if (entry === null) continue; // a line that a crash tore: the one before it stands
    entries.delete(entry.key);
    entries.set(entry.key, entry);
  }
  return entries;
}

function entryOf(line: string): PositionEntry | null {
  try {
    const { success, data } = entrySchema.safeParse(JSON.parse(line));
    return success ? data : null;
  } catch {
    return null;
  }
}

/** Writes all anew beside the old, and puts it in its place. */
async function write(
  folder: string,
  entries: ReadonlyMap<string, PositionEntry>,
): Promise<{ file: FileHandle; bytes: number }> {
  const path = join(folder, FILE);
  const next = `${path}.new`;
  await unlink(next).catch(() => {});
  const file = await open(next, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND, 0o600);
  const lines = [VERSION, ...entries.values()].map((entry) => `${JSON.stringify(entry)}\n`);
  const bytes = Buffer.from(lines.join(''));
  await file.appendFile(bytes);
  await file.datasync();
  await rename(next, path);
  const directory = await open(folder, constants.O_RDONLY);
  await directory.sync();
  await directory.close();
  return { file, bytes: bytes.length };
}
