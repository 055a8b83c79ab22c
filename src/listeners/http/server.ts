import { createServer, type Server as HttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { AppError } from '../../core/errors.ts';
import type { SourceContext } from '../../core/stages.ts';
import { boundAt } from '../stream/address.ts';
import { readTlsFiles, tlsFilesMark } from '../stream/tls-files.ts';
import type { DoorSettings } from './door.ts';
import { problemOf, Refusal } from './problem.ts';

const RELOAD_MS = 10_000;
/** How long requests under way may take when we stop. */
const STOP_MS = 5000;

interface Opened {
  readonly server: HttpServer;
  readonly close: () => void;
}

/** A server that does not listen yet. `close` ends what watches the certificate's files. Throws E_UNREADABLE, E_CONFIG. */
export async function serverOf(settings: DoorSettings, context: SourceContext): Promise<Opened> {
  const opened = await openedBy(settings, context);
  const { server } = opened;
  server.maxConnections = settings.maxConnections;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerGarbage(error, socket, context));
  server.on('tlsClientError', (_, socket) =>
    context.note({ kind: 'refused', reason: 'handshake', via: `https:${socket.remoteAddress ?? 'unknown'}` }),
  );
  server.on('drop', () => context.note({ kind: 'refused', reason: 'too_many_connections' }));
  return opened;
}

async function openedBy({ tls, requestSeconds }: DoorSettings, context: SourceContext): Promise<Opened> {
  const options = {
    requestTimeout: requestSeconds * 1000,
    headersTimeout: Math.min(requestSeconds, 15) * 1000,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: 65_000, // longer than a balancer's, so that it is never we who close first
    maxHeaderSize: 16 << 10,
  };
  if (!tls) return { server: createServer(options), close: () => {} };
  const files = { ...tls, ca: tls.certificate }; // we ask senders for no certificate
  const { cert, key } = await readTlsFiles(files);
  const server = createTlsServer({ ...options, cert, key, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 });
  let mark = await tlsFilesMark(files);
  const reload = async () => {
    const now = await tlsFilesMark(files);
    if (now === mark || now === 'missing') return;
    mark = now;
    const fresh = await readTlsFiles(files);
    server.setSecureContext({ cert: fresh.cert, key: fresh.key, minVersion: 'TLSv1.2' });
  };
  const tell = (error: Error) =>
    context.note({
      kind: 'trouble',
      reason: 'certificate_files',
      detail: `${error.message}; those from before stay in use`,
    });
  const timer = setInterval(() => void reload().catch(tell), RELOAD_MS);
  return { server, close: () => clearInterval(timer) };
}

/** Serves until the signal; then lets requests end that are under way. Rejects with E_UNAVAILABLE where the port is taken. */
export function listen(server: HttpServer, { host, port }: DoorSettings, context: SourceContext): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new AppError('E_UNAVAILABLE', `cannot listen on ${host}:${port}: ${error.code}`, { cause: error })),
    );
    const stop = () => {
      server.close(() => resolve());
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), STOP_MS).unref();
    };
    server.listen(port, host, () => {
      context.ready(boundAt(server.address() as AddressInfo));
      if (context.signal.aborted) stop();
      else context.signal.addEventListener('abort', stop, { once: true });
    });
  });
}

/** What is no HTTP, or came too slowly. */
function answerGarbage({ code = '' }: NodeJS.ErrnoException, socket: Socket, context: SourceContext): void {
  const isGone = code === 'ECONNRESET' || code === 'HPE_INVALID_EOF_STATE'; // in a body: then the request tells it
  if (isGone || !socket.writable) {
    socket.destroy();
    return;
  }
  const isSlow = code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const refusal = isSlow
    ? new Refusal(408, 'slow', 'the request did not come in time')
    : new Refusal(400, 'malformed', 'this is no HTTP request');
  context.note({ kind: 'refused', reason: refusal.reason, via: `tcp:${socket.remoteAddress ?? 'unknown'}` });
  const body = problemOf(refusal, 0);
  const head = `HTTP/1.1 ${refusal.status} ${isSlow ? 'Request Timeout' : 'Bad Request'}\r\nConnection: close\r\n`;
  socket.end(
    `${head}Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
