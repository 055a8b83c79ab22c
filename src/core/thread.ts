import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type ResourceLimits, Worker } from 'node:worker_threads';

/** Starts a module as a thread. From the sources (in tests and in work on Spoor) tsx has to be told first: Node 20 reads no types. */
export function startThread(module: URL, workerData: object, resourceLimits: ResourceLimits = {}): Worker {
  if (!module.pathname.endsWith('.ts')) return new Worker(module, { workerData, resourceLimits });
  const api = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const code = `import('${pathToFileURL(api).href}').then(({ register }) => { register(); return import('${module.href}'); })`;
  return new Worker(code, { eval: true, workerData, resourceLimits });
}
