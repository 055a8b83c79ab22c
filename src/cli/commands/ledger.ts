import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { formatVerifierKey } from '../../core/tlog/note.ts';
import { realDisk } from '../../ledger/disk.ts';
import { LedgerReader } from '../../ledger/reader.ts';
import { serveLedger } from '../../ledger/serve.ts';
import { writeStaticTree } from '../../ledger/static-tree.ts';
import { interruptible } from '../evidence.ts';
import { indexRange } from '../index-range.ts';
import { registerAnchor } from '../ledger-anchor.ts';
import { appendLines } from '../ledger-append.ts';
import { cosignWhileServing } from '../ledger-cosigning.ts';
import { registerKeeping } from '../ledger-keep.ts';
import { recordJson, recordsIn, recordText } from '../ledger-show.ts';
import { initLedger, ledgerKey, openForWriting } from '../ledger-writing.ts';
import { onDisk, openLog, type TrustOptions, tokenOf, trustFor, trustOptions } from '../log-trust.ts';
import type { CliCommand } from './index.ts';

type Exit = (code: number) => void;

/** `spoor ledger`: a ledger by hand. */
export default {
  name: 'ledger',
  register(program: Command, exit: Exit) {
    const ledger = program.command('ledger').description('make a ledger, append to it, read it, serve it');
    registerWriting(ledger, exit);
    registerReading(ledger, exit);
    registerAnchor(ledger, exit);
    registerKeeping(ledger, exit);
  },
} satisfies CliCommand;

const FOLDER = 'the ledger’s folder';

function registerWriting(ledger: Command, exit: Exit): void {
  ledger
    .command('init')
    .description('make a ledger in a new folder, with its key; prints the public key')
    .argument('<dir>', FOLDER)
    .requiredOption('--origin <name>', 'the log’s name for its whole life, such as ledger.example/main')
    .option('--retention <duration>', 'how long records are to be kept, as its first record says (ISO 8601)', 'P365D')
    .action(async (dir: string, options: { origin: string; retention: string }) =>
      exit(await onDisk(() => init(dir, options))),
    );
  ledger
    .command('append')
    .description('append each line of a file as a record; prints the first and last index once they are durable')
    .argument('<dir>', FOLDER)
    .argument('[file]', 'the file to read, or - for standard input', '-')
    .requiredOption('--stream <name>', 'the stream that the records are of, such as web1/auth')
    .option('--erasable', 'keep the payloads beside the log, so that "spoor ledger erase" can take each away')
    .action(async (dir: string, file: string, options: { stream: string; erasable?: true }) =>
      exit(await onDisk(() => append(dir, file, options.stream, options.erasable))),
    );
  ledger
    .command('key')
    .description('print the ledger’s public key: give it to whoever is to verify')
    .argument('<dir>', FOLDER)
    .action((dir: string) => {
      process.stdout.write(`${printable(formatVerifierKey(ledgerKey(dir)))}\n`);
    });
}

function registerReading(ledger: Command, exit: Exit): void {
  trustOptions(
    ledger
      .command('show')
      .description('print records, each proved to be under the checkpoint')
      .argument('<ledger>', 'a ledger’s folder, a static tree, or the URL of one that is served')
      .argument('<range>', 'INDEX or INDEX..INDEX')
      .option('--json', 'one JSON object a line')
      .option('--raw', 'the payloads as they were received, each with a line feed behind it'),
  ).action(async (dir: string, range: string, options: ShowOptions) =>
    exit(await onDisk(() => show(dir, range, options))),
  );
  trustOptions(
    ledger
      .command('tree')
      .description('write the log as a static tree of files (C2SP tlog-tiles), for other programs')
      .argument('<ledger>', 'a ledger’s folder, or the URL of one that is served')
      .argument('<out>', 'the folder to write to: a new one, or a tree of the same log'),
  ).action(async (dir: string, out: string, options: TrustOptions) =>
    exit(await onDisk(() => tree(dir, out, options))),
  );
  ledger
    .command('serve')
    .description('serve checkpoint and tiles over HTTP, and entries to who has the token')
    .argument('<dir>', FOLDER)
    .option('--listen <address:port>', 'where to listen', '127.0.0.1:8480')
    .option(
      '--token-file <file>',
      'file with the token that opens the entries (or SPOOR_LEDGER_TOKEN); none: nobody reads them',
    )
    .action(async (dir: string, options: { listen: string; tokenFile?: string }) =>
      exit(await onDisk(() => serve(dir, options))),
    );
}

