import { type BigIntStats, statSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { Identities } from './identities.ts';
import type { LogFile } from './log-file.ts';
import { HEAD_BYTES, keyOf, openLog } from './open-log.ts';
import type { Troubles } from './troubles.ts';
import type { FoundPath, Walk } from './walk.ts';

/** Folders are walked at least so often; a name that changed its file has them walked at once. */
const WALK_MS = 2000;
/** A file that may not be read is tried again after that. */
const RETRY_MS = 10_000;
/** A file that was renamed or removed is watched for so long after it last grew: its writer may still hold it. */
const AWAY_MS = 600_000;
const REMOVED_MS = 60_000;
/** A rotated file may be in the midst of being copied. */
const COPYING_MS = 5000;
/** Files that are kept open; others are opened when they have grown. */
const MAX_OPEN = 1024;
const SLICE = 500;

interface Candidate extends FoundPath {
  readonly key: string;
  readonly mtimeMs: number;
  readonly size: number;
}

/** Knows which files there are, and which of them have grown. */
export class Follower {
  readonly #walk: Walk;
  readonly #identities: Identities;
  readonly #troubles: Troubles;
  readonly #nowMs: () => number;
  #paths = new Map<string, FoundPath>();
  #walkedMs = Number.NEGATIVE_INFINITY;
  #isFirst = true;
  #scans = 0;
  readonly #retryMs = new Map<string, number>();
  readonly #refused = new Set<string>();

  constructor(walk: Walk, identities: Identities, troubles: Troubles, nowMs: () => number) {
    this.#walk = walk;
    this.#identities = identities;
    this.#troubles = troubles;
    this.#nowMs = nowMs;
  }

  /** Looks at all files once. */
  async scan(): Promise<void> {
    const walked = this.#nowMs() - this.#walkedMs >= WALK_MS;
    if (walked) await this.#walkAll();
    let { news, isOdd } = await this.#statAll();
    if (isOdd && !walked) {
      await this.#walkAll();
      ({ news } = await this.#statAll());
    }
    await this.#lookAfterUnseen();
    for (const file of [...this.#identities.files.values()])
      if (file.size < file.mark.offset) await this.#identities.begunAnew(file);
    await this.#adoptAll(news);
    this.#isFirst = false;
    this.#identities.tellCuts();
    await this.#closeSome();
    this.#troubles.flush();
  }

  /** Opens a file that is known, if it is still in its place. */
  async open(file: LogFile): Promise<boolean> {
    if (file.handle !== null) return true;
    const opened = await this.#open(file.path);
    if (opened === null) return false;
    if (keyOf(opened.stat) === file.key) {
      file.handle = opened.handle;
      return true;
    }
    await opened.handle.close();
    this.#walkedMs = Number.NEGATIVE_INFINITY;
    return false;
  }

  /** What this file holds is not for us: it is not asked again. */
  async refuse(file: LogFile): Promise<void> {
    this.#refused.add(file.key);
    this.#troubles.leftOut('no_text', file.path, 'it holds no lines of text (compressed, or a journal)');
    await this.#identities.forget(file);
  }

  async #walkAll(): Promise<void> {
    this.#paths = await this.#walk.paths();
    this.#walkedMs = this.#nowMs();
  }

  /** Takes in sizes and names of what is known. `isOdd`: a name is gone, or has another file than before. */
  async #statAll(): Promise<{ news: Candidate[]; isOdd: boolean }> {
    const { files } = this.#identities;
    const news: Candidate[] = [];
    const now = this.#nowMs();
    let isOdd = false;
    let looked = 0;
    this.#scans += 1;
    for (const found of this.#paths.values()) {
      looked += 1;
      if (looked % SLICE === 0) await turn();
      const stat = statOf(found.path);
      if (stat === null || !stat.isFile()) {
        isOdd = true;
        continue;
      }
      const key = keyOf(stat);
      const file = files.get(key);
      if (file) {
        isOdd ||= file.path !== found.path || Number(stat.size) < file.mark.offset;
        file.seenScan = this.#scans;
        noteSeen(file, found, stat, now);
      } else if (!this.#refused.has(key) && now >= (this.#retryMs.get(found.path) ?? 0)) {
        isOdd = true;
        news.push({ ...found, key, mtimeMs: Number(stat.mtimeMs), size: Number(stat.size) });
      }
    }
    return { news, isOdd };
  }

  async #lookAfterUnseen(): Promise<void> {
    const now = this.#nowMs();
    for (const file of [...this.#identities.files.values()]) {
      if (file.seenScan === this.#scans) continue;
      file.isAway = true;
      await this.#lookAfter(file, now);
    }
  }

  async #lookAfter(file: LogFile, now: number): Promise<void> {
    if (file.handle === null) {
      if (file.size > file.mark.offset)
        this.#troubles.tell('lost', 'removed', file.path, 'it was removed before all of it was read');
      return this.#identities.forget(file);
    }
    const stat = await file.handle.stat({ bigint: true });
    grow(file, stat, now);
    const patience = stat.nlink === 0n ? REMOVED_MS : AWAY_MS;
    if (!file.hasMore && now - file.grownMs > patience) await this.#identities.forget(file);
  }

  async #adoptAll(news: readonly Candidate[]): Promise<void> {
    const { files } = this.#identities;
    const now = this.#nowMs();
    const rank = (one: Candidate) => (this.#identities.isKnown(one.key) ? 0 : 1);
    const inOrder = [...news].sort((a, b) => rank(a) - rank(b) || b.mtimeMs - a.mtimeMs);
    for (const candidate of inOrder) {
      const { path, base, key, size, mtimeMs } = candidate;
      if (files.has(key)) continue;
      if (!this.#isFirst && path !== base && size < HEAD_BYTES && now - mtimeMs < COPYING_MS) continue;
      await this.#adopt(candidate).catch((error: NodeJS.ErrnoException) => this.#tryLater(path, error));
    }
  }

  async #adopt(candidate: Candidate): Promise<void> {
    const { files } = this.#identities;
    const { path, base } = candidate;
    const opened = await this.#open(path);
    if (opened === null) return;
    const { handle, stat } = opened;
    if (files.has(keyOf(stat))) return handle.close();
    const adopting = this.#identities.adopt(candidate, handle, stat, this.#isFirst);
    const file = await adopting.catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
    file.isAway = path !== base;
    file.seenScan = this.#scans;
    if (files.size > MAX_OPEN && file.copyOf === null) await file.close();
  }

  async #open(path: string): ReturnType<typeof openLog> {
    try {
      const opened = await openLog(path, (real) => this.#walk.isInside(real));
      if (opened && this.#retryMs.delete(path)) this.#troubles.mayRead(path);
      return opened;
    } catch (error) {
      this.#tryLater(path, error as NodeJS.ErrnoException);
      return null;
    }
  }

  #tryLater(path: string, { code = 'error' }: NodeJS.ErrnoException): void {
    if (this.#retryMs.size > 50_000) this.#retryMs.clear();
    this.#retryMs.set(path, this.#nowMs() + RETRY_MS);
    if (code === 'EACCES' || code === 'EPERM') this.#troubles.mayNotRead(path);
    else this.#troubles.tell('trouble', 'open', path, `it cannot be opened and read (${code}); it is tried again`);
  }

  // A file that is in its place can be opened again.
  async #closeSome(): Promise<void> {
    const open = [...this.#identities.files.values()].filter(({ handle }) => handle !== null);
    if (open.length <= MAX_OPEN) return;
    const idle = open.filter((file) => !file.isAway && file.copyOf === null).sort((a, b) => a.grownMs - b.grownMs);
    for (const file of idle.slice(0, open.length - MAX_OPEN)) await file.close();
  }
}

function noteSeen(file: LogFile, found: FoundPath, stat: BigIntStats, now: number): void {
  file.path = found.path;
  file.base = found.base;
  file.seenMs = now;
  file.isAway = found.path !== found.base;
  grow(file, stat, now);
}

function grow(file: LogFile, stat: BigIntStats, now: number): void {
  const size = Number(stat.size);
  if (size !== file.size) file.grownMs = now;
  file.size = size;
  file.mtimeMs = Number(stat.mtimeMs);
}

function statOf(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
  } catch {
    return null; // a folder on the way became a file, or may not be entered any more
  }
}
