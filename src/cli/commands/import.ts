import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { counted, printable } from '../../core/text.ts';
import { dataOption } from '../data-option.ts';
import { EVIDENCE, interruptible } from '../evidence.ts';
import { layoutOf } from '../server-client.ts';
import type { CliCommand } from './index.ts';

const HOST = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/;
const LABEL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

interface ImportOptions {
  readonly label: string;
  readonly host?: string;
  readonly data?: string;
}

/** `spoor import`: evidence into the store, with its own time, under a label. */
export default {
  name: 'import',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('import'))
      .description(
        'put logs that were handed in into the server’s store: each line (of wtmp and btmp: each login record) a record, under a label',
      )
      .argument('<path...>', EVIDENCE)
      .requiredOption('--label <name>', 'whose they are, or of which case: streams are import-LABEL/PATH')
      .option('--host <name>', 'whose lines they are that name no host (default: as the path tells, web1/var/log/…)')
      .action(async (paths: string[], options: ImportOptions) => exit(await run(paths, options)));
  },
} satisfies CliCommand;

async function run(paths: readonly string[], { label, host, data }: ImportOptions): Promise<number> {
  if (!LABEL.test(label))
    throw new AppError('E_USAGE', `--label "${label.slice(0, 80)}": letters, digits, dots and dashes, at most 63`);
  if (host !== undefined && !HOST.test(host))
    throw new AppError('E_USAGE', `--host "${host.slice(0, 80)}": a host's name, of letters, digits, dots and dashes`);
  const { importAll } = await import('../importing.ts'); // with every parser, which tell what is a log
  const { files, records, refused } = await importAll(paths, { label, host }, layoutOf(data), {
    signal: interruptible(),
    onTaken: (path, range) => process.stdout.write(`${printable(path)}: ${range}\n`),
    onRefused: (path, why) => process.stderr.write(`spoor: not imported: ${printable(path)}: ${printable(why)}\n`),
  });
  const left = refused > 0 ? `; ${counted(refused, 'file was', 'files were')} left out` : '';
  process.stdout.write(`${counted(files, 'file')}, ${counted(records, 'record')}, durable${left}\n`);
  return refused > 0 && files === 0 ? 65 : 0;
}
