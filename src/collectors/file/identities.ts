import type { BigIntStats } from 'node:fs';
import { addTo } from '../../core/grouped.ts';
import { LogFile, NOTHING_READ } from './log-file.ts';
import { HEAD_BYTES, keyOf, readAt } from './open-log.ts';
import type { Mark, PositionEntry, Positions } from './positions.ts';
import type { Troubles } from './troubles.ts';
import type { FoundPath } from './walk.ts';

/** How long after a file was cut its copy may turn up. */
const COPY_MS = 5000;
/** How far back the beginning of the last line is looked for. */
const LAST_LINE = 64 << 10;
const POSITION = /^(?<inode>\d{1,20})\.(?<born>[0-9a-z]{1,12}):(?<offset>\d{1,16})$/;

/** What a file held that is not there any more: a copy of it is known by this. */
interface Former {
  readonly stream: string;
  readonly mark: Mark;
  readonly path: string;
  readonly atMs: number;
  copied: boolean;
}

interface LedgerPosition {
  readonly inode: string;
  readonly born: string;
  readonly offset: number;
}

/** What identities are told by. */
export interface IdentityRules {
  /** The source's name: streams begin with it. */
  readonly name: string;
  readonly from: 'beginning' | 'end';
  readonly maxLine: number;
  /** The position of the last record of a stream that the ledger holds. */
  readonly lastPosition: (stream: string) => string | null;
  readonly nowMs: () => number;
}

/**
 * Which file is which. A name is worth nothing here: a file is its device and inode, its first bytes, and the bytes before the place
 * where reading goes on. So a file that was renamed is read on, one that was cut is begun anew, and a copy that copytruncate made is read
 * from where its original was left.
 *
 * A new content, and how it begins, is saved (`births`) before its first record is given away, and an offset after its records are durable. So what is saved
 * lags behind the ledger by one batch at most, in which a stream has one content: `lastPosition` tells the rest.
 */
export class Identities {
  readonly files = new Map<string, LogFile>();
  /** To be saved before anything more is given away. */
  births: PositionEntry[] = [];
  readonly #rules: IdentityRules;
  readonly #positions: Positions;
  readonly #troubles: Troubles;
  readonly #streams = new Map<string, Set<LogFile>>();
  readonly #inodes = new Map<string, PositionEntry>();
  /** What was saved before this start. */
  readonly #byStream = new Map<string, PositionEntry[]>();
  readonly #ledger = new Map<string, LedgerPosition | null>();
  #former: Former[] = [];

