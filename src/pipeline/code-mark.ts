import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What decides which events records become, beside the records. */
const FOLDERS = ['core', 'decode', 'enrichers', 'parsers', 'pipeline', 'store'];
const CODE = /(?<!\.test|\.d)\.[jt]s$/;

/** A short mark of the code that makes events of records: another one after an upgrade that may make others. */
export function codeMark(root: string = fileURLToPath(new URL('..', import.meta.url))): string {
  const hash = createHash('sha256');
  for (const folder of FOLDERS) {
    const paths = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const path of paths.filter((one) => CODE.test(one)).sort())
      hash.update(`${folder}/${path}\n`).update(readFileSync(join(root, folder, path)));
  }
  return hash.digest('hex').slice(0, 16);
}
