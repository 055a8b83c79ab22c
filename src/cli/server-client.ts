import { type IncomingMessage, request } from 'node:http';
import { resolve } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, type ErrorCode } from '../core/errors.ts';
import { defaultDataFolder, type Layout, layout } from '../server/paths.ts';
import { defaultWho } from './default-who.ts';

const MAX_ANSWER = 64 << 20;
const CODES: ReadonlyMap<number, ErrorCode> = new Map([
  [404, 'E_NOT_FOUND'],
  [413, 'E_TOO_LARGE'],
  [503, 'E_UNAVAILABLE'],
]);

/** Where things are in the data folder that was named, or in the usual one. */
export function layoutOf(data: string | undefined): Layout {
  return layout(resolve(data ?? defaultDataFolder(process.env, process.getuid?.() ?? 0)));
}

/** Whose command it is, for the ledger: the socket tells nobody's name. */
export const saidWho = (): Record<string, string> => ({ 'x-spoor-who': defaultWho() });

/** Asks the server that runs in a data folder. Throws E_UNAVAILABLE when none does, and what it answers that is no success. */
export async function askServer(
  layout: Layout,
  method: 'GET' | 'POST',
  path: string,
  body?: Readable,
): Promise<unknown> {
  const answer = await new Promise<IncomingMessage>((done, failed) => {
    const headers = { ...saidWho(), ...(body !== undefined && { 'content-type': 'application/octet-stream' }) };
    const asking = request({ socketPath: layout.socket, method, path, headers }, done);
    asking.once('error', (cause: NodeJS.ErrnoException) => failed(serverAway(cause, layout)));
    if (body === undefined) asking.end();
    else pipeline(body, through(), asking).catch(failed);
  });
  try {
    return await answerOf(answer);
  } finally {
    body?.destroy(); // a server that refuses answers before it has all, and takes no more of it
  }
}

/** The JSON of an answer. Throws what the server says that is no success. */
export async function answerOf(answer: IncomingMessage): Promise<unknown> {
  const text = await textOf(answer);
  const said = JSON.parse(text) as { detail?: string };
  if (answer.statusCode === 200) return said;
  throw refusalOf(answer.statusCode ?? 0, String(said.detail ?? answer.statusCode));
}

/** What a server says that is no success, by its HTTP status. */
export function refusalOf(status: number, detail: string): AppError {
  return new AppError(CODES.get(status) ?? 'E_USAGE', `the server says: ${detail.slice(0, 500)}`);
}

const through = () => new Transform({ transform: (block: Buffer, _, done) => done(null, block) });

async function textOf(answer: IncomingMessage): Promise<string> {
  const blocks: Buffer[] = [];
  let length = 0;
  for await (const block of answer as AsyncIterable<Buffer>) {
    length += block.length;
    if (length > MAX_ANSWER) throw new AppError('E_TOO_LARGE', 'the server’s answer does not end');
    blocks.push(block);
  }
  return Buffer.concat(blocks).toString('utf8');
}

/** Why no server answers. */
export function serverAway(cause: NodeJS.ErrnoException, { socket, data }: Layout): AppError {
  if (cause.code === 'EACCES')
    return new AppError('E_UNREADABLE', `${socket} is another user’s: ask as the one who runs the server, or as root`, {
      cause,
    });
  if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED')
    return new AppError(
      'E_UNAVAILABLE',
      `no server runs in ${data}: spoor serve starts one, --data names another folder`,
      { cause },
    );
  return new AppError('E_UNAVAILABLE', `the server in ${data} does not answer: ${cause.message}`, { cause });
}