async function init(dir: string, { origin, retention }: { origin: string; retention: string }): Promise<number> {
  if (!/^P\d{1,5}[DWMY]$/.test(retention))
    throw new AppError('E_USAGE', `--retention "${retention.slice(0, 80)}" is no duration: give P365D, say`);
  const key = await initLedger(dir, origin, `retention=${retention}\n`);
  process.stdout.write(`${formatVerifierKey(key)}\n`);
  return 0;
}

async function append(dir: string, file: string, stream: string, erasable = false): Promise<number> {
  const signal = interruptible();
  const writing = await openForWriting(dir);
  try {
    const range = await appendLines(writing, file, stream, signal, erasable);
    if (range !== null) process.stdout.write(`${range.first}..${range.last}\n`);
  } finally {
    await writing.close();
  }
  return 0;
}

interface ShowOptions extends TrustOptions {
  readonly json?: true;
  readonly raw?: true;
}

async function show(dir: string, range: string, options: ShowOptions): Promise<number> {
  if (options.raw && process.stdout.isTTY)
    throw new AppError('E_USAGE', '--raw prints bytes that could command a terminal: send them to a file or a pipe');
  const { policy } = trustFor(dir, options);
  const source = await openLog(dir, options);
  for await (const shown of recordsIn(source, policy, indexRange(range))) {
    const { payload } = shown.record;
    const text = options.raw
      ? Buffer.concat([payload, Buffer.from('\n')])
      : options.json
        ? recordJson(shown)
        : recordText(shown);
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  }
  return 0;
}

async function tree(dir: string, out: string, options: TrustOptions): Promise<number> {
  const { policy } = trustFor(dir, options);
  const keys = policy.logs.map(({ key }) => key);
  const size = await writeStaticTree(await openLog(dir, options), out, keys);
  process.stdout.write(`${size}\n`);
  return 0;
}

async function serve(dir: string, options: { listen: string; tokenFile?: string }): Promise<number> {
  const signal = interruptible();
  const key = ledgerKey(dir);
  const [, host = '', port = ''] = /^(?:\[?([0-9A-Fa-f.:]+|localhost)\]?):(\d{1,5})$/.exec(options.listen) ?? [];
  if (port === '' || Number(port) > 65_535)
    throw new AppError('E_USAGE', `--listen "${options.listen.slice(0, 80)}" is no address:port`);
  const reader = await LedgerReader.open(realDisk(dir), dir);
  const onError = (error: unknown) =>
    process.stderr.write(`spoor: ${printable(error instanceof Error ? error.message : String(error))}\n`);
  const answer = serveLedger(reader, { token: tokenOf(options), onError });
  const server = createServer((request, response) => void answer(request, response));
  server.listen(Number(port), host);
  await Promise.race([
    once(server, 'listening'),
    once(server, 'error').then(([error]) => Promise.reject(cannotListen(error))),
  ]);
  const { address, family, port: taken } = server.address() as AddressInfo;
  process.stderr.write(`http://${family === 'IPv6' ? `[${address}]` : address}:${taken}/\n`);
  const cosigning = await cosignWhileServing(dir, key);
  if (!signal.aborted) await once(signal, 'abort');
  await cosigning.stop();
  server.close();
  server.closeAllConnections();
  await reader.close();
  return 0;
}

const cannotListen = (error: Error) =>
  new AppError('E_UNAVAILABLE', `cannot listen: ${error.message}`, { cause: error });
