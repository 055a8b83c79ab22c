import { hash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { openCheckpoint } from '../core/tlog/checkpoint.ts';
import { formatVerifierKey, type VerifierKey } from '../core/tlog/note.ts';
import { type Layout, ledgerFolder } from '../server/paths.ts';
import { dataOption } from './data-option.ts';
import { defaultWho } from './default-who.ts';
import { nameOfNext } from './ledger-name.ts';
import { initLedger, ledgerKey, openForWriting } from './ledger-writing.ts';
import { onDisk } from './log-trust.ts';
import { layoutOf } from './server-client.ts';

interface Options {
  readonly data?: string;
  readonly config?: string;
  readonly who: string;
}

/** `spoor ledger succeed`: what was tampered with ends, and another ledger goes on from it. */
export function registerSucceed(ledger: Command, exit: (code: number) => void): void {
  dataOption(ledger.command('succeed'))
    .description('end a server’s ledger that was tampered with: the next one begins beside it, and says why')
    .option('--config <file>', 'the server’s configuration (default: spoor.yml in the data folder)')
    .option('--who <name>', 'who gives the order, as the record states it', defaultWho())
    .action(async (options: Options) => exit(await onDisk(() => succeed(options))));
}

async function succeed({ data, config: file, who }: Options): Promise<number> {
  if (who.trim() === '') throw new AppError('E_USAGE', '--who names nobody');
  const { configOf, withOrigin } = await import('./server-config.ts'); // with every source that there is
  const { genesisPolicy } = await import('../server/upkeep.ts');
  const paths = layoutOf(data);
  const config = withOrigin(configOf(file, paths), paths);
  const { keyFile = null } = config.ledger;
  const why = await whyEnded(paths, keyFile);
  const key = ledgerKey(paths.ledger);
  const last = lastGood(paths.ledger, key);
  const next = ledgerFolder(paths.data, paths.ledgerNumber + 1);
  const making = `${next}.new`;
  rmSync(making, { recursive: true, force: true }); // one that was not finished: nothing is in it
  const made = await initLedger(making, nextName(key.name, paths.ledgerNumber), genesisPolicy(config), keyFile, {
    previous: { origin: key.name, checkpointSha256: last === null ? null : hash('sha256', last) },
    act: { who: who.trim(), what: 'ledger.succeed', about: key.name },
    payload: Buffer.from(JSON.stringify({ why, previous: { key: formatVerifierKey(key), checkpoint: last } })),
  });
  renameSync(making, next);
  syncFolder(paths.data);
  process.stdout.write(
    printable(
      `${key.name} has ended, and stays in ${paths.ledger} as it is; ${made.name} goes on, in ${next}. Start the server. The new public key, for whoever is to verify:`,
      1000,
    ),
  );
  process.stdout.write(`\n${formatVerifierKey(made)}\n`);
  return 0;
}

/** Why a ledger cannot be gone on with. Throws E_USAGE where it can, E_UNAVAILABLE while a server writes to it. */
async function whyEnded({ ledger, data }: Layout, keyFile: string | null): Promise<string> {
  try {
    const open = await openForWriting(ledger, { keyFile });
    await open.close();
  } catch (error) {
    if (error instanceof AppError && error.code === 'E_TAMPERED') return error.message.slice(0, 1000);
    throw error;
  }
  throw new AppError(
    'E_USAGE',
    `the ledger of ${data.slice(0, 80)} opens and is signed as ever: it needs no successor`,
  );
}

/** The name of a ledger's successor. A log's name is for life, and no two logs may have one. */
function nextName(name: string, nth: number): string {
  const first = nth === 1 ? name : name.slice(0, -`-${nth}`.length);
  return nameOfNext(first, nth + 1);
}

/** The last checkpoint that the key signed: the cosigned one, where that is all that is left. */
function lastGood(folder: string, key: VerifierKey): string | null {
  for (const name of ['checkpoint', 'cosigned']) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    try {
      const note = readFileSync(path, 'utf8');
      openCheckpoint(note, [key], key.name);
      return note;
    } catch {} // it is not to be believed
  }
  return null;
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}
