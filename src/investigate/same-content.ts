import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { SyslogReader } from '../core/syslog.ts';
import type { Zone } from '../core/zone.ts';
import { headLines } from '../decode/read-events.ts';

/** Content longer than this is looked for by its size and what it begins with, before it is hashed. */
const LONG_BYTES = 4 * 2 ** 20;
/** What two long contents are first compared by. */
const HEAD_BYTES = 64 * 2 ** 10;
const BLOCK_BYTES = 2 ** 20;

/** Bytes of content, and the SHA-256 of it in lower-case hex; '' when it was not read to its end. */
export interface Sum {
  readonly size: number;
  readonly sha256: string;
}

/** Content that was met. */
export interface Content {
  readonly path: string;
  /** At least its first 64 KiB, where it has so many. */
  readonly head: Buffer;
  readonly size: number;
  /** The file on disk that it is; null when it is in a container. */
  readonly file: string | null;
  sum(): Promise<Sum>;
}

interface Long extends Omit<Content, 'head'> {
  readonly begin: string;
}

/**
 * What was read so far, so that a copy (a backup, the same log in a tarball as well) is not counted twice. No content is
 * read for this alone unless another of the same size begins alike.
 */
export class KnownContent {
  readonly #bySum = new Map<string, string>();
  readonly #long: Long[] = [];
  readonly #year = () => 2000; // only the host is looked at
  readonly #zone: Zone;

  readonly #hostOf: (path: string) => string;

  /** `hostOf`: the host whose file system a path lies in, '' where the path does not tell. */
  constructor(zone: Zone, hostOf: (path: string) => string) {
    this.#zone = zone;
    this.#hostOf = hostOf;
  }

  /** Remembers content that is being read. */
  async add(content: Content): Promise<void> {
    const { path, size, file } = content;
    if (size > LONG_BYTES)
      this.#long.push({ path, size, file, begin: beginOf(content.head), sum: () => content.sum() });
    else {
      const { sha256 } = await content.sum();
      if (size > 0 && sha256 !== '' && !this.#bySum.has(sha256)) this.#bySum.set(sha256, path);
    }
  }

  /** The path of what has the same bytes and is evidence of the same; null when there is none. */
  async twinOf(content: Content): Promise<string | null> {
    if (content.size === 0) return null; // an empty log says as much in each place
    const found = content.size > LONG_BYTES ? await this.#longTwin(content) : await this.#shortTwin(content);
    return found === null || this.#isOfAnotherHost(found, content) ? null : found;
  }

  async #shortTwin({ sum }: Content): Promise<string | null> {
    return this.#bySum.get((await sum()).sha256) ?? null;
  }

  async #longTwin({ head, size, sum }: Content): Promise<string | null> {
    const alike = this.#long.filter((one) => one.size === size);
    const begin = alike.length === 0 ? '' : beginOf(head);
    for (const one of alike)
      if (one.begin === begin) {
        const [theirs, ours] = [await one.sum(), await sum()];
        if (ours.sha256 !== '' && theirs.sha256 === ours.sha256) return one.path;
      }
    return null;
  }

  /** A long file on disk that begins like this content, opened; null when there is none. */
  fileLike(path: string, head: Buffer): DiskTwin | null {
    if (this.#long.length === 0) return null;
    const begin = beginOf(head);
    const found = this.#long.find((one) => one.file !== null && one.begin === begin);
    if (found?.file == null || this.#isOfAnotherHost(found.path, { path, head })) return null;
    try {
      return new DiskTwin(found.path, found.file, found.size);
    } catch {
      return null; // it is gone by now: the content is read as any other
    }
  }

  // Two hosts' wtmp wiped in the same way, or the same commands in two hosts' histories, are two facts. Lines that name
  // their host say the same thing wherever they lie.
  #isOfAnotherHost(known: string, { path, head }: Pick<Content, 'path' | 'head'>): boolean {
    const [theirs, ours] = [this.#hostOf(known), this.#hostOf(path)];
    if (theirs === '' || ours === '' || theirs === ours) return false;
    const syslog = new SyslogReader(this.#zone, this.#year);
    return !headLines(head.subarray(0, HEAD_BYTES)).some((line) => syslog.read(line) && syslog.hostname !== '');
  }
}

const beginOf = (head: Buffer) => createHash('sha256').update(head.subarray(0, HEAD_BYTES)).digest('hex');

/**
 * Passes content on, but as long as it is byte for byte what a known file on disk holds, only from where it differs: the part
 * before comes from that file. Gives nothing when it is the same to the end; `same` then says so.
 */
export class TwinFilter {
  /** The path of the file that all content was the same as. */
  same: string | null = null;
  readonly #known: KnownContent;
  readonly #path: string;
  readonly #stopped: () => boolean;
  #head: Buffer | null = Buffer.alloc(0); // until there is enough of it
  #twin: DiskTwin | null = null;

  /** `path`: where the content is. `stopped`: the run is over, and content may end anywhere. */
  constructor(known: KnownContent, path: string, stopped: () => boolean) {
    this.#known = known;
    this.#path = path;
    this.#stopped = stopped;
  }

  async *pass(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      for await (const block of blocks) yield* this.#take(block);
      yield* this.#end();
    } finally {
      this.#twin?.close();
    }
  }

  *#take(given: Buffer): Generator<Buffer> {
    let block = given;
    if (this.#head !== null) {
      this.#head = Buffer.concat([this.#head, block]);
      if (this.#head.length < HEAD_BYTES) return;
      block = this.#head;
      this.#head = null;
      this.#twin = this.#known.fileLike(this.#path, block);
    }
    if (this.#twin?.goesOn(block)) return;
    if (this.#twin !== null) yield* this.#twin.replay();
    this.#twin?.close();
    this.#twin = null;
    yield block;
  }

  *#end(): Generator<Buffer> {
    if (this.#head !== null && this.#head.length > 0) yield this.#head;
    if (this.#twin?.isAll) this.same = this.#twin.path;
    else if (this.#twin !== null && !this.#stopped()) yield* this.#twin.replay();
  }
}

/** A file on disk, compared with content as it comes. */
class DiskTwin {
  readonly path: string;
  readonly #fd: number;
  readonly #size: number;
  readonly #block = Buffer.allocUnsafe(BLOCK_BYTES);
  #at = 0;

  constructor(path: string, file: string, size: number) {
    this.path = path;
    this.#size = size;
    this.#fd = openSync(file, 'r');
  }

  get isAll(): boolean {
    return this.#at === this.#size;
  }

  /** Are these the file's next bytes? */
  goesOn(bytes: Buffer): boolean {
    if (this.#at + bytes.length > this.#size) return false;
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(this.#fd, this.#block, 0, Math.min(BLOCK_BYTES, bytes.length - at), this.#at + at);
      if (read === 0 || this.#block.compare(bytes, at, at + read, 0, read) !== 0) return false;
      at += read;
    }
    this.#at += bytes.length;
    return true;
  }

  /** All that was the same. */
  *replay(): Generator<Buffer> {
    for (let at = 0; at < this.#at; ) {
      const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, this.#at - at));
      const read = readSync(this.#fd, block, 0, block.length, at);
      if (read === 0) return; // it was cut while we read: its own input tells
      yield block.subarray(0, read);
      at += read;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
