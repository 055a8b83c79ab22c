import { open } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';
import { fetchList, type Validators } from './fetch-list.ts';
import { type CopyAbout, type KeptCopies, NO_VALIDATORS, sha256 } from './kept-copy.ts';
import type { ListConfig } from './list-config.ts';
import { type ReadList, readList } from './read-list.ts';
import { type ListStatus, shownPlace } from './snapshot.ts';

const MB = 1 << 20;
const TIMEOUT_MS = 120_000;
/** After a failure a URL is asked again so soon at most. */
const RETRY_MS = 5 * 60_000;
/** A file that was written just now may be written still. */
const SETTLED_MS = 1000;

export interface LoaderOptions {
  readonly copies: KeptCopies;
  readonly nowMs: () => number;
  /** A random number. */
  readonly seed: () => number;
  readonly signal: AbortSignal;
}

/** Keeps one list as it is where it comes from. What is broken, or cannot be got, changes nothing but its status. */
export class ListLoader {
  readonly config: ListConfig;
  readonly #options: LoaderOptions;
  loaded: ReadList | null = null;
  #about: CopyAbout | null = null;
  #failure: string | null = null;
  /** File as it was when it was last tried; time from which a URL is asked again. */
  #tried = '';
  #dueMs = 0;

  constructor(config: ListConfig, options: LoaderOptions) {
    this.config = config;
    this.#options = options;
  }

  get status(): ListStatus {
    const { name, role, from } = this.config;
    const instant = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
    return {
      name,
      role,
      from: shownPlace(from),
      entries: this.loaded?.entries ?? 0,
      skipped: this.loaded?.skipped ?? {},
      gotAt: instant(this.#about?.gotMs),
      checkedAt: instant(this.#about?.checkedMs),
      failure: this.#failure,
    };
  }

  /** Takes the kept copy, if there is one. Gives whether there was. */
  async recall(): Promise<boolean> {
    const copy = await this.#options.copies.read(this.config.name, this.config.from);
    if (copy === null) return false;
    try {
      this.loaded = readList(copy.bytes, this.config, this.#options.seed());
    } catch {
      return false; // it is read differently now, and does not fit that any more: the list itself is asked
    }
    const { bytes: _, ...about } = copy;
    this.#about = about;
    this.#dueMs = about.checkedMs + this.config.refreshMs;
    return true;
  }

  /** Looks whether there is something new, if it is time to. Gives whether another content is in use from now on. Never rejects. */
  async look(): Promise<boolean> {
    try {
      return await (this.config.from.startsWith('/') ? this.#lookAtFile() : this.#lookAtUrl());
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      this.#dueMs = this.#options.nowMs() + Math.min(RETRY_MS, this.config.refreshMs);
      return false;
    }
  }

  async #lookAtFile(): Promise<boolean> {
    const { from, maxMb } = this.config;
    const file = await open(from, 'r').catch((cause: NodeJS.ErrnoException) => {
      this.#tried = '';
      throw new AppError('E_UNAVAILABLE', `cannot be read (${cause.code ?? cause.message})`, { cause });
    });
    try {
      const { mtimeMs, size, ino } = await file.stat();
      const state = `${ino} ${size} ${mtimeMs}`;
      if (state === this.#tried) return this.#unchanged();
      if (this.loaded !== null && this.#options.nowMs() - mtimeMs < SETTLED_MS) return false;
      this.#tried = state;
      if (size > maxMb * MB) throw new AppError('E_TOO_LARGE', `more than ${maxMb} MB`);
      const bytes = Buffer.alloc(size);
      const { bytesRead } = await file.read(bytes, 0, size, 0);
      const after = await file.stat();
      if (bytesRead !== size || after.mtimeMs !== mtimeMs || after.size !== size)
        this.#tried = ''; // it is being written
      else return await this.#take(bytes, NO_VALIDATORS, mtimeMs);
      return false;
    } finally {
      await file.close();
    }
  }

  #unchanged(): false {
    if (this.#failure === null && this.#about !== null)
      this.#about = { ...this.#about, checkedMs: this.#options.nowMs() };
    return false;
  }

  async #lookAtUrl(): Promise<boolean> {
    const { nowMs, signal, copies } = this.#options;
    if (nowMs() < this.#dueMs) return false;
    const { from: url, header, allowPrivate, maxMb, name } = this.config;
    const validators = this.loaded === null || this.#about === null ? NO_VALIDATORS : this.#about;
    const fetched = await fetchList({
      url,
      header,
      allowPrivate,
      validators,
      maxBytes: maxMb * MB,
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    this.#dueMs = nowMs() + this.config.refreshMs;
    if (fetched.body !== null) return await this.#take(fetched.body, fetched, nowMs());
    if (this.#about === null) throw new AppError('E_UNAVAILABLE', 'it says that nothing changed, and it was never got');
    this.#about = { ...this.#about, checkedMs: nowMs() };
    this.#failure = null;
    await copies.note(name, this.#about);
    return false;
  }

  /** `fromMs`: how old the content is: when a file was written, or an answer came. */
  async #take(bytes: Buffer, { etag, lastModified }: Validators, fromMs: number): Promise<boolean> {
    const { copies, nowMs, seed } = this.#options;
    const hash = sha256(bytes);
    if (this.loaded !== null && this.#about?.sha256 === hash) {
      this.#about = { ...this.#about, etag, lastModified, checkedMs: nowMs() };
      this.#failure = null;
      await copies.note(this.config.name, this.#about).catch(() => {}); // only asks once too often after a restart
      return false;
    }
    const read = readList(bytes, this.config, seed());
    const changed = read.sha256 !== this.loaded?.sha256;
    const now = nowMs();
    const gotMs = changed ? fromMs : (this.#about?.gotMs ?? fromMs);
    this.#about = { from: this.config.from, etag, lastModified, sha256: hash, gotMs, checkedMs: now };
    if (changed) this.loaded = read;
    this.#failure = null;
    // In use already: a full disk only takes away what a restart would fall back on.
    await copies.write(this.config.name, { ...this.#about, bytes }).catch((error: unknown) => {
      this.#failure = `its copy cannot be kept: ${error instanceof Error ? error.message : String(error)}`;
    });
    return changed;
  }
}
