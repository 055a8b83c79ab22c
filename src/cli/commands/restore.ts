import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { counted } from '../../core/text.ts';
import { formatVerifierKey } from '../../core/tlog/note.ts';
import type { Verdict } from '../../ledger/verdict.ts';
import { verifyFolder } from '../../ledger/verify-folder.ts';
import type { ReadBackup } from '../../server/backup-contents.ts';
import type { BackupManifest } from '../../server/backup-manifest.ts';
import { layout } from '../../server/paths.ts';
import { type Author, mustBeOf } from '../backup-author.ts';
import { decrypterFor, logsOf } from '../backup-secret.ts';
import { keysOfFolder } from '../key-file.ts';
import { ledgerKey } from '../ledger-writing.ts';
import { onDisk, trustFor } from '../log-trust.ts';
import type { CliCommand } from './index.ts';

const TAMPERED = 65;

interface RestoreOptions extends Author {
  readonly data: string;
  readonly key?: string;
  readonly passphraseFile?: string;
}

/** `spoor restore`: a data folder, as a backup has it. */
export default {
  name: 'restore',
  register(program: Command, exit: (code: number) => void) {
    program
      .command('restore')
      .argument('<file>', 'what spoor backup made')
      .requiredOption('--data <folder>', 'the new data folder: empty, or not there yet')
      .description(
        'make a data folder from a backup, and check its ledger; the state goes to DATABASE_URL where that is set',
      )
      .option('--key <file>', 'the key that can read it (age identities)')
      .option('--passphrase-file <file>', 'or the file with its passphrase')
      .option(
        '--vkey <vkey>',
        'the log’s public key, from elsewhere: only a backup that its server made is restored (again for a second one)',
        (value, all: string[]) => [...all, value],
        [],
      )
      .option('--policy <file>', 'or a policy file: the log’s key, and witnesses who must have cosigned')
      .option('--key-file <file>', 'keys of a ledger that is encrypted at rest')
      .action(async (file: string, options: RestoreOptions) => exit(await onDisk(() => run(file, options))));
  },
} satisfies CliCommand;

async function run(file: string, { data, key, passphraseFile, ...asked }: RestoreOptions): Promise<number> {
  const options = key === undefined ? asked : withLogOf(key, asked);
  const decrypter = decrypterFor(key, passphraseFile);
  const folder = resolve(data);
  const sealed = Readable.toWeb(createReadStream(file)) as unknown as globalThis.ReadableStream<Uint8Array>;
  const tar = await decrypter.decrypt(sealed).catch((cause: Error) => {
    throw unreadable(file, cause);
  });
  const isKnown = options.vkey.length > 0 || options.policy !== undefined;
  let verdict: Verdict | null = null;
  const check = async (read: ReadBackup) => {
    if (isKnown) verdict = await mustBeOf(options, folder, read);
  };
  const { restoreInto } = await import('../../server/restore.ts'); // with the state’s programs
  const manifest = await restoreInto(folder, plain(tar, file), process.env['DATABASE_URL'], check);
  process.stdout.write(
    `${manifest.origin}, ${counted(manifest.records, 'record')}, as of ${manifest.made}, is in ${folder}\n`,
  );
  return told(folder, verdict ?? (await verified(folder, manifest, options)), isKnown);
}

/** Where no log is named, the one that the backups' key was made for. */
function withLogOf(key: string, options: Author): Author {
  const vkey = options.vkey.length > 0 || options.policy !== undefined ? [] : logsOf(key);
  if (vkey.length === 0) return options;
  process.stderr.write(
    `spoor: taken are backups of the log that ${key} was made for, ${vkey.join(', ')}; --vkey names another\n`,
  );
  return { ...options, vkey };
}

async function* plain(tar: globalThis.ReadableStream<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  const reader = tar.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    throw unreadable(file, cause as Error);
  }
}

function unreadable(file: string, cause: Error): AppError {
  const { code } = cause as NodeJS.ErrnoException;
  const why =
    code === 'ENOENT'
      ? 'there is no such file'
      : `not with this key, or it is cut or changed (${cause.message.slice(0, 120)})`;
  return new AppError('E_UNREADABLE', `cannot read the backup "${file.slice(-80)}": ${why}`, { cause });
}

/** The ledger proves itself: a backup that was right when it was made, and lay on a bad disk, is found out here. Null: not without a key. */
async function verified(
  folder: string,
  { isEncryptedAtRest }: BackupManifest,
  options: { readonly keyFile?: string },
): Promise<Verdict | null> {
  if (isEncryptedAtRest && options.keyFile === undefined) return null;
  const { ledger } = layout(folder);
  return verifyFolder(ledger, trustFor(ledger, { key: [], memory: false }), keysOfFolder(ledger, options));
}

const NOT_READ =
  'Its ledger is encrypted at rest: check it with spoor verify --key-file FILE; the key file is not in a backup.\n';

function told(folder: string, verdict: Verdict | null, isKnown: boolean): number {
  const problems = verdict?.problems ?? [];
  for (const { where, what } of problems) process.stderr.write(`spoor: ${where}: ${what}\n`);
  if (problems.length > 0) {
    process.stdout.write('The ledger is NOT as it was sealed.\n');
    return TAMPERED;
  }
  const whole = verdict === null ? NOT_READ : `The ledger is whole: ${counted(verdict.size, 'record')}.\n`;
  const whose = isKnown
    ? 'Its server made this backup: the ledger is signed with the key that you gave, and says what else is in it.\n'
    : `NOT PROVEN: who made this backup. Whoever knows its age1… (or passphrase) could have, with accounts of his own. If you have the log’s public key from elsewhere, compare it: ${formatVerifierKey(ledgerKey(layout(folder).ledger))}; or restore with --vkey, which does that and more.\n`;
  process.stdout.write(
    `${whole}${whose}Stop the server that it was made of, if it still runs: two that go on from here would contradict each other, and witnesses would say so.\nThen: spoor serve --data ${folder} (the index is made anew from the ledger)\n`,
  );
  return 0;
}
