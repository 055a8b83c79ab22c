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
  return Promise.all(files.sort().map((file) => load<T>(folder, file)));
}

async function load<T extends { readonly name: string }>(folder: URL, file: string): Promise<T> {
  const { default: found } = (await import(new URL(file, folder).href)) as { default?: T };
  const expected = MODULE.exec(file)?.groups?.['name'];
  if (found?.name !== expected) throw new AppError('E_CONFIG', `${file} must default-export { name: '${expected}' }`);
  return found as T;
}

/**
 * Imports the one module of this name beside `indexUrl`, and nothing that only the others need. Null when there is none. Throws
 * E_CONFIG as `loadFolder` does.
 */
export async function loadNamed<T extends { readonly name: string }>(
  indexUrl: string,
  name: string,
): Promise<T | null> {
  const folder = new URL('./', indexUrl);
  const file = (await readdir(folder)).find((one) => one === `${name}.js` || one === `${name}.ts`);
  return file === undefined || !MODULE.test(file) || file.startsWith('index.') ? null : load<T>(folder, file);
}
