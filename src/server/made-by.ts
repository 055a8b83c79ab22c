import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { replaceFileSync } from '../core/durable-file.ts';

const schema = z.strictObject({ code: z.string(), version: z.string() });

/** The code that made all of the index that is older than the present start, and its version for people. */
export type MadeBy = z.output<typeof schema>;

const FILE = 'made-by.json';

/** Null where nothing is known. */
export function readMadeBy(folder: string): MadeBy | null {
  const path = join(folder, FILE);
  if (!existsSync(path)) return null;
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null; // no more than a hint
  }
}

export function writeMadeBy(folder: string, madeBy: MadeBy): void {
  replaceFileSync(join(folder, FILE), `${JSON.stringify(madeBy)}\n`);
}
