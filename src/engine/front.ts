import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Answer } from './chdb.ts';
import { type EngineException, engineException, worded } from './exception.ts';
import { type Queries, QueryError, type Work } from './queries.ts';
import type { Receiver } from './receive.ts';
import { Reply } from './reply.ts';
import { type Asked, readAsked } from './request.ts';
import { StatementError } from './sql-text.ts';

/** What the front needs. */
export interface FrontParts {
  readonly queries: Queries;
  readonly receiver: Receiver;
  /** The engine's version, for its error messages. */
  readonly version: string;
  /** How long a client may take none of a result that waits, and send none of a body. */
  readonly slowMs: number;
  /** Counts and says errors that are not the client's. */
  readonly trouble: (message: string) => void;
}

const MAX_URL = 1_048_576; // http_max_uri_size
const MAX_CONNECTIONS = 1024;

/**
 * ClickHouse's HTTP protocol (https://clickhouse.com/docs/interfaces/http) before chDB: `/` runs a statement, `/ping` says that it lives. Not
 * there: sessions, users, ClickHouse's own compression, FROM INFILE and INTO OUTFILE, more than one statement at once.
 */
export function createFront(parts: FrontParts): Server {
  const server = createServer(
    // Idle connections stay: a client that takes one up again must not find it closed under its hands.
    { maxHeaderSize: MAX_URL, keepAliveTimeout: 0, headersTimeout: 30_000, requestTimeout: 0, noDelay: true },
    (request, response) => void answer(parts, request, response),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', (_error, socket) => {
    if (!socket.writable) return void socket.destroy();
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', () => socket.destroy());
  });
  return server;
}

async function answer(parts: FrontParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => {}); // the client is gone, which `close` says
  const { pathname } = pathOf(request);
  if (pathname === '/ping') return plain(response, 200, 'Ok.\n');
  if (pathname !== '/') return plain(response, 404, `There is no handle ${pathname.slice(0, 80)}\n`);
  if (request.method !== 'GET' && request.method !== 'POST') return plain(response, 405, 'only GET and POST\n');
  if (request.method === 'GET' && !request.url?.includes('query=')) return plain(response, 200, 'Ok.\n');
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the client went away')));
  try {
    const asked = readAsked(request);
    response.setHeader('X-ClickHouse-Query-Id', asked.queryId ?? randomUUID());
    response.setHeader('X-ClickHouse-Server-Display-Name', 'spoor');
    response.setHeader('X-ClickHouse-Timezone', 'UTC');
    await work(parts, request, response, asked, gone.signal);
  } catch (error) {
    fail(parts, request, response, error, gone.signal);
  }
}

function pathOf(request: IncomingMessage): { pathname: string } {
  const pathname = (request.url ?? '/').split('?', 1)[0] ?? '/';
  return { pathname: pathname === '' ? '/' : pathname };
}

async function work(
  parts: FrontParts,
  request: IncomingMessage,
  response: ServerResponse,
  asked: Asked,
  signal: AbortSignal,
): Promise<void> {
  // For the body alone: a query may be silent for long, and an idle connection stays.
  request.setTimeout(parts.slowMs, () => request.destroy());
  const received = await parts.receiver.receive(request, asked);
  request.socket.setTimeout(0);
  const reply = new Reply(response, asked, parts.slowMs);
  try {
    reply.end(await run(parts, received, reply, signal), received.insert !== null);
  } catch (error) {
    const exception = exceptionOf(parts, error, signal);
    if (exception !== null) reply.fail(exception);
  } finally {
    await parts.receiver.release(received);
  }
}

async function run({ queries }: FrontParts, received: Work, reply: Reply, signal: AbortSignal): Promise<Answer> {
  let passing = Promise.resolve();
  const answer = queries.run(received, signal, (out, format) => {
    passing = reply.pass(out, format);
    passing.catch(() => {}); // looked at below, when the query has ended too
  });
  const done = await answer;
  await passing;
  signal.throwIfAborted();
  return done;
}

/** What to tell; null where nobody is there to hear it. */
function exceptionOf({ version, trouble }: FrontParts, error: unknown, signal: AbortSignal): EngineException | null {
  if (error instanceof StatementError) return worded(error.code, error.type, error.message, version);
  if (error instanceof QueryError) return engineException(error.message, version, error.ours);
  if (signal.aborted) return null;
  const message = error instanceof Error ? error.message : String(error);
  trouble(`a request failed: ${message}`);
  return engineException(message, version);
}

function fail(
  parts: FrontParts,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  signal: AbortSignal,
): void {
  const exception = exceptionOf(parts, error, signal);
  if (exception === null || response.headersSent) return void response.destroy();
  // What was not read of the body is not waited for.
  if (!request.complete) response.setHeader('Connection', 'close');
  response.setHeader('X-ClickHouse-Exception-Code', exception.code);
  response.writeHead(exception.status, { 'content-type': 'text/plain; charset=UTF-8' });
  response.end(`${exception.text}\n`, () => {
    if (!request.complete) request.destroy();
  });
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=UTF-8' });
  response.end(text);
}
