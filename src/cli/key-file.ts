import type { Command } from 'commander';
import { KEY_FILE_VARIABLE, type Keyring, readKeyFile } from '../ledger/secrecy/keyring.ts';

/** Option of commands that read or write a ledger's folder, which may be encrypted at rest. */
export interface KeyFileOptions {
  readonly keyFile?: string;
}

/** Adds the option of `KeyFileOptions`. */
export function keyFileOption(command: Command): Command {
  return command.option(
    '--key-file <file>',
    `file with the keys of a folder that is encrypted at rest (or ${KEY_FILE_VARIABLE})`,
  );
}

/** The key file of an option, or of the environment; null without. */
export function keyFileOf({ keyFile }: KeyFileOptions): string | null {
  return keyFile ?? (process.env[KEY_FILE_VARIABLE] || null);
}

/** The keys of a ledger's folder; null where no key file is named. Throws as `readKeyFile`. */
export function keysOfFolder(folder: string, options: KeyFileOptions): Keyring | null {
  const path = keyFileOf(options);
  return path === null ? null : readKeyFile(path, folder);
}
