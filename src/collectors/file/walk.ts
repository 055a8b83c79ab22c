import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import { posix } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Glob } from './glob.ts';
import { uncompressed, unrotated } from './rotated.ts';
import type { Troubles } from './troubles.ts';

/** More paths than that are not read: a folder that someone fills must not fill our memory. */
const MAX_FILES = 50_000;
/** The longest path, escaped: a record's header has to hold it. */
const MAX_PATH = 1200;
/** Names that are looked at before others have their turn. */
const SLICE = 2000;

/** What is to be read. */
export interface Selection {
  readonly include: readonly Glob[];
  readonly exclude: readonly Glob[];
}

/** A path to read, and what it was called before rotation. */
export interface FoundPath {
  readonly path: string;
  readonly base: string;
}

/**
 * Walks the folders of the patterns. Rotated names of what is included are included. Links to folders are not followed; a link to a file
 * is, when it stays inside one of the walked folders: who may write there must not make us read what he may not.
 */
export class Walk {
  readonly #selection: Selection;
  readonly #troubles: Troubles;
  /** Folders to walk, each with its depth. */
  readonly #bases = new Map<string, number>();
  #seen = 0;

  constructor(selection: Selection, troubles: Troubles) {
    this.#selection = selection;
    this.#troubles = troubles;
    for (const { base, depth } of selection.include) this.#bases.set(base, Math.max(depth, this.#bases.get(base) ?? 0));
  }

  /** True for what stands, without links, inside of the walked folders. */
  isInside(realPath: string): boolean {
    return [...this.#bases.keys()].some((base) => {
      const real = realOf(base);
      return real !== null && (real === '/' || realPath.startsWith(`${real}/`));
    });
  }

  /** All paths that there are now, by path, without links. */
  async paths(): Promise<Map<string, FoundPath>> {
    const found = new Map<string, FoundPath>();
    this.#seen = 0;
    for (const [base, depth] of this.#bases) await this.#folder(base, depth, found);
    return found;
  }

  async #folder(folder: string, depth: number, found: Map<string, FoundPath>): Promise<void> {
    for (const entry of this.#list(folder)) {
      this.#seen += 1;
      if (this.#seen % SLICE === 0) await turn();
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory() && depth > 0 && !entry.name.startsWith('.')) await this.#folder(path, depth - 1, found);
      else if (entry.isFile()) this.#take(path, path, found);
      else if (entry.isSymbolicLink()) this.#link(path, found);
    }
  }

  #list(folder: string): Dirent[] {
    try {
      return readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM') this.#troubles.mayNotRead(folder);
      return []; // what is not there may come later
    }
  }

  #take(path: string, real: string, found: Map<string, FoundPath>): void {
    const base = this.#baseOf(path);
    if (base === null || found.has(real)) return;
    if (found.size >= MAX_FILES)
      this.#troubles.leftOut('too_many_files', path, `more than ${MAX_FILES} files match: narrow "include"`);
    else if (real.includes('\ufffd'))
      this.#troubles.leftOut('file_name', path, 'its name is not UTF-8: rename it to have it read');
    else if (encodeURIComponent(real).length > MAX_PATH)
      this.#troubles.leftOut('file_name', path, `its path is longer than ${MAX_PATH} bytes: a record cannot name it`);
    else found.set(real, { path: real, base: path === real ? base : unrotated(real) });
  }

  #baseOf(path: string): string | null {
    const { include, exclude } = this.#selection;
    const bare = uncompressed(path);
    const base = unrotated(bare ?? path);
    const named = bare ?? path;
    const wanted = include.some((glob) => glob.matches(named) || glob.matches(base));
    if (!wanted || exclude.some((glob) => glob.matches(path) || glob.matches(base))) return null;
    if (bare === null) return base;
    this.#troubles.leftOut('compressed', path, 'compressed old files are not read here: "spoor import" reads them');
    return null;
  }

  #link(path: string, found: Map<string, FoundPath>): void {
    if (this.#baseOf(path) === null) return;
    const real = realOf(path);
    if (real === null) return;
    if (this.isInside(real)) this.#take(path, real, found);
    else this.#troubles.leftOut('link_outside', path, 'it is a link that leads out of the folders: include its target');
  }
}

function realOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null; // a link to nothing, for now
  }
}