  constructor(rules: IdentityRules, positions: Positions, troubles: Troubles) {
    this.#rules = rules;
    this.#positions = positions;
    this.#troubles = troubles;
    for (const entry of positions.all()) {
      this.#inodes.set(entry.key.slice(entry.key.indexOf(':') + 1), entry);
      addTo(this.#byStream, entry.stream, entry);
    }
  }

  /** Files of a stream. */
  filesOf(stream: string): Iterable<LogFile> {
    return this.#streams.get(stream) ?? [];
  }

  /** True when `adopt` will want it before others: it was read before. */
  isKnown(key: string): boolean {
    return this.#positions.get(key) !== undefined;
  }

  /** Takes in an open file that is not among `files`, and finds out how far it was read already. */
  async adopt(
    { path, base }: FoundPath,
    handle: LogFile['handle'],
    stat: BigIntStats,
    isFirst: boolean,
  ): Promise<LogFile> {
    const key = keyOf(stat);
    const now = this.#rules.nowMs();
    const saved = this.#savedFor(key, base);
    const stream = saved?.stream ?? `${this.#rules.name}${base}`;
    const file = new LogFile(key, saved?.born ?? this.#newBorn('0'), stream, path, base, now);
    file.handle = handle;
    file.size = Number(stat.size);
    file.mtimeMs = Number(stat.mtimeMs);
    if (!saved || !(await this.#resume(file, saved))) await this.#begin(file, isFirst);
    this.files.set(key, file);
    this.#streams.set(stream, (this.#streams.get(stream) ?? new Set()).add(file));
    if (file.copyOf === null) this.births.push(file.entry());
    return file;
  }

  /** A file's content is not there any more: it is read from its beginning, and a copy from where this one was left. */
  async begunAnew(file: LogFile): Promise<void> {
    this.#depart(file.stream, file.mark, file.path);
    await this.#releaseCopies(file);
    file.previous = file.mark;
    file.mark = NOTHING_READ;
    file.born = this.#newBorn(file.born);
    file.waitsAt = -1;
    file.wantsMore = false;
    this.births.push(file.entry());
  }

  /** A file is not there any more, and nothing of it will be read. */
  async forget(file: LogFile): Promise<void> {
    this.files.delete(file.key);
    const streamFiles = this.#streams.get(file.stream);
    streamFiles?.delete(file);
    if (streamFiles?.size === 0) this.#streams.delete(file.stream);
    this.#depart(file.stream, file.mark, file.path, true);
    await this.#releaseCopies(file);
    await file.close();
  }

  /** Files that were cut, and no copy of them came: whoever did it, did not mean to keep the lines. */
  tellCuts(): void {
    const now = this.#rules.nowMs();
    for (const former of this.#former)
      if (!former.copied && now - former.atMs > COPY_MS) {
        former.copied = true;
        const what = `what it held was cut away or written anew after byte ${former.mark.offset} was read, and there is no copy`;
        this.#troubles.tell('trouble', 'truncated', former.path, `${what}: it is read from its beginning`);
      }
    this.#former = this.#former.filter(({ atMs }) => now - atMs < 120 * COPY_MS);
  }

  #depart(stream: string, mark: Mark, path: string, silent = false): void {
    if (mark.offset > 0) this.#former.push({ stream, mark, path, atMs: this.#rules.nowMs(), copied: silent });
  }

  async #releaseCopies(original: LogFile): Promise<void> {
    for (const file of this.filesOf(original.stream)) {
      if (file.copyOf !== original) continue;
      file.copyOf = null;
      const former = this.#former.find(({ mark }) => mark === original.mark);
      if (former) former.copied = true;
      await this.#continueAt(file, original.mark.offset);
      this.births.push(file.entry());
    }
  }

  async #continueAt(file: LogFile, offset: number): Promise<void> {
    const { size } = (await file.handle?.stat()) ?? file;
    file.size = size;
    await file.moveTo(Math.min(offset, size));
  }

  // A device's number may be another after a start of the machine: then the inode and the bytes tell.
  #savedFor(key: string, base: string): PositionEntry | undefined {
    const exact = this.#positions.get(key);
    if (exact) return exact;
    const moved = this.#inodes.get(key.slice(key.indexOf(':') + 1));
    return moved?.stream === `${this.#rules.name}${base}` && !this.files.has(moved.key) ? moved : undefined;
  }

  /** Goes on where it was left, when the content is still that one. */
  async #resume(file: LogFile, saved: PositionEntry): Promise<boolean> {
    const ledger = this.#ledgerPosition(saved.stream);
    const isSame = ledger?.inode === file.inode && ledger.born === saved.born;
    const ahead = isSame && ledger.offset > saved.mark.offset ? ledger.offset : null;
    const isThere = file.size >= (ahead ?? saved.mark.offset) && (await file.holds(saved.mark));
    if (isThere) {
      file.previous = saved.previous;
      if (ahead === null) file.mark = saved.mark;
      else await file.moveTo(ahead);
      return true;
    }
    file.born = this.#newBorn(saved.born);
    file.previous = ahead === null ? saved.mark : { ...saved.mark, offset: ahead, tail: '' };
    this.#depart(file.stream, file.previous, file.path);
    return false;
  }

