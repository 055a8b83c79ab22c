import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs';
import { chmod, type FileHandle, lstat, mkdir, mkdtemp, open, readdir, rm, statfs } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';

/** A body that waits for its INSERT. The file has no name any more, so that nothing of it stays when the process is killed. */
export class Body {
  readonly #file: FileHandle;
  readonly #name: string | null;
  readonly #inMemory: boolean;
  size = 0;

  constructor(file: FileHandle, name: string | null, inMemory: boolean) {
    this.#file = file;
    this.#name = name;
    this.#inMemory = inMemory;
  }

  /** What the engine opens. */
  get path(): string {
    return this.#name ?? `/proc/self/fd/${this.#file.fd}`;
  }

  /** Writes to memory at once; to a disk, not on the main thread. */
  write(chunk: Buffer): Promise<void> | null {
    this.size += chunk.length;
    if (this.#inMemory) return this.#writeNow(chunk);
    return this.#file.writev([chunk]).then(() => {});
  }

  #writeNow(chunk: Buffer): null {
    for (let at = 0; at < chunk.length; ) at += writeSync(this.#file.fd, chunk, at);
    return null;
  }

  async remove(): Promise<void> {
    if (this.#name !== null) await rm(this.#name, { force: true });
    await this.#file.close();
  }
}

const TMPFS = 0x01021994;
const MKFIFO = ['/usr/bin/mkfifo', '/bin/mkfifo'];
const SHARED_MEMORY = '/dev/shm';
const ROOMY = 512 * 1_048_576;

/** The engine's folder for bodies and pipes: in memory where there is room (a container often has 64 MB), else beside its socket. */
export class Scratch {
  readonly folder: string;
  readonly #inMemory: boolean;
  readonly #free: string[] = [];

  private constructor(folder: string, inMemory: boolean) {
    this.folder = folder;
    this.#inMemory = inMemory;
  }

  /** `name` is the same for each run on a data folder, so that what a killed one left is removed. `pipes`: how many at once. */
  static async open(fallback: string, name: string, pipes: number): Promise<Scratch> {
    const shared = (await hasRoom(SHARED_MEMORY)) ? await ownFolder(SHARED_MEMORY, name) : null;
    const folder = shared ?? (await ownFolder(fallback, name)) ?? (await mkdtemp(join(fallback, name)));
    const { type } = await statfs(folder);
    const scratch = new Scratch(folder, type === TMPFS);
    const paths = Array.from({ length: pipes }, (_, nth) => join(folder, `pipe-${nth}`));
    execFileSync(await mkfifo(), ['-m', '600', ...paths]);
    scratch.#free.push(...paths);
    return scratch;
  }

  async body(): Promise<Body> {
    const path = join(this.folder, `body-${randomUUID()}`);
    const file = await open(path, 'wx', 0o600);
    if (process.platform !== 'linux') return new Body(file, path, this.#inMemory);
    unlinkSync(path);
    return new Body(file, null, this.#inMemory);
  }

  /** Takes a pipe; to be given back when the query that writes to it has ended. */
  take(): string {
    const path = this.#free.pop();
    if (path === undefined) throw new Error('no pipe is free');
    return path;
  }

  giveBack(path: string): void {
    this.#free.push(path);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A named pipe that the engine writes one result to. */
export class Pipe {
  /** The result. Ends when `finish` was called and all was read; may be destroyed before. */
  readonly out: Socket;
  readonly #path: string;
  readonly #writer: number;
  #drain: Socket | null = null;
  #finished = false;

  /** Opens both ends: without a writer of ours it would look ended before the engine opens it. */
  constructor(path: string) {
    this.#path = path;
    this.out = this.#read();
    this.#writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    // With nobody to read it, the engine would wait for ever where it opens or writes, and no KILL ends that.
    this.out.once('close', () => {
      if (!this.#finished) this.#drain = this.#read().resume();
    });
  }

  #read(): Socket {
    const fd = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    return new Socket({ fd, readable: true, writable: false }).on('error', () => {});
  }

  /** The engine has ended its query. Resolves when nobody reads the pipe any more: two readers would take each other's bytes. */
  async finish(): Promise<void> {
    this.#finished = true;
    closeSync(this.#writer);
    for (const reader of [this.out, this.#drain])
      if (reader !== null && !reader.closed) await new Promise((resolve) => reader.once('close', resolve));
  }
}

async function hasRoom(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= ROOMY;
}

/** A folder that nobody else can have made or can look into; null where somebody else's is in its place. */
async function ownFolder(parent: string, name: string): Promise<string | null> {
  const folder = join(parent, name);
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o700 });
    await chmod(folder, 0o700);
    const { uid } = await lstat(folder);
    return uid === process.getuid?.() && (await readdir(folder)).length === 0 ? folder : null;
  } catch {
    return null;
  }
}

async function mkfifo(): Promise<string> {
  for (const path of MKFIFO) if (await lstat(path).then(Boolean, () => false)) return path;
  throw new Error(`${MKFIFO.join(' and ')} are missing: install coreutils`);
}
