import type { Command } from 'commander';
import { loadFolder, loadNamed } from '../../core/registry.ts';

/** One subcommand. `register` adds it to the program; its action reports the exit code through `exit`. */
export interface CliCommand {
  readonly name: string;
  register(program: Command, exit: (code: number) => void): void;
}

/** Every module in this folder, by name. */
export function allCommands(): Promise<readonly CliCommand[]> {
  return loadFolder<CliCommand>(import.meta.url);
}

/** The command of this name; null when there is none. What only others need is not loaded: it takes longer than most work. */
export function commandNamed(name: string): Promise<CliCommand | null> {
  return loadNamed<CliCommand>(import.meta.url, name);
}
