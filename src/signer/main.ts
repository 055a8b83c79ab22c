import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { AppError } from '../core/errors.ts';
import { formatSignature, formatVerifierKey, parseSecret } from '../core/tlog/note.ts';
import { realDisk } from '../ledger/disk.ts';
import { lockFolder } from '../ledger/lock.ts';
import { readingDisk } from '../ledger/secrecy/at-rest.ts';
import { readKeyFile } from '../ledger/secrecy/keyring.ts';
import { SignerCore } from './core.ts';
import { requestSchema, type SignerAnswer } from './protocol.ts';

// The process that holds the ledger's key. Arguments: the ledger's folder, the key's file, the origin, and the file with the keys of a
// folder that is encrypted at rest (else nothing): it reads the records by itself. It ends when its standard
// input does, so it never outlives the writer, and it opens no network.

const [ledger = '', keyFile = '', origin = '', restKeys = ''] = process.argv.slice(2);

function answer(said: SignerAnswer): void {
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

const LOCK_TRIES = 50;
const LOCK_PAUSE_MS = 100;

/** A signer whose writer was killed may still be at its last answer: two would forget what the other signed. */
async function alone(folder: string): Promise<void> {
  for (let nth = 1; ; nth += 1) {
    const taken = await lockFolder(folder).catch((error: unknown) => {
      if (nth >= LOCK_TRIES) throw error;
      return null;
    });
    if (taken !== null) return;
    await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS));
  }
}

/** Throws E_USAGE for a key that others may read: then it is no secret. */
function refuseOpenKey(path: string): void {
  const { mode } = statSync(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new AppError(
      'E_USAGE',
      `the key ${path} may be read by others than its owner (mode ${(mode & 0o777).toString(8)}): if somebody could have read it, make a new ledger with a new key; else chmod 400`,
    );
}

async function serve(): Promise<void> {
  await alone(dirname(keyFile));
  refuseOpenKey(keyFile);
  const { key, secret } = parseSecret(readFileSync(keyFile, 'utf8'));
  const disk = readingDisk(ledger, origin, restKeys === '' ? null : readKeyFile(restKeys, ledger));
  const core = new SignerCore({ origin, key, secret, ledger: disk, own: realDisk(dirname(keyFile)) });
  answer({ hello: formatVerifierKey(key) });
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, size, root } = requestSchema.parse(JSON.parse(line));
    try {
      const signature = await core.sign({ size, root: Buffer.from(root, 'base64') });
      answer({ id, line: formatSignature(signature) });
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'E_UNAVAILABLE';
      answer({ id, code, message: error instanceof Error ? error.message : String(error) });
    }
  }
}

process.stdout.on('error', () => process.exit(0)); // the writer is gone: so are we
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {}); // the writer says when: a Ctrl-C reaches us both
serve().catch((error: unknown) => {
  process.stderr.write(`spoor: the signer ended: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 70;
});
