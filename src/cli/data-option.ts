import type { Command } from 'commander';

/** The option of every command that asks the server. */
export function dataOption(command: Command): Command {
  return command.option(
    '--data <folder>',
    'the server’s data folder (default: SPOOR_DATA, else /var/lib/spoor for root, else ~/.local/share/spoor)',
  );
}
