import { hash } from 'node:crypto';
import { link, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { ZipWriter } from './zip.ts';

/** Where evidence is written to: a folder or one file. Nothing stands under its name before `finish`. */
export interface EvidenceOut {
  /** Adds a file; `path` is ours, with slashes. */
  put(path: string, bytes: Uint8Array): Promise<void>;
  /** Puts it in place. Rejects with E_OUTPUT when something came to stand there meanwhile. */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  drop(): Promise<void>;
}

const taken = (path: string) => new AppError('E_OUTPUT', `"${path.slice(-80)}" is there already, and is not empty`);

/** A new folder, or `NAME.zip` as one file. Rejects with E_OUTPUT when the place is taken: nothing is ever overwritten. */
export async function evidenceOut(path: string): Promise<EvidenceOut> {
  const whole = resolve(path);
  await mkdir(dirname(whole), { recursive: true });
  return /\.zip$/i.test(whole) ? zipOut(whole) : folderOut(whole);
}

async function isFree(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') return null;
    throw error;
  });
  return names?.length === 0;
}

async function folderOut(whole: string): Promise<EvidenceOut> {
  if (!(await isFree(whole))) throw taken(whole);
  const making = await mkdtemp(join(dirname(whole), `.${basename(whole)}.`));
  const made = new Set<string>();
  return {
    put: async (path, bytes) => {
      const folder = join(making, dirname(path));
      if (!made.has(folder)) await mkdir(folder, { recursive: true });
      made.add(folder);
      await writeNew(join(making, path), bytes);
    },
    finish: () =>
      rename(making, whole).catch((cause: NodeJS.ErrnoException) => {
        throw ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(cause.code ?? '') ? taken(whole) : cause;
      }),
    drop: () => rm(making, { recursive: true, force: true }),
  };
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', path.endsWith('.sh') ? 0o755 : 0o644);
  try {
    await file.writeFile(bytes);
  } finally {
    await file.close();
  }
}

async function zipOut(whole: string): Promise<EvidenceOut> {
  const making = await mkdtemp(join(dirname(whole), `.${basename(whole)}.`));
  const drop = () => rm(making, { recursive: true, force: true });
  const file = await open(join(making, 'zip'), 'wx', 0o600);
  const zip = new ZipWriter(async (bytes) => void (await file.writeFile(bytes)));
  const top = basename(whole).replace(/\.zip$/i, '') || 'evidence';
  return {
    put: (path, bytes) => zip.add(`${top}/${path}`, bytes, path.endsWith('.sh') ? 0o755 : 0o644),
    finish: async () => {
      await zip.end();
      await file.sync();
      await file.close();
      await link(join(making, 'zip'), whole).catch((cause: NodeJS.ErrnoException) => {
        throw cause.code === 'EEXIST' ? taken(whole) : cause;
      });
      await drop();
    },
    drop: async () => {
      await file.close().catch(() => {});
      await drop();
    },
  };
}

/** Counts what is written, and knows the digest of each file. */
export class Listed {
  readonly #out: EvidenceOut;
  readonly #sums: string[] = [];

  constructor(out: EvidenceOut) {
    this.#out = out;
  }

  async put(path: string, content: Uint8Array | string): Promise<void> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    this.#sums.push(`${hash('sha256', bytes)}  ${path}\n`);
    await this.#out.put(path, bytes);
  }

  get files(): number {
    return this.#sums.length;
  }

  /** Writes the list, as sha256sum does. */
  async end(): Promise<void> {
    await this.#out.put('SHA256SUMS', Buffer.from(this.#sums.join('')));
  }
}
