import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../core/errors.ts';
import { VKEY } from '../ledger/folder-check.ts';
import { dataOption } from './data-option.ts';
import { onDisk } from './log-trust.ts';
import { layoutOf } from './server-client.ts';

/** What commands that only read can read from. */
export const ANY_LEDGER = 'a ledger’s folder, a static tree, or the URL of one that is served';
/** What the others need. */
export const LEDGER_FOLDER = 'the ledger’s folder';

/** Options of every command about a ledger. */
export interface LedgerOptions {
  readonly data?: string;
}

/** Arguments behind the ledger, each with what it is for. */
type Others = Readonly<Record<string, string>>;

/**
 * Adds the arguments of a command about a ledger, and `--data`: the ledger, which may be left out for that of the server's data folder, then
 * `others`, all of which must be given.
 */
export function ledgerArguments(command: Command, ledger: string, others: Others = {}): Command {
  dataOption(command).argument('[ledger]', `${ledger} (default: the ledger of the data folder)`);
  for (const [name, what] of Object.entries(others)) command.argument(`[${name}]`, what);
  return command.usage(['[options] [ledger]', ...Object.keys(others).map((name) => `<${name}>`)].join(' '));
}

/** What the work of a command about a ledger is given: the ledger, the options, and the other arguments. */
type Work<O> = (ledger: string, options: O, ...others: string[]) => Promise<number>;

/** Has a command, which has its arguments from `ledgerArguments`, do its work, and its code handed on. */
export function onLedger<O extends LedgerOptions>(command: Command, exit: (code: number) => void, work: Work<O>): void {
  const others = command.registeredArguments.slice(1).map((argument) => argument.name());
  command.action(async (...given: unknown[]) => {
    const options = given[others.length + 1] as O;
    const words = given.slice(0, others.length + 1).filter((word) => word !== undefined) as string[];
    if (words.length < others.length)
      throw new AppError('E_USAGE', `missing: ${others.slice(words.length - others.length).join(', ')}`);
    const { ledger, rest } = ledgerAmong(words, others.length, options);
    exit(await onDisk(() => work(ledger, options, ...rest)));
  });
}

/**
 * The ledger among a command's words, of which `others` are something else: the first where it was named, else that of the data folder. Throws
 * E_USAGE where it is named twice, E_NOT_FOUND where the data folder has none.
 */
export function ledgerAmong(
  words: readonly string[],
  others: number,
  { data }: LedgerOptions,
): { readonly ledger: string; readonly rest: readonly string[] } {
  const [first, ...rest] = words;
  if (first === undefined || words.length === others) {
    if (data === undefined && first !== undefined && existsSync(join(first, VKEY)))
      throw new AppError('E_USAGE', `"${first.slice(0, 80)}" is a ledger, and something is missing behind it`);
    return { ledger: ledgerIn(data), rest: words };
  }
  if (data !== undefined)
    throw new AppError('E_USAGE', `both --data and the ledger "${first.slice(0, 80)}" were given: give one of them`);
  return { ledger: first, rest };
}

function ledgerIn(data: string | undefined): string {
  const { data: folder, ledger } = layoutOf(data);
  try {
    lstatSync(ledger);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new AppError(
      'E_NOT_FOUND',
      `there is no ledger in the data folder ${folder}: name a ledger, or another data folder by --data`,
      { cause },
    );
  }
  return ledger;
}
