import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { AppError } from '../core/errors.ts';
import { counted, printable } from '../core/text.ts';
import { realDisk } from '../ledger/disk.ts';
import { sealedFiles } from '../ledger/secrecy/at-rest.ts';
import { addKey, KEY_FILE_VARIABLE, makeKeyFile, readKeyFile, restKey } from '../ledger/secrecy/keyring.ts';
import { markedKey } from '../ledger/secrecy/marker.ts';
import { rewriteFolder } from '../ledger/secrecy/rewrite.ts';
import { LEDGER_FOLDER, type LedgerOptions, ledgerArguments, onLedger } from './about-ledger.ts';
import { type KeyFileOptions, keyFileOf, keyFileOption } from './key-file.ts';
import { ledgerKey, openForWriting } from './ledger-writing.ts';

type Exit = (code: number) => void;

/** Adds what encrypts a folder: `encrypt`, `rotate-key`. */
export function registerAtRest(ledger: Command, exit: Exit): void {
  const encrypting = ledgerArguments(ledger.command('encrypt'), LEDGER_FOLDER)
    .description(
      'encrypt a ledger’s folder at rest from now on, and what is there; makes the key file if there is none',
    )
    .option('--only-new', 'leave the packs that are there as they are');
  onLedger(keyFileOption(encrypting), exit, encrypt);
  const rotating = ledgerArguments(ledger.command('rotate-key'), LEDGER_FOLDER)
    .description('put a new key into the key file: what is written from now on is encrypted with it')
    .option('--rewrite', 'also encrypt with the newest key what is there; with --no-new-key, only that')
    .option('--no-new-key', 'make no new key: go on with a rewrite that was cut short');
  onLedger(keyFileOption(rotating), exit, rotate);
}

interface EncryptOptions extends KeyFileOptions, LedgerOptions {
  readonly onlyNew?: true;
}

interface RotateOptions extends KeyFileOptions, LedgerOptions {
  readonly rewrite?: true;
  readonly newKey: boolean;
}

/** The key file that must be named. Throws E_USAGE without. */
function needed(options: KeyFileOptions): string {
  const path = keyFileOf(options);
  if (path !== null) return path;
  throw new AppError('E_USAGE', `give --key-file, outside of the ledger's folder (or ${KEY_FILE_VARIABLE})`);
}

/** Makes the key file where there is none. To be called before a ledger is encrypted. */
export function newKeyFile(path: string, folder: string): void {
  if (existsSync(path)) {
    readKeyFile(path, folder);
    return;
  }
  makeKeyFile(path, folder, restKey(randomBytes(32)));
  process.stderr.write(
    `spoor: made the key file ${printable(path.slice(0, 160))}: keep a copy elsewhere, for without it nobody reads the ledger again\n`,
  );
}

async function encrypt(dir: string, options: EncryptOptions): Promise<number> {
  const keyFile = needed(options);
  ledgerKey(dir); // no key for what is no ledger
  if ((await markedKey(realDisk(dir))) === null) newKeyFile(keyFile, dir);
  return carryOut(dir, keyFile, true, options.onlyNew !== true);
}

async function rotate(dir: string, options: RotateOptions): Promise<number> {
  const keyFile = needed(options);
  const marked = await markedKey(realDisk(dir));
  if (marked === null)
    throw new AppError('E_USAGE', `"${dir.slice(0, 80)}" is not encrypted at rest: "spoor ledger encrypt" begins it`);
  if (options.newKey) {
    // The lock comes before the key: a ledger that another writes to would else wait for a key that nobody uses.
    const opened = await openForWriting(dir, { keyFile });
    await opened.close();
    addKey(keyFile, dir, restKey(randomBytes(32)));
  }
  return carryOut(dir, keyFile, false, options.rewrite === true);
}

async function carryOut(dir: string, keyFile: string, begin: boolean, rewrite: boolean): Promise<number> {
  const { id } = readKeyFile(keyFile, dir).newest;
  const opened = await openForWriting(dir, { keyFile, begin });
  try {
    if (rewrite) {
      const { ledger, disk } = opened;
      const { files, bytes } = await ledger.alone(() => rewriteFolder(dir, disk, id));
      process.stdout.write(`${counted(files, 'file')} of ${counted(bytes, 'byte')} encrypted with the key ${id}\n`);
    }
  } finally {
    await opened.close();
  }
  const { sealed, plain } = await sealedFiles(dir);
  const older = sealed.filter((one) => one.id !== id);
  process.stdout.write(`new files are encrypted with the key ${id}\n`);
  if (plain.length > 0) process.stdout.write(`${counted(plain.length, 'file')} in plain: spoor ledger encrypt\n`);
  for (const old of new Set(older.map((one) => one.id)))
    process.stdout.write(
      `the older key ${old} is needed for ${counted(older.filter((one) => one.id === old).length, 'file')}: spoor ledger rotate-key --rewrite --no-new-key\n`,
    );
  for (const { id: old } of readKeyFile(keyFile, dir).keys.slice(1))
    if (!older.some((one) => one.id === old))
      process.stdout.write(`no file here needs the key ${old} any more: only copies of the folder do\n`);
  return 0;
}
