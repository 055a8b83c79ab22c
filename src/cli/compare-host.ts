import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, normalize } from 'node:path';
import { AppError } from '../core/errors.ts';
import { LineBlocks } from '../core/lines.ts';
import { gather, type Input, isRefusal } from '../evidence/index.ts';
import type { HostBlock, HostLines } from '../ledger/compare/lines.ts';
import { inRotationOrder, logOf, type RotatedFile } from '../ledger/compare/rotation.ts';

/** A log's files, in the order in which they were written. */
export interface HostFiles extends HostLines {
  readonly files: readonly RotatedFile[];
  /** When the newest was last written, as its own time says: microseconds since 1970. */
  readonly writtenUs: number;
  /** Files that by their names are older ones of the same log, and were not handed in. */
  readonly beside: readonly string[];
}

/**
 * Opens a log's files: as they are, or compressed. All must be read to their ends, for what was not read would seem to be deleted: reading
 * rejects with E_NOT_FOUND, E_UNREADABLE or what else a file is refused for, and E_UNAVAILABLE when one is written anew meanwhile.
 */
export async function openHostFiles(paths: readonly string[]): Promise<HostFiles> {
  if (paths.includes('-')) throw new AppError('E_USAGE', 'standard input can be read only once: hand in files');
  const files = inRotationOrder(paths);
  const newest = files[files.length - 1] as RotatedFile;
  const { mtimeMs } = await stat(newest.path).catch((cause: Error) => {
    throw new AppError('E_NOT_FOUND', `cannot read "${newest.path.slice(0, 80)}": ${cause.message}`, { cause });
  });
  const beside = await olderBeside(newest.path, new Set(paths.map((path) => normalize(path))));
  return { files, writtenUs: Math.ceil(mtimeMs * 1000), beside, blocks: () => blocksOf(files) };
}

async function olderBeside(path: string, handedIn: ReadonlySet<string>): Promise<string[]> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []); // it may be read, and its folder not
  const log = logOf(basename(path));
  return names.filter((name) => logOf(name) === log && !handedIn.has(normalize(join(folder, name)))).sort();
}

async function* blocksOf(files: readonly RotatedFile[]): AsyncGenerator<HostBlock> {
  for (const { path, afterAbsent } of files) {
    let inputs = 0;
    for await (const input of gather([path])) {
      if (isRefusal(input)) {
        if (input.code !== null) throw new AppError(input.code, `${input.path.slice(0, 200)}: ${input.reason}`);
        continue;
      }
      inputs += 1;
      if (inputs > 1)
        throw new AppError('E_USAGE', `"${path.slice(0, 80)}" holds several files: hand in those of one log, by name`);
      yield* blocksIn(input, path, afterAbsent);
    }
  }
}

async function* blocksIn(input: Input, file: string, afterAbsent: boolean): AsyncGenerator<HostBlock> {
  let ready: Buffer[] = [];
  let read = 0;
  const cutter = new LineBlocks((block) => ready.push(block));
  yield { file, bytes: Buffer.alloc(0), afterAbsent }; // an empty file is a file
  for await (const block of input.open()) {
    read += block.length;
    cutter.push(block);
    for (const bytes of ready.splice(0)) yield { file, bytes };
  }
  cutter.end();
  for (const bytes of ready) yield { file, bytes };
  ready = [];
  const change = input.changed(read);
  if (change !== null) throw new AppError('E_UNAVAILABLE', `${file.slice(0, 200)}: ${change}: compare it again`);
}
