import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { formatVerifierKey } from '../../core/tlog/note.ts';
import { policyText } from '../../ledger/keep/keep-policy.ts';
import { LedgerReader } from '../../ledger/reader.ts';
import { readingDisk } from '../../ledger/secrecy/at-rest.ts';
import { serveLedger } from '../../ledger/serve.ts';
import { writeStaticTree } from '../../ledger/static-tree.ts';
import {
  ANY_LEDGER,
  LEDGER_FOLDER,
  type LedgerOptions,
  ledgerAmong,
  ledgerArguments,
  onLedger,
} from '../about-ledger.ts';
import { dataOption } from '../data-option.ts';
import { interruptible } from '../evidence.ts';
import { indexRange } from '../index-range.ts';
import { type KeyFileOptions, keyFileOf, keyFileOption, keysOfFolder } from '../key-file.ts';
import { registerAnchor } from '../ledger-anchor.ts';
import { appendLines, appendThroughServer } from '../ledger-append.ts';
import { newKeyFile, registerAtRest } from '../ledger-at-rest.ts';
import { cosignWhileServing } from '../ledger-cosigning.ts';
import { registerKeeping } from '../ledger-keep.ts';
import { recordJson, recordsIn, recordText } from '../ledger-show.ts';
import { registerSucceed } from '../ledger-succeed.ts';
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
    registerAtRest(ledger, exit);
    registerSucceed(ledger, exit);
  },
} satisfies CliCommand;

function registerWriting(ledger: Command, exit: Exit): void {
  keyFileOption(ledger.command('init'))
    .description('make a ledger in a new folder, with its key; prints the public key')
    .argument('<dir>', 'the new ledger’s folder')
    .requiredOption('--origin <name>', 'the log’s name for its whole life, such as ledger.example/main')
    .option('--minimum <duration>', 'how long records are kept at least, as its first record says (ISO 8601): P365D')
    .option('--retention <duration>', 'the same as --minimum')
    .option('--maximum <duration>', 'and no longer than that, where "spoor ledger prune" runs daily')
    .option('--encrypt', 'encrypt it at rest; makes the key file if there is none')
    .action(async (dir: string, options: InitOptions) => exit(await onDisk(() => init(dir, options))));
  dataOption(keyFileOption(ledger.command('append')))
    .description('append each line of a file as a record; prints the first and last index once they are durable')
    .argument('[ledger]', `${LEDGER_FOLDER}; with --data, that of the data folder`)
    .argument('[file]', 'the file to read, or - for standard input (default: -)')
    .requiredOption('--stream <name>', 'the stream that the records are of, such as web1/auth')
    .option('--erasable', 'keep the payloads beside the log, so that "spoor ledger erase" can take each away')
    .action(async (first: string | undefined, second: string | undefined, options: AppendOptions) => {
      const words = [first, second].filter((word) => word !== undefined);
      const { ledger: dir, rest } = ledgerAmong(
        words,
        options.data === undefined ? 0 : Math.min(1, words.length),
        options,
      );
      exit(await onDisk(() => append(dir, rest[0] ?? '-', options)));
    });
  const key = ledgerArguments(ledger.command('key'), LEDGER_FOLDER);
  onLedger(key.description('print the ledger’s public key: give it to whoever is to verify'), exit, async (dir) => {
    process.stdout.write(`${printable(formatVerifierKey(ledgerKey(dir)))}\n`);
    return 0;
  });
}

function registerReading(ledger: Command, exit: Exit): void {
  const showing = ledgerArguments(ledger.command('show'), ANY_LEDGER, { range: 'INDEX or INDEX..INDEX' })
    .description('print records, each proved to be under the checkpoint')
    .option('--json', 'one JSON object a line')
    .option('--raw', 'the payloads as they were received, each with a line feed behind it');
  onLedger(trustOptions(showing), exit, show);
  const out = 'the folder to write to: a new one, or a tree of the same log';
  const treeing = ledgerArguments(ledger.command('tree'), 'a ledger’s folder, or the URL of one that is served', {
    out,
  });
  treeing.description('write the log as a static tree of files (C2SP tlog-tiles), for other programs');
  onLedger(trustOptions(treeing), exit, tree);
  const serving = keyFileOption(ledgerArguments(ledger.command('serve'), LEDGER_FOLDER))
    .description('serve checkpoint and tiles over HTTP, and entries to who has the token')
    .option('--listen <address:port>', 'where to listen', '127.0.0.1:8480')
    .option(
      '--token-file <file>',
      'file with the token that opens the entries (or SPOOR_LEDGER_TOKEN); none: nobody reads them',
    );
  onLedger(serving, exit, serve);
}

