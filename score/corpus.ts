import { fileURLToPath } from 'node:url';

/** Folder of the suites: SPOOR_CORPUS, else beside the project's own folder. It need not exist. */
export function corpusFolder(): string {
  return process.env['SPOOR_CORPUS'] ?? fileURLToPath(new URL('../../shared/corpus', import.meta.url));
}
