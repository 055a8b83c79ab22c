import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { replaceFile } from '../../core/durable-file.ts';
import type { Validators } from './fetch-list.ts';

const aboutSchema = z.strictObject({
  from: z.string(),
  etag: z.string(),
  lastModified: z.string(),
  /** Hex, of the bytes. */
  sha256: z.string(),
  /** When its content came (of a file: was written), and when it was last seen to be so; milliseconds since 1970. */
  gotMs: z.number(),
  checkedMs: z.number(),
});

/** What is known of a kept copy. */
export type CopyAbout = z.output<typeof aboutSchema>;

export interface Copy extends CopyAbout {
  readonly bytes: Buffer;
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The last good copies of lists, in a folder: what is used when a list cannot be got, or is broken. */
export class KeptCopies {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  #path(name: string, ending: 'list' | 'json'): string {
    return join(this.#folder, `${name}.${ending}`);
  }

  /** Null when there is none that is whole and from there. */
  async read(name: string, from: string): Promise<Copy | null> {
    try {
      const about = aboutSchema.parse(JSON.parse(await readFile(this.#path(name, 'json'), 'utf8')));
      const bytes = await readFile(this.#path(name, 'list'));
      return about.from === from && about.sha256 === sha256(bytes) ? { ...about, bytes } : null;
    } catch {
      return null; // none yet, or half written when the machine died: the list itself is asked
    }
  }

  /** The list first: what is said of it must never be said of another. */
  async write(name: string, copy: Copy): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o750 });
    await replaceFile(this.#path(name, 'list'), copy.bytes);
    await this.note(name, copy);
  }

  /** Writes down when a list was last seen to be as it is, and by what its server knows it. */
  async note(name: string, { from, etag, lastModified, sha256: hash, gotMs, checkedMs }: CopyAbout): Promise<void> {
    const about: CopyAbout = { from, etag, lastModified, sha256: hash, gotMs, checkedMs };
    await replaceFile(this.#path(name, 'json'), JSON.stringify(about));
  }

  /** Removes copies of lists that are no more. */
  async keepOnly(names: ReadonlySet<string>): Promise<void> {
    const files = await readdir(this.#folder).catch(() => []);
    for (const file of files) {
      const name = /^(?<name>.+)\.(?:list|json)(?:\.new)?$/.exec(file)?.groups?.['name'];
      if (name !== undefined && !names.has(name)) await rm(join(this.#folder, file), { force: true });
    }
  }
}

export const NO_VALIDATORS: Validators = { etag: '', lastModified: '' };
