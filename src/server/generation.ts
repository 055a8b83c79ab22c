import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFileSync } from '../core/durable-file.ts';
import { AppError } from '../core/errors.ts';

/** Which making of the index is the present one: a whole number from 1, in a file. It grows when the index is made anew. */
export function currentGeneration(folder: string): number {
  const path = join(folder, 'generation');
  if (!existsSync(path)) return 1;
  const text = readFileSync(path, 'utf8').trim();
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new AppError('E_MALFORMED', `${path} holds no number: remove it, and the index is made anew`);
  return Number(text);
}

/** Says durably that another generation is the present one. */
export function setGeneration(folder: string, generation: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  replaceFileSync(join(folder, 'generation'), `${generation}\n`);
}
