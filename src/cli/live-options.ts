import type { Command } from 'commander';
import { dataOption } from './data-option.ts';

/** How far back a story goes when nobody says. */
export const USUAL = '7d';

/** What a command that reads a server's store is told. */
export interface LiveOptions {
  readonly live?: true;
  readonly data?: string;
}

/** Adds the options of `LiveOptions`. */
export function liveOptions(command: Command): Command {
  return dataOption(
    command.option(
      '--live',
      `read what the server of this machine keeps instead of files: the last ${USUAL} unless --since says else; --source then names a sender`,
    ),
  );
}
