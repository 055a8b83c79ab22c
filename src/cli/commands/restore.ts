import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { counted } from '../../core/text.ts';
import { verifyFolder } from '../../ledger/verify-folder.ts';
import type { BackupManifest } from '../../server/backup-manifest.ts';
import { layout } from '../../server/paths.ts';
import { decrypterFor } from '../backup-secret.ts';
import { keysOfFolder } from '../key-file.ts';
import { onDisk, trustFor } from '../log-trust.ts';
import type { CliCommand } from './index.ts';

const TAMPERED = 65;

interface RestoreOptions {
  readonly data: string;
  readonly key?: string;
  readonly passphraseFile?: string;
  readonly keyFile?: string;
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
      .option('--key-file <file>', 'keys of a ledger that is encrypted at rest')
      .action(async (file: string, options: RestoreOptions) => exit(await onDisk(() => run(file, options))));
  },
} satisfies CliCommand;

async function run(file: string, { data, key, passphraseFile, ...options }: RestoreOptions): Promise<number> {
  const decrypter = decrypterFor(key, passphraseFile);
  const folder = resolve(data);
  const sealed = Readable.toWeb(createReadStream(file)) as unknown as globalThis.ReadableStream<Uint8Array>;
  const tar = await decrypter.decrypt(sealed).catch((cause: Error) => {
    throw unreadable(file, cause);
  });
  const { restoreInto } = await import('../../server/restore.ts'); // with the state’s programs
  const manifest = await restoreInto(folder, plain(tar, file), process.env['DATABASE_URL']);
  return told(folder, manifest, options);
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

/** The ledger proves itself: a backup that was right when it was made, and lay on a bad disk, is found out here. */
async function told(
  folder: string,
  { origin, made, records, isEncryptedAtRest }: BackupManifest,
  options: { readonly keyFile?: string },
): Promise<number> {
  const { ledger } = layout(folder);
  process.stdout.write(`${origin}, ${counted(records, 'record')}, as of ${made}, is in ${folder}\n`);
  if (isEncryptedAtRest && options.keyFile === undefined) {
    process.stdout.write(
      'Its ledger is encrypted at rest: check it with spoor verify --key-file FILE; the key file is not in a backup.\n',
    );
    return 0;
  }
  const verdict = await verifyFolder(
    ledger,
    trustFor(ledger, { key: [], memory: false }),
    keysOfFolder(ledger, options),
  );
  for (const { where, what } of verdict.problems) process.stderr.write(`spoor: ${where}: ${what}\n`);
  process.stdout.write(
    verdict.problems.length > 0
      ? 'The ledger is NOT as it was sealed.\n'
      : `The ledger is whole: ${counted(verdict.size, 'record')}.\nStop the server that it was made of, if it still runs: two that go on from here would contradict each other, and witnesses would say so.\nThen: spoor serve --data ${folder} (the index is made anew from the ledger)\n`,
  );
  return verdict.problems.length > 0 ? TAMPERED : 0;
}
