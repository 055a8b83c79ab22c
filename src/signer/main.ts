import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { AppError } from '../core/errors.ts';
import { formatSignature, formatVerifierKey, parseSecret } from '../core/tlog/note.ts';
import { realDisk } from '../ledger/disk.ts';
import { SignerCore } from './core.ts';
import { requestSchema, type SignerAnswer } from './protocol.ts';

// The process that holds the ledger's key. Arguments: the ledger's folder, the key's file, the origin. It ends when its standard
// input does, so it never outlives the writer, and it opens no network.

const [ledger = '', keyFile = '', origin = ''] = process.argv.slice(2);

function answer(said: SignerAnswer): void {
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

async function serve(): Promise<void> {
  const { key, secret } = parseSecret(readFileSync(keyFile, 'utf8'));
  const core = new SignerCore({ origin, key, secret, ledger: realDisk(ledger), own: realDisk(dirname(keyFile)) });
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
