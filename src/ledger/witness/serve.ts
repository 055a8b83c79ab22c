import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AppError } from '../../core/errors.ts';
import type { WitnessCore, WitnessReply } from './core.ts';
import { ADD_CHECKPOINT } from './request.ts';

const MAX_REQUEST = 64 << 10;
const WAIT_MS = 5000; // for a whole request: a client that drips bytes does not hold a place for long
const MAX_CONNECTIONS = 256;
const LATEST = /^\/(?<name>[0-9a-f]{64})\/checkpoint$/;

const refusal = (status: number, words: string): WitnessReply => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${words}\n`,
});

/** The witness as an HTTP server, not yet listening: `POST /add-checkpoint`, `GET /<SHA-256 of the origin>/checkpoint`. */
export function witnessServer(core: WitnessCore): Server {
  const server = createServer(
    { requestTimeout: WAIT_MS, headersTimeout: WAIT_MS, connectionsCheckingInterval: 1000, keepAliveTimeout: 30_000 },
    (request, response) => {
      void reply(core, request).then((said) => send(response, request, said));
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

async function reply(core: WitnessCore, request: IncomingMessage): Promise<WitnessReply> {
  const latest = LATEST.exec(request.url ?? '')?.groups?.['name'];
  if (latest !== undefined)
    return request.method === 'GET'
      ? core.latest(latest).catch(() => refusal(500, 'the witness cannot answer'))
      : refusal(405, 'GET only');
  if (request.url !== `/${ADD_CHECKPOINT}`) return refusal(404, 'nothing is here');
  if (request.method !== 'POST') return refusal(405, 'POST only');
  const body = await bodyOf(request).catch((error: unknown) => error);
  if (body instanceof Buffer) return core.addCheckpoint(body);
  return body instanceof AppError ? refusal(413, body.message) : refusal(400, 'the request broke off');
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_REQUEST) throw new AppError('E_TOO_LARGE', `a request of over ${MAX_REQUEST} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function send(response: ServerResponse, request: IncomingMessage, { status, type, body }: WitnessReply): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(status === 413 && { connection: 'close' }),
  });
  response.end(body, () => {
    if (status === 413) request.destroy(); // the rest of it is not wanted
  });
}
