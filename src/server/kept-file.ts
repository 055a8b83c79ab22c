import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { replaceFileSync } from '../core/durable-file.ts';

/** A small file of JSON that says how far something is. */
export class KeptFile<T> {
  readonly #path: string;
  #value: T;

  /** `none`: what holds where there is no such file, or one that is not ours. */
  constructor(path: string, schema: z.ZodType<T>, none: T) {
    this.#path = path;
    this.#value = read(path, schema) ?? none;
  }

  get value(): T {
    return this.#value;
  }

  /** Keeps another value, durably. Throws what the disk says: it holds then until the process ends. */
  keep(value: T): void {
    this.#value = value;
    replaceFileSync(this.#path, `${JSON.stringify(value)}\n`);
  }
}

function read<T>(path: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}
