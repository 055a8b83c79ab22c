import type { Command } from 'commander';
import { counted } from '../../core/text.ts';
import { dataOption } from '../data-option.ts';
import { onDisk } from '../log-trust.ts';
import { layoutOf } from '../server-client.ts';
import type { CliCommand } from './index.ts';

interface CheckOptions {
  readonly data?: string;
  readonly config?: string;
}

/** `spoor config check`: is the configuration right, before a server is started with it? */
export default {
  name: 'config',
  register(program: Command, exit: (code: number) => void) {
    const config = program.command('config').description('check the server’s configuration');
    dataOption(config.command('check'))
      .description('read the configuration as spoor serve does, and start nothing; exit code 78 says that it is wrong')
      .option('--config <file>', 'configuration (default: spoor.yml in the data folder, where there is one)')
      .action(async (options: CheckOptions) => exit(await onDisk(() => check(options))));
  },
} satisfies CliCommand;

async function check({ data, config: file }: CheckOptions): Promise<number> {
  const { configOf, withOrigin } = await import('../server-config.ts'); // with every source that there is
  const paths = layoutOf(data);
  const { sources, ledger, http } = withOrigin(configOf(file, paths), paths);
  const names = sources.map(({ type, name }) => (name === undefined ? type : `${name} (${type})`));
  process.stdout.write(
    `The configuration is right: ledger ${ledger.origin}, page on ${http.host}:${http.port}, ${counted(sources.length, 'source')}: ${names.join(', ')}\n`,
  );
  return 0;
}
