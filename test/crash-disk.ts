import type { Disk, DiskFile } from '../src/ledger/disk.ts';

const SECTOR = 64; // smaller than a real one: more ways to tear

interface Write {
  readonly position: number;
  readonly bytes: Buffer;
}

interface Inode {
  /** What is on the disk for sure. */
  durable: Buffer;
  /** What a crash may lose, in any part. */
  pending: Write[];
}

/** A change of names that a crash may lose. */
type NameChange = (names: Map<string, Inode>) => void;

interface Change {
  readonly folder: string;
  readonly change: NameChange;
}

/**
 * A disk in memory that may lose at a crash whatever was not synced: any subset of sectors of pending writes, and any end of the
 * pending changes of names of each folder. `pick` decides, 0 to 1; `fail` is asked before each call and may throw.
 */
export class CrashDisk implements Disk {
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #changes: Change[] = [];
  readonly #fail: (call: string) => void;

  constructor(fail: (call: string) => void = () => {}) {
    this.#fail = fail;
  }

  /** The disk as it is when only the process was killed: nothing is lost, and what was not synced is still not. */
  killed(fail: (call: string) => void = () => {}): CrashDisk {
    const next = new CrashDisk(fail);
    const made = new Map<Inode, Inode>();
    const copy = (inode: Inode) => {
      const known = made.get(inode) ?? { durable: Buffer.from(inode.durable), pending: [...inode.pending] };
      made.set(inode, known);
      return known;
    };
    for (const [path, inode] of this.#names) next.#names.set(path, copy(inode));
    for (const [path, inode] of this.#durableNames) next.#durableNames.set(path, copy(inode));
    // A change that is pending holds a file of ours: it is told again with the copy.
    next.#changes = this.#changes.map(({ folder, change }) => {
      return {
        folder,
        change: (names) => {
          const ours = new Map<string, Inode>();
          change(ours);
          const before = new Map([...names.keys()].map((path) => [path, { durable: Buffer.alloc(0), pending: [] }]));
          const after = new Map<string, Inode>(before);
          change(after);
          for (const path of before.keys()) if (!after.has(path)) names.delete(path);
          for (const [path, inode] of ours) names.set(path, copy(inode));
        },
      };
    });
    return next;
  }

  /** The disk as the next start finds it. */
  crash(pick: () => number, fail: (call: string) => void = () => {}): CrashDisk {
    const next = new CrashDisk(fail);
    const names = new Map(this.#durableNames);
    const kept = new Map<string, boolean>();
    for (const { folder, change } of this.#changes) {
      if (kept.get(folder) === false) continue;
      const survives = pick() < 0.6;
      kept.set(folder, survives);
      if (survives) change(names);
    }
    const made = new Map<Inode, Inode>();
    for (const [path, inode] of names) {
      let after = made.get(inode);
      if (after === undefined) {
        after = { durable: survivor(inode, pick), pending: [] };
        made.set(inode, after);
      }
      next.#names.set(path, after);
    }
    next.#durableNames = new Map(next.#names);
    return next;
  }

  /** Paths of all files. */
  files(): string[] {
    return [...this.#names.keys()].sort();
  }

  #change(path: string, change: NameChange): void {
    change(this.#names);
    this.#changes.push({ folder: folderOf(path), change });
  }

  async open(path: string, how: 'new' | 'read' | 'change'): Promise<DiskFile> {
    this.#fail(`open ${path}`);
    const known = this.#names.get(path);
    if (how !== 'new') {
      if (known === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
      return new CrashFile(known, path, this.#fail);
    }
    if (known !== undefined) throw Object.assign(new Error(`there is ${path}`), { code: 'EEXIST' });
    const inode: Inode = { durable: Buffer.alloc(0), pending: [] };
    this.#change(path, (names) => names.set(path, inode));
    return new CrashFile(inode, path, this.#fail);
  }

  async list(folder: string): Promise<string[]> {
    const prefix = `${folder}/`;
    const inside = [...this.#names.keys()]
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length));
    return inside.filter((name) => !name.includes('/')).sort();
  }

  async makeFolder(): Promise<void> {
    this.#fail('mkdir');
  }

  async rename(from: string, to: string): Promise<void> {
    this.#fail(`rename ${from}`);
    const inode = this.#names.get(from);
    if (inode === undefined) throw Object.assign(new Error(`no ${from}`), { code: 'ENOENT' });
    this.#change(to, (names) => {
      names.delete(from);
      names.set(to, inode);
    });
  }

  async remove(path: string): Promise<void> {
    this.#fail(`remove ${path}`);
    if (this.#names.has(path)) this.#change(path, (names) => names.delete(path));
  }

  async exists(path: string): Promise<boolean> {
    return this.#names.has(path);
  }

  async syncFolder(path: string): Promise<void> {
    this.#fail(`syncdir ${path}`);
    const staying: Change[] = [];
    for (const entry of this.#changes)
      if (entry.folder === path) entry.change(this.#durableNames);
      else staying.push(entry);
    this.#changes = staying;
  }
}

function folderOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at === -1 ? '.' : path.slice(0, at);
}

/** What a crash leaves of a file: each sector of each pending write is there or not; or the file has its length, and the bytes are 0. */
function survivor({ durable, pending }: Inode, pick: () => number): Buffer {
  let bytes: Buffer = Buffer.from(durable);
  for (const { position, bytes: written } of pending)
    for (let at = 0; at < written.length; at += SECTOR)
      if (pick() < 0.5) bytes = put(bytes, position + at, written.subarray(at, at + SECTOR));
      else if (pick() < 0.3) bytes = put(bytes, position + at, Buffer.alloc(0), Math.min(SECTOR, written.length - at));
  return bytes;
}

function put(into: Buffer, position: number, bytes: Buffer, length = bytes.length): Buffer {
  const end = position + length;
  const grown = into.length >= end ? into : Buffer.concat([into, Buffer.alloc(end - into.length)]);
  bytes.copy(grown, position);
  return grown;
}

class CrashFile implements DiskFile {
  readonly #inode: Inode;
  readonly #path: string;
  readonly #fail: (call: string) => void;

  constructor(inode: Inode, path: string, fail: (call: string) => void) {
    this.#inode = inode;
    this.#path = path;
    this.#fail = fail;
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    const bytes = Buffer.concat(parts);
    this.#inode.pending.push({ position, bytes });
    this.#fail(`write ${this.#path}`); // after it: a failed write may have been made
  }

  #content(): Buffer {
    return this.#inode.pending.reduce<Buffer>(
      (bytes, write) => put(Buffer.from(bytes), write.position, write.bytes),
      this.#inode.durable,
    );
  }

  async read(length: number, position: number): Promise<Buffer> {
    this.#fail(`read ${this.#path}`);
    return Buffer.from(this.#content().subarray(position, position + length));
  }

  async sync(): Promise<void> {
    this.#fail(`sync ${this.#path}`);
    this.#inode.durable = this.#content();
    this.#inode.pending = [];
  }

  async size(): Promise<number> {
    return this.#content().length;
  }

  async close(): Promise<void> {}
}
