import type { Command } from 'commander';
import { onDisk } from '../log-trust.ts';
import type { ServeOptions } from '../serving.ts';
import type { CliCommand } from './index.ts';

/** `spoor serve`: collects, keeps, indexes, shows. */
export default {
  name: 'serve',
  register(program: Command, exit: (code: number) => void) {
    program
      .command('serve')
      .description('collect logs, keep them in the ledger, index them, and show them on a page')
      .option(
        '--data <folder>',
        'where everything is kept (default: SPOOR_DATA, else /var/lib/spoor for root, else ~/.local/share/spoor)',
      )
      .option('--config <file>', 'configuration (default: spoor.yml in the data folder, where there is one)')
      .action(async (options: ServeOptions) => {
        const { serveUntilTold } = await import('../serving.ts'); // with all that a server is made of
        exit(await onDisk(() => serveUntilTold(options)));
      });
  },
} satisfies CliCommand;
