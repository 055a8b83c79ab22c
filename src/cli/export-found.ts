import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import type { Layout } from '../server/paths.ts';
import { answerOf, saidWho, serverAway } from './server-client.ts';
import { writeWholeFile } from './whole-file.ts';

/** What a search is exported by. */
export interface ExportWish {
  readonly q: string;
  readonly since?: string;
  readonly until?: string;
  readonly reason: string;
  readonly uncosigned: boolean;
}

/** Has the server export what a query finds, into a new file. Gives what to say of it. Throws E_OUTPUT when the file is there, and what the server says. */
export async function exportFound(layout: Layout, wish: ExportWish, out: string): Promise<string> {
  const path = resolve(out);
  if (!/\.zip$/i.test(path))
    throw new AppError('E_USAGE', `--export "${out.slice(-80)}": give a name that ends with .zip`);
  if (existsSync(path)) throw new AppError('E_OUTPUT', `"${path.slice(-80)}" is there already`);
  const answer = await begun(layout, wish);
  if (answer.statusCode !== 200) await answerOf(answer);
  const digest = createHash('sha256');
  let bytes = 0;
  async function* blocks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const block of answer as AsyncIterable<Buffer>) {
        bytes += block.length;
        digest.update(block);
        yield block;
      }
    } catch (cause) {
      throw brokenOff(cause);
    }
    if (!answer.complete) throw brokenOff();
  }
  await writeWholeFile(path, blocks(), 0o600);
  return `${out}: ${bytes.toLocaleString('en')} bytes, SHA-256 ${digest.digest('hex')}\nIt is on record, with its reason. To check it: unzip it, and sh …/evidence/verify.sh KEY\n`;
}

async function begun(layout: Layout, wish: ExportWish): Promise<IncomingMessage> {
  const body = JSON.stringify(wish);
  return new Promise((done, failed) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...saidWho() };
    const asking = request({ socketPath: layout.socket, method: 'POST', path: '/api/v1/export', headers }, done);
    asking.once('error', (cause: NodeJS.ErrnoException) => failed(serverAway(cause, layout)));
    asking.end(body);
  });
}

const brokenOff = (cause?: unknown) =>
  new AppError(
    'E_UNAVAILABLE',
    'the server ended the export before it was whole: its log says why; nothing was written',
    { cause },
  );
