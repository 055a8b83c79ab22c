import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { referencePages } from './reference-pages.ts';

// Writes docs/reference/ from the code; test/docs.test.ts fails when it was forgotten.
const ROOT = new URL('../', import.meta.url);
for (const [path, text] of await referencePages()) {
  const file = fileURLToPath(new URL(path, ROOT));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  process.stdout.write(`${path}\n`);
}
