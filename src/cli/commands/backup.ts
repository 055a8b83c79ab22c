import { type IncomingMessage, request } from 'node:http';
import { userInfo } from 'node:os';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { formatVerifierKey } from '../../core/tlog/note.ts';
import type { Layout } from '../../server/paths.ts';
import { encrypterFor, type Readers } from '../backup-secret.ts';
import { dataOption } from '../data-option.ts';
import { ledgerKey } from '../ledger-writing.ts';
import { answerOf, layoutOf, serverAway } from '../server-client.ts';
import { cannotWrite, removeLeftDrafts, writeWholeFile } from '../whole-file.ts';
import type { CliCommand } from './index.ts';

interface BackupOptions extends Readers {
  readonly data?: string;
}

/** `spoor backup`: everything that cannot be made anew, in one encrypted file. */
export default {
  name: 'backup',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('backup').argument('<file>', 'where it goes; replaced when it is whole'))
      .description('put the ledger, the state and the certificates of a running server into one encrypted file (age)')
      .option(
        '--to <age1…>',
        'who can read it; may be given several times',
        (value, all: string[]) => [...all, value],
        [],
      )
      .option('--new-key <file>', 'make a key in this file, that can read it')
      .option('--passphrase-file <file>', 'whoever knows the passphrase in this file can read it')
      .action(async (file: string, options: BackupOptions) => exit(await run(file, options)));
  },
} satisfies CliCommand;

async function run(file: string, options: BackupOptions): Promise<number> {
  const layout = layoutOf(options.data);
  const answer = await asked(layout);
  const encrypter = await encrypterFor(options, formatVerifierKey(ledgerKey(layout.ledger))).catch((error: unknown) => {
    answer.destroy();
    throw error;
  });
  const count = { bytes: 0 };
  const plain = Readable.toWeb(Readable.from(counted(answer, count))) as ReadableStream<Uint8Array>;
  const sealed = await encrypter.encrypt(plain as globalThis.ReadableStream<Uint8Array>);
  for (const left of await removeLeftDrafts(file, Date.now()))
    process.stderr.write(`spoor: ${left} was removed: an earlier backup was killed while it wrote\n`);
  try {
    await writeWholeFile(file, sealed as unknown as AsyncIterable<Uint8Array>, 0o600);
  } catch (cause) {
    answer.destroy();
    if ((cause as NodeJS.ErrnoException).code === 'ECONNRESET' || cause instanceof AppError) throw brokenOff(cause);
    throw cannotWrite(file, cause);
  }
  process.stdout.write(`${file}: ${(count.bytes / 1e6).toFixed(1)} MB before encryption\n`);
  return 0;
}

async function* counted(answer: IncomingMessage, count: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const block of answer as AsyncIterable<Buffer>) {
    count.bytes += block.length;
    yield block;
  }
  if (!answer.complete) throw brokenOff();
}

function brokenOff(cause?: unknown): AppError {
  return new AppError('E_UNAVAILABLE', 'the server ended before the backup did: what was there before is as it was', {
    cause,
  });
}

async function asked(layout: Layout): Promise<IncomingMessage> {
  const path = `/api/v1/backup?${new URLSearchParams({ who: `${userInfo().username}@server` })}`;
  const answer = await new Promise<IncomingMessage>((done, failed) => {
    const asking = request({ socketPath: layout.socket, path }, done);
    asking.once('error', (cause: NodeJS.ErrnoException) => failed(serverAway(cause, layout)));
    asking.end();
  });
  if (answer.statusCode !== 200) await answerOf(answer);
  return answer;
}
