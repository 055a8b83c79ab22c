import { existsSync, readFileSync } from 'node:fs';
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { AppError } from '../core/errors.ts';
import { writeWholeFile } from './whole-file.ts';

// Backups are files of age (age-encryption.org/v1): any age reads them, with or without Spoor.

const MIN_PASSPHRASE = 12;

/** Who will be able to read a backup: holders of keys, or whoever knows the passphrase. */
export interface Readers {
  readonly to: readonly string[];
  readonly passphraseFile?: string | undefined;
  /** Makes a key in this file, and writes to it. */
  readonly newKey?: string | undefined;
}

/**
 * Encrypts for these readers. A key that is made says whose backups it is for: `log` is the log's public key. Throws E_USAGE when nobody is
 * named, or something that is no reader.
 */
export async function encrypterFor({ to, passphraseFile, newKey }: Readers, log: string): Promise<Encrypter> {
  const encrypter = new Encrypter();
  const recipients = [...to, ...(newKey === undefined ? [] : [await makeKey(newKey, log)])];
  if ((recipients.length === 0) === (passphraseFile === undefined))
    throw new AppError(
      'E_USAGE',
      'who may read the backup? --new-key FILE makes a key (keep it away from this machine), --to age1… names one that you have, or --passphrase-file FILE; keys and a passphrase do not go together',
    );
  if (passphraseFile !== undefined) encrypter.setPassphrase(passphraseIn(passphraseFile));
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      throw new AppError('E_USAGE', `--to "${recipient.slice(0, 20)}…" is no recipient of age (age1…)`, { cause });
    }
  }
  return encrypter;
}

async function makeKey(path: string, log: string): Promise<string> {
  if (existsSync(path))
    throw new AppError(
      'E_USAGE',
      `"${path.slice(-80)}" is there already: a key is never replaced; --to names its age1…`,
    );
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  await writeWholeFile(
    path,
    `# reads backups of Spoor made for:\n# public key: ${recipient}\n# log: ${log}\n${identity}\n`,
    0o600,
  );
  process.stderr.write(
    `spoor: a key was made in ${path}: without it no backup can be read, so keep it, and keep it away from this machine\nspoor: the next backup: --to ${recipient}\n`,
  );
  return recipient;
}

/** Decrypts with a file of age identities, or a passphrase. Throws E_USAGE when neither, or both, are named, E_UNREADABLE for no key. */
export function decrypterFor(keyFile: string | undefined, passphraseFile: string | undefined): Decrypter {
  const decrypter = new Decrypter();
  if ((keyFile === undefined) === (passphraseFile === undefined))
    throw new AppError('E_USAGE', 'what reads the backup? --key FILE (age identities) or --passphrase-file FILE');
  if (passphraseFile !== undefined) decrypter.addPassphrase(passphraseIn(passphraseFile));
  if (keyFile === undefined) return decrypter;
  const identities = textOf(keyFile).match(/^AGE-SECRET-KEY-[A-Z0-9-]+$/gm) ?? [];
  if (identities.length === 0) throw new AppError('E_UNREADABLE', `"${keyFile.slice(-80)}" holds no age identity`);
  for (const identity of identities) decrypter.addIdentity(identity);
  return decrypter;
}

/** Public keys of logs that a key file was made for. */
export function logsOf(keyFile: string): readonly string[] {
  return [...textOf(keyFile).matchAll(/^# log: (\S{1,500})$/gm)].map(([, log = '']) => log);
}

function passphraseIn(path: string): string {
  const passphrase = textOf(path).trim();
  if (passphrase.length < MIN_PASSPHRASE)
    throw new AppError(
      'E_USAGE',
      `the passphrase in "${path.slice(-80)}" is shorter than ${MIN_PASSPHRASE} characters`,
    );
  return passphrase;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('E_UNREADABLE', `cannot read "${path.slice(-80)}": ${(cause as Error).message}`, { cause });
  }
}
