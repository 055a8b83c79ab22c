import { Readable } from 'node:stream';
import type { Command } from 'commander';
import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { gather, type Input, isRefusal, notALog } from '../../evidence/index.ts';
import { parsers } from '../../parsers/index.ts';
import type { Layout } from '../../server/paths.ts';
import { EVIDENCE, interruptible } from '../evidence.ts';
import { askServer, dataOption, layoutOf } from '../server-client.ts';
import type { CliCommand } from './index.ts';

const HEAD_BYTES = 65_536;
const LABEL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const answerSchema = z.object({ records: z.int(), range: z.object({ first: z.int(), last: z.int() }).nullable() });

interface ImportOptions {
  readonly label: string;
  readonly data?: string;
}

/** `spoor import`: evidence into the store, with its own time, under a label. */
export default {
  name: 'import',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('import'))
      .description('put logs that were handed in into the server’s store: each line a record, under a label')
      .argument('<path...>', EVIDENCE)
      .requiredOption('--label <name>', 'whose they are, or of which case: streams are import-LABEL/PATH')
      .action(async (paths: string[], options: ImportOptions) => exit(await run(paths, options)));
  },
} satisfies CliCommand;

async function run(paths: readonly string[], { label, data }: ImportOptions): Promise<number> {
  if (!LABEL.test(label))
    throw new AppError('E_USAGE', `--label "${label.slice(0, 80)}": letters, digits, dots and dashes, at most 63`);
  const places = layoutOf(data);
  const signal = interruptible();
  let [files, records, refused] = [0, 0, 0];
  for await (const found of gather(paths, { signal })) {
    const taken = isRefusal(found) ? found.reason : await take(found, label, places);
    if (typeof taken === 'string') {
      refused += 1;
      process.stderr.write(`spoor: not imported: ${printable(found.path)}: ${printable(taken)}\n`);
    } else {
      files += 1;
      records += taken.records;
      const range = taken.range === null ? 'no line' : `records ${taken.range.first}..${taken.range.last}`;
      process.stdout.write(`${printable(found.path)}: ${range}\n`);
    }
  }
  process.stdout.write(
    `${files} files, ${records} records, durable${refused > 0 ? `; ${refused} files were left out` : ''}\n`,
  );
  return refused > 0 && files === 0 ? 65 : 0;
}

/** Sends an input's lines; or gives why they are not sent. */
async function take(input: Input, label: string, places: Layout): Promise<z.output<typeof answerSchema> | string> {
  const blocks = await peeked(input);
  if (blocks.why !== null) return blocks.why;
  const query = new URLSearchParams({
    stream: `import-${label}/${input.path}`.slice(0, 500),
    via: `file:${input.path}`.slice(0, 600),
  });
  const path = `/api/v1/records?${query}`;
  return answerSchema.parse(await askServer(places, 'POST', path, Readable.from(blocks.all())));
}

/** An input whose first bytes were looked at. Binary logs have no lines: `spoor investigate` reads them, the store does not. */
async function peeked(input: Input): Promise<{ readonly why: string | null; all(): AsyncGenerator<Buffer> }> {
  const blocks = input.open()[Symbol.asyncIterator]();
  const first = await blocks.next();
  const head: Buffer = first.done ? Buffer.alloc(0) : Buffer.from(first.value.subarray(0, HEAD_BYTES));
  const size = input.size ?? head.length;
  const binary = parsers.find((parser) => parser.kind === 'binary' && parser.accepts(head, size, input.path));
  const why = binary === undefined ? notALog(head) : `${binary.name} is binary: spoor investigate reads it`;
  if (why !== null) await blocks.return?.();
  return {
    why,
    async *all() {
      for (let next = first; !next.done; next = await blocks.next()) yield next.value;
    },
  };
}