  /** A content that was never seen: where to begin. */
  async #begin(file: LogFile, isFirst: boolean): Promise<void> {
    const ledger = this.#ledgerPosition(file.stream);
    const { maxLine, from } = this.#rules;
    const isLost = !this.isKnown(file.key) && ledger?.inode === file.inode && ledger.offset <= file.size;
    if (isLost && (await file.isLineStart(ledger.offset, maxLine))) {
      file.born = ledger.born;
      return file.moveTo(ledger.offset);
    }
    if (await this.#isCopy(file)) return;
    await this.#tellEdited(file);
    if (isFirst && this.#positions.isNew && ledger !== null && file.path !== file.base && this.#hasInode(file, ledger))
      return file.moveTo(file.size); // positions were lost: what is older than the ledger's last file was read
    if (isFirst && this.#positions.isNew && ledger === null && from === 'end') await file.moveTo(await lastLine(file));
  }

  #hasInode({ stream }: LogFile, { inode }: LedgerPosition): boolean {
    return [...this.filesOf(stream)].some((file) => file.inode === inode);
  }

  async #isCopy(file: LogFile): Promise<boolean> {
    for (const other of this.filesOf(file.stream)) {
      if (other === file || other.mark.offset === 0 || !(await isCopyOf(file, other.mark))) continue;
      // What was put in its place stands for it at once; a copy beside it waits until the original is cut.
      if (other.isAway && file.path === file.base) await this.#continueAt(file, other.mark.offset);
      else file.copyOf = other;
      return true;
    }
    for (const mark of this.#formerMarks(file.stream)) {
      if (!(await isCopyOf(file, mark))) continue;
      const former = this.#former.find((one) => one.mark === mark);
      if (former) former.copied = true;
      await this.#continueAt(file, mark.offset);
      return true;
    }
    return false;
  }

  /** A file with the beginning of the one that was in its place, but not with all of it: an editor was here. */
  async #tellEdited(file: LogFile): Promise<void> {
    if (file.path !== file.base) return;
    const away = [...this.filesOf(file.stream)].filter(({ isAway, path }) => isAway && path === file.path);
    for (const { offset, head } of [...away.map(({ mark }) => mark), ...this.#formerMarks(file.stream)]) {
      if (offset < HEAD_BYTES || !(await file.begins(head))) continue;
      const what = 'another file with the same beginning took its place, in which lines are missing or changed';
      return this.#troubles.tell('trouble', 'edited', file.path, `${what}: it is read from its beginning`);
    }
  }

  /** What was read of this stream, and is not there now. */
  #formerMarks(stream: string): Mark[] {
    const former = this.#former.filter((one) => one.stream === stream).map(({ mark }) => mark);
    const saved = (this.#byStream.get(stream) ?? []).flatMap(({ key, mark, previous }) => [
      ...(this.files.has(key) ? [] : [mark]),
      ...(previous === null ? [] : [previous]),
    ]);
    return [...former, ...saved];
  }

  #ledgerPosition(stream: string): LedgerPosition | null {
    const cached = this.#ledger.get(stream);
    if (cached !== undefined) return cached;
    const { inode, born, offset } = POSITION.exec(this.#rules.lastPosition(stream) ?? '')?.groups ?? {};
    const position = inode && born && offset ? { inode, born, offset: Number(offset) } : null;
    this.#ledger.set(stream, position);
    return position;
  }

  // Seconds: a word that no content of the inode had before, however often positions are lost.
  #newBorn(before: string): string {
    return Math.max(Number.parseInt(before, 36) + 1, Math.floor(this.#rules.nowMs() / 1000)).toString(36);
  }
}

/** A rotated file that is shorter than what was read may be its beginning; a file in the same place must have all of it. */
async function isCopyOf(file: LogFile, mark: Mark): Promise<boolean> {
  if (mark.offset === 0 || mark.head[0] === 0) return false;
  if (file.size >= mark.offset && mark.tail !== '') return file.holds(mark);
  return file.path !== file.base && file.begins(mark.head);
}

/** Where the last line begins that is not complete yet. */
async function lastLine(file: LogFile): Promise<number> {
  const start = Math.max(0, file.size - LAST_LINE);
  const bytes = await readAt(file.handle as NonNullable<LogFile['handle']>, start, file.size - start);
  const feed = bytes.lastIndexOf(0x0a);
  return feed === -1 ? file.size : start + feed + 1;
}
