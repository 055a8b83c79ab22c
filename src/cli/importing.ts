import { Readable } from 'node:stream';
import * as z from 'zod';
import { AppError } from '../core/errors.ts';
import { gather, type Input, isRefusal, notALog } from '../evidence/index.ts';
import { hostInPath } from '../investigate/hosts.ts';
import { parsers } from '../parsers/index.ts';
import { importVia } from '../pipeline/file-transport.ts';
import type { Layout } from '../server/paths.ts';
import { askServer } from './server-client.ts';

const HEAD_BYTES = 65_536;
const answerSchema = z.object({ records: z.int(), range: z.object({ first: z.int(), last: z.int() }).nullable() });

/** Whose logs they are. */
export interface Handed {
  /** Their streams are `import-LABEL/PATH`. */
  readonly label: string;
  /** Of lines that name no host; absent: the folder that a host's file system lies in, where the path has one. */
  readonly host?: string | undefined;
}

export interface ImportTold {
  readonly signal: AbortSignal;
  /** `range`: where its records stand, in words. */
  readonly onTaken: (path: string, range: string) => void;
  readonly onRefused: (path: string, why: string) => void;
}

/** Puts evidence into the store of the server that runs in a data folder: each line, or record of login records (wtmp), a record of the stream `import-LABEL/PATH`. */
export async function importAll(
  paths: readonly string[],
  handed: Handed,
  places: Layout,
  { signal, onTaken, onRefused }: ImportTold,
): Promise<{ readonly files: number; readonly records: number; readonly refused: number }> {
  let [files, records, refused] = [0, 0, 0];
  for await (const found of gather(paths, { signal })) {
    const taken = isRefusal(found) ? found.reason : await take(found, handed, places);
    if (typeof taken === 'string') {
      refused += 1;
      onRefused(found.path, taken);
      continue;
    }
    files += 1;
    records += taken.records;
    onTaken(found.path, taken.range === null ? 'no line' : `records ${taken.range.first}..${taken.range.last}`);
  }
  return { files, records, refused };
}

/** Sends an input's lines; or gives why they are not sent. */
async function take(
  input: Input,
  { label, host = hostInPath(input.path) }: Handed,
  places: Layout,
): Promise<z.output<typeof answerSchema> | string> {
  const blocks = await peeked(input);
  if (blocks.why !== null) return blocks.why;
  const { records } = blocks;
  const query = new URLSearchParams({
    stream: `import-${label}/${input.path}`.slice(0, 500),
    via: importVia(input.path, records?.format ?? null).slice(0, 600),
    ...(host !== '' && { host }),
    ...(records !== null && { size: String(records.size) }),
  });
  const path = `/api/v1/records?${query}`;
  try {
    return answerSchema.parse(await askServer(places, 'POST', path, Readable.from(blocks.all())));
  } catch (error) {
    if (error instanceof AppError && error.code === 'E_TOO_LARGE')
      return `${error.message}; what stands before it is kept`;
    throw error;
  }
}

/** An input whose first bytes were looked at. */
interface Peeked {
  /** Why it is not taken; null where it is. */
  readonly why: string | null;
  /** Of a binary log whose records are kept as they are; null: it has lines. */
  readonly records: { readonly format: string; readonly size: number } | null;
  all(): AsyncGenerator<Buffer>;
}

async function peeked(input: Input): Promise<Peeked> {
  const blocks = input.open()[Symbol.asyncIterator]();
  const first = await blocks.next();
  const head: Buffer = first.done ? Buffer.alloc(0) : Buffer.from(first.value.subarray(0, HEAD_BYTES));
  const size = input.size ?? head.length;
  const binary = parsers.find((parser) => parser.kind === 'binary' && parser.accepts(head, size, input.path));
  const bytes = binary?.kind === 'binary' ? binary.recordBytes?.(head) : undefined;
  const records = binary === undefined || bytes === undefined ? null : { format: binary.name, size: bytes };
  const why =
    records !== null
      ? null
      : binary === undefined
        ? notALog(head)
        : `${binary.name} is binary, and its records do not stand alone: spoor investigate reads it`;
  if (why !== null) await blocks.return?.();
  return {
    why,
    records,
    async *all() {
      try {
        for (let next = first; !next.done; next = await blocks.next()) yield next.value;
      } finally {
        await blocks.return?.(); // the next one of an archive can be read only then
      }
    },
  };
}
