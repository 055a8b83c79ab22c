import { readdir } from 'node:fs/promises';
import { AppError } from './errors.ts';

const MODULE = /^(?<name>[a-z0-9-]+)\.(?:js|ts)$/; // skips x.test.ts, x.d.ts, x.js.map

/**
 * Imports every module that lies beside `indexUrl` and returns the default exports, sorted by name.
 * The file name is the name: `sshd.ts` must default-export `{ name: 'sshd' }`.
 * Throws E_CONFIG otherwise, so that a bad file stops start-up instead of vanishing.
 */
export async function loadFolder<T extends { readonly name: string }>(indexUrl: string): Promise<readonly T[]> {
  const folder = new URL('./', indexUrl);
  const files = (await readdir(folder)).filter((file) => MODULE.test(file) && !file.startsWith('index.'));
  return Promise.all(
    files.sort().map(async (file) => {
      const { default: found } = (await import(new URL(file, folder).href)) as { default?: T };
      const expected = MODULE.exec(file)?.groups?.['name'];
      if (found?.name !== expected)
        throw new AppError('E_CONFIG', `${file} must default-export { name: '${expected}' }`);
      return found as T;
    }),
  );
}
