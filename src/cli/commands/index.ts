import type { Command } from 'commander';
import { loadFolder } from '../../core/registry.ts';

/** One subcommand. `register` adds it to the program; its action reports the exit code through `exit`. */
export interface CliCommand {
  readonly name: string;
  register(program: Command, exit: (code: number) => void): void;
}

/** Every module in this folder, by name. */
export const commands: readonly CliCommand[] = await loadFolder<CliCommand>(import.meta.url);
