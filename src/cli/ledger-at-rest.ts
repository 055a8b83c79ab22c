import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { AppError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { realDisk } from '../ledger/disk.ts';
import { sealedFiles } from '../ledger/secrecy/at-rest.ts';
import { addKey, KEY_FILE_VARIABLE, makeKeyFile, readKeyFile, restKey } from '../ledger/secrecy/keyring.ts';
import { markedKey } from '../ledger/secrecy/marker.ts';
import { rewriteFolder } from '../ledger/secrecy/rewrite.ts';
import { type KeyFileOptions, keyFileOf, keyFileOption } from './key-file.ts';
import { ledgerKey, openForWriting } from './ledger-writing.ts';
import { onDisk } from './log-trust.ts';

type Exit = (code: number) => void;

const FOLDER = 'the ledger’s folder';

/** Adds what encrypts a folder: `encrypt`, `rotate-key`. */
export function registerAtRest(ledger: Command, exit: Exit): void {
  keyFileOption(
    ledger
      .command('encrypt')
      .description(
        'encrypt a ledger’s folder at rest from now on, and what is there; makes the key file if there is none',
      )
      .argument('<dir>', FOLDER)
      .option('--only-new', 'leave the packs that are there as they are'),
  ).action(async (dir: string, options: KeyFileOptions & { readonly onlyNew?: true }) =>
    exit(await onDisk(() => encrypt(dir, options, options.onlyNew !== true))),
  );
  keyFileOption(
    ledger
      .command('rotate-key')
      .description('put a new key into the key file: what is written from now on is encrypted with it')
      .argument('<dir>', FOLDER)
      .option('--rewrite', 'also encrypt with the newest key what is there; with --no-new-key, only that')
      .option('--no-new-key', 'make no new key: go on with a rewrite that was cut short'),
  ).action(async (dir: string, options: KeyFileOptions & { readonly rewrite?: true; readonly newKey: boolean }) =>
    exit(await onDisk(() => rotate(dir, options))),
  );
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

async function encrypt(dir: string, options: KeyFileOptions, whole: boolean): Promise<number> {
  const keyFile = needed(options);
  ledgerKey(dir); // no key for what is no ledger
  if ((await markedKey(realDisk(dir))) === null) newKeyFile(keyFile, dir);
  return carryOut(dir, keyFile, true, whole);
}

async function rotate(
  dir: string,
  options: KeyFileOptions & { readonly rewrite?: true; readonly newKey: boolean },
): Promise<number> {
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
      process.stdout.write(`${files} files of ${bytes} bytes were encrypted with the key ${id}\n`);
    }
  } finally {
    await opened.close();
  }
  const { sealed, plain } = await sealedFiles(dir);
  const older = sealed.filter((one) => one.id !== id);
  process.stdout.write(`new files are encrypted with the key ${id}\n`);
  if (plain.length > 0) process.stdout.write(`${plain.length} files are in plain: spoor ledger encrypt\n`);
  for (const old of new Set(older.map((one) => one.id)))
    process.stdout.write(
      `${older.filter((one) => one.id === old).length} files need the older key ${old}: spoor ledger rotate-key --rewrite --no-new-key\n`,
    );
  for (const { id: old } of readKeyFile(keyFile, dir).keys.slice(1))
    if (!older.some((one) => one.id === old))
      process.stdout.write(`no file here needs the key ${old} any more: only copies of the folder do\n`);
  return 0;
}
