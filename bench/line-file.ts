import { closeSync, openSync, renameSync, utimesSync, writeSync } from 'node:fs';

const CHUNK = 1 << 20;

/** Writes lines to a file in pieces of 1 MiB. The file takes its name in `close`, so that a cut-off run leaves none behind. */
export class LineFile {
  lines = 0;
  readonly #path: string;
  readonly #file: number;
  #pending = '';

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(`${path}.part`, 'w');
  }

  write(line: string): void {
    this.#pending += line;
    this.#pending += '\n';
    this.lines += 1;
    if (this.#pending.length >= CHUNK) this.#flush();
  }

  /** `endMs`: what the file's modification time shall be, as it is when the last line was written (years are read off it). */
  close(endMs: number): void {
    this.#flush();
    closeSync(this.#file);
    utimesSync(`${this.#path}.part`, endMs / 1000, endMs / 1000);
    renameSync(`${this.#path}.part`, this.#path);
  }

  #flush(): void {
    const bytes = Buffer.from(this.#pending);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.#pending = '';
  }
}
