import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { ED25519, formatVerifierKey, parseVerifierKey } from '../../core/tlog/note.ts';
import { lockFolder } from '../../ledger/lock.ts';
import { WitnessCore } from '../../ledger/witness/core.ts';
import { witnessFolder, witnessKey } from '../../ledger/witness/folder.ts';
import { addLog } from '../../ledger/witness/memory.ts';
import { witnessServer } from '../../ledger/witness/serve.ts';
import { interruptible } from '../evidence.ts';
import type { CliCommand } from './index.ts';

interface ServeOptions {
  readonly dir: string;
  readonly listen: string;
  readonly name?: string;
}

/** `spoor witness`: a witness for ledgers of others, on a second machine. */
export default {
  name: 'witness',
  register(program: Command, exit: (code: number) => void) {
    const witness = program
      .command('witness')
      .description('be a witness: cosign of other machines’ ledgers only what continues what was there before');
    witness
      .command('serve')
      .description('answer ledgers over HTTP (C2SP tlog-witness); makes the key at the first start')
      .requiredOption('--dir <folder>', 'where the witness keeps its key and what it cosigned')
      .option('--listen <address>', 'where to listen', '127.0.0.1:7380')
      .option('--name <name>', 'its name, chosen once: HOST/witness (default: from this machine’s name)')
      .action(async (options: ServeOptions) => exit(await serve(options)));
    witness
      .command('add')
      .description('trust a ledger’s key: its checkpoints are cosigned from now on')
      .argument('<vkey>', 'what `spoor ledger key` prints on the ledger’s machine')
      .requiredOption('--dir <folder>', 'the witness’s folder')
      .action(async (vkey: string, { dir }: { dir: string }) => exit(await add(vkey, dir)));
    witness
      .command('key')
      .description('print the witness’s public key, for the policy of the ledgers')
      .requiredOption('--dir <folder>', 'the witness’s folder')
      .action(async ({ dir }: { dir: string }) => {
        const { key } = await witnessKey(witnessFolder(dir), null, randomBytes);
        process.stdout.write(`${formatVerifierKey(key)}\n`);
        exit(0);
      });
  },
} satisfies CliCommand;

async function serve({ dir, listen, name }: ServeOptions): Promise<number> {
  const { host, port } = placeOf(listen);
  const disk = witnessFolder(dir);
  const signal = interruptible();
  const lock = await lockFolder(dir);
  try {
    const pair = await witnessKey(disk, name ?? null, randomBytes).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'E_NOT_FOUND')
        return witnessKey(disk, `${hostname()}/witness`, randomBytes);
      throw error;
    });
    const nowSeconds = () => Math.floor(Date.now() / 1000);
    const server = witnessServer(new WitnessCore({ ...pair, disk, nowSeconds, onTrouble: complain }));
    server.listen(port, host);
    await once(server, 'listening').catch((cause: Error) => {
      throw new AppError('E_UNAVAILABLE', `cannot listen on ${listen}: ${cause.message}`, { cause });
    });
    server.on('error', ({ message }) => complain(message)); // too many files are open, say
    process.stdout.write(`${formatVerifierKey(pair.key)}\n${urlOf(server.address() as AddressInfo)}\n`);
    if (!signal.aborted) await once(signal, 'abort');
    server.close();
    server.closeIdleConnections();
    await once(server, 'close');
    return 0;
  } finally {
    await lock.release();
  }
}

function complain(words: string): void {
  process.stderr.write(`spoor: ${printable(words)}\n`);
}

async function add(vkey: string, dir: string): Promise<number> {
  const key = parseVerifierKey(vkey);
  if (key.type !== ED25519)
    throw new AppError('E_USAGE', `the key of ${key.name} is not a log’s: its type is ${key.type}`);
  const keys = await addLog(witnessFolder(dir), key);
  const more = keys.length > 1 ? `; ${keys.length} keys may sign for it now` : '';
  process.stdout.write(`${printable(key.name)} is witnessed${more}\n`);
  return 0;
}

const PLACE = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^\s:]+)):(?<port>\d{1,5})$/;

function placeOf(text: string): { readonly host: string; readonly port: number } {
  const parts = PLACE.exec(text)?.groups;
  const port = Number(parts?.['port'] ?? Number.NaN);
  if (!parts || port > 65_535) throw new AppError('E_USAGE', `"${text}" is no address and port: 127.0.0.1:7380`);
  return { host: parts['v6'] ?? parts['host'] ?? '', port };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
