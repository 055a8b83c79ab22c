import { hash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { setImmediate as breathe } from 'node:timers/promises';
import type { EvidenceOut } from '../../ledger/export/evidence-file.ts';
import { ZipWriter } from '../../ledger/export/zip.ts';

/** A file of an export. */
export interface ExportedFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A zip file that goes out as it is made; knows the digest of each file in it. */
export class ExportZip {
  readonly stream = new PassThrough({ highWaterMark: 1 << 20 });
  readonly files: ExportedFile[] = [];
  readonly #top: string;
  readonly #signal: AbortSignal;
  readonly #zip: ZipWriter;

  constructor(top: string, signal: AbortSignal) {
    this.#top = top;
    this.#signal = signal;
    this.#zip = new ZipWriter((bytes) => this.#write(bytes));
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.stream.destroyed) throw new Error('the client left');
    if (!this.stream.write(bytes)) await once(this.stream, 'drain', { signal: this.#signal });
  }

  async put(path: string, content: Uint8Array | string): Promise<ExportedFile> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const file = { path, bytes: bytes.length, sha256: hash('sha256', bytes) };
    await this.#zip.add(`${this.#top}/${path}`, bytes, path.endsWith('.sh') ? 0o755 : 0o644);
    this.files.push(file);
    await breathe(); // packing takes the thread: others ask, too
    return file;
  }

  /** A folder of it, for evidence. */
  folder(name: string): EvidenceOut {
    return {
      put: async (path, bytes) => void (await this.put(`${name}/${path}`, bytes)),
      finish: async () => {},
      drop: async () => {},
    };
  }

  async end(): Promise<void> {
    await this.#zip.end();
    this.stream.end();
  }
}