interface InitOptions extends KeyFileOptions {
  readonly origin: string;
  readonly minimum?: string;
  readonly retention?: string;
  readonly maximum?: string;
  readonly encrypt?: true;
}

interface AppendOptions extends KeyFileOptions, LedgerOptions {
  readonly stream: string;
  readonly erasable?: true;
}

interface ServeOptions extends KeyFileOptions, LedgerOptions {
  readonly listen: string;
  readonly tokenFile?: string;
}

async function init(dir: string, options: InitOptions): Promise<number> {
  const policy = statedPolicy(options);
  const keyFile = options.encrypt ? keyFileOf(options) : null;
  if (options.encrypt && keyFile === null)
    throw new AppError('E_USAGE', '--encrypt needs --key-file, a file outside of the ledger’s folder');
  if (!options.encrypt && options.keyFile !== undefined)
    throw new AppError('E_USAGE', '--key-file without --encrypt: give both, or neither');
  if (keyFile !== null) newKeyFile(keyFile, dir);
  const key = await initLedger(dir, options.origin, policy, keyFile);
  process.stdout.write(`${formatVerifierKey(key)}\n`);
  return 0;
}

/** What the first record says of keeping. Throws E_USAGE. */
function statedPolicy({ minimum, retention, maximum }: InitOptions): string {
  if (minimum !== undefined && retention !== undefined)
    throw new AppError('E_USAGE', '--retention is the same as --minimum: give one of them');
  for (const [name, text] of Object.entries({ minimum, retention, maximum }))
    if (text !== undefined && !/^P\d{1,5}[DWMY]$/.test(text))
      throw new AppError('E_USAGE', `--${name} "${text.slice(0, 80)}" is no duration: give P365D, say`);
  return policyText(minimum ?? retention ?? maximum ?? 'P365D', maximum ?? null);
}

async function append(dir: string, file: string, options: AppendOptions): Promise<number> {
  const signal = interruptible();
  const given = await appendThroughServer(dir, file, options.stream, options.erasable);
  if (given !== undefined) {
    if (given !== null) process.stdout.write(`${given.first}..${given.last}\n`);
    return 0;
  }
  const writing = await openForWriting(dir, { keyFile: keyFileOf(options) });
  try {
    const range = await appendLines(writing, file, options.stream, signal, options.erasable);
    if (range !== null) process.stdout.write(`${range.first}..${range.last}\n`);
  } finally {
    await writing.close();
  }
  return 0;
}

interface ShowOptions extends TrustOptions, LedgerOptions {
  readonly json?: true;
  readonly raw?: true;
}

async function show(dir: string, options: ShowOptions, range: string): Promise<number> {
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

async function tree(dir: string, options: TrustOptions & LedgerOptions, out: string): Promise<number> {
  const { policy } = trustFor(dir, options);
  const keys = policy.logs.map(({ key }) => key);
  const size = await writeStaticTree(await openLog(dir, options), out, keys);
  process.stdout.write(`${size}\n`);
  return 0;
}

async function serve(dir: string, options: ServeOptions): Promise<number> {
  const signal = interruptible();
  const key = ledgerKey(dir);
  const [, host = '', port = ''] = /^(?:\[?([0-9A-Fa-f.:]+|localhost)\]?):(\d{1,5})$/.exec(options.listen) ?? [];
  if (port === '' || Number(port) > 65_535)
    throw new AppError('E_USAGE', `--listen "${options.listen.slice(0, 80)}" is no address:port`);
  const disk = readingDisk(dir, key.name, keysOfFolder(dir, options));
  const reader = await LedgerReader.open(disk, dir);
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
  const cosigning = await cosignWhileServing(dir, key, disk);
  if (!signal.aborted) await once(signal, 'abort');
  await cosigning.stop();
  server.close();
  server.closeAllConnections();
  await reader.close();
  return 0;
}

const cannotListen = (error: Error) =>
  new AppError('E_UNAVAILABLE', `cannot listen: ${error.message}`, { cause: error });
