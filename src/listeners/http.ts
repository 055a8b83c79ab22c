import { createServer, type Server as HttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import * as z from 'zod';
import { AppError } from '../core/errors.ts';
import { defineSource, type SourceContext } from '../core/stages.ts';
import { Ingest } from './http/ingest.ts';
import { problemOf, Refusal } from './http/problem.ts';
import { Tokens, tokenSchema } from './http/tokens.ts';
import { boundAt } from './stream/address.ts';
import { bindHost, bindPort } from './stream/settings.ts';
import { readTlsFiles, tlsFilesMark } from './stream/tls-files.ts';

const MIB = 1 << 20;
const RELOAD_MS = 10_000;
/** How long requests under way may take when we stop. */
const STOP_MS = 5000;

const config = z.strictObject({
  host: bindHost,
  port: bindPort(8514),
  tls: z
    .strictObject({
      certificate: z.string().min(1).describe('PEM file: our certificate, then those between it and its authority.'),
      key: z.string().min(1).describe("PEM file: the certificate's private key."),
    })
    .optional()
    .describe('Speak HTTPS. Files are read again when they change.'),
  tokens: z
    .array(tokenSchema)
    .max(10_000)
    .default([])
    .describe('Who may send. Without any, only a loopback address may be bound.'),
  maxBodyBytes: z
    .int()
    .min(1024)
    .max(4096 * MIB)
    .default(256 * MIB)
    .describe('The longest body, bytes, after unpacking.'),
  maxLineBytes: z
    .int()
    .min(1024)
    .max(16 * MIB)
    .default(MIB)
    .describe('The longest line, bytes; a request with a longer one is refused from there on.'),
  maxRequests: z.int().positive().max(10_000).default(256).describe('Requests at once.'),
  maxRequestsPerSender: z
    .int()
    .positive()
    .max(10_000)
    .default(16)
    .describe('Requests at once from one token, or without tokens from one address.'),
  maxConnections: z.int().positive().max(100_000).default(2000).describe('Connections at once.'),
  idleSeconds: z
    .number()
    .positive()
    .max(3600)
    .default(30)
    .describe('A body of which nothing came for so long is refused.'),
  requestSeconds: z
    .number()
    .positive()
    .max(86_400)
    .default(600)
    .describe('A request must have come as a whole after that.'),
});

/**
 * Lines by HTTP: `POST /ingest`, as application/x-ndjson or text/plain, plain or gzip. Each line is one record; empty ones are none. A 200
 * with {"records":N} says that all N are durable. A refusal is a problem document (RFC 9457), whose `records` says how many lines, from the
 * first, are durable all the same: the rest is to be sent again. A request whose answer was lost, and that is sent again, is kept twice.
 */
export default defineSource({
  name: 'http',
  config,
  async run(settings, context) {
    const tokens = new Tokens(settings.tokens);
    if (!tokens.areNeeded && settings.host !== '::1' && !settings.host.startsWith('127.'))
      throw new AppError('E_CONFIG', `"${context.name}" is bound to ${settings.host}: name who may send in "tokens"`);
    const ingest = new Ingest(
      {
        scheme: settings.tls ? 'https' : 'http',
        tokens,
        maxBytes: settings.maxBodyBytes,
        maxLine: settings.maxLineBytes,
        idleMs: settings.idleSeconds * 1000,
        maxRequests: settings.maxRequests,
        maxRequestsPerSender: settings.maxRequestsPerSender,
      },
      context,
    );
    const { server, close } = await serverOf(settings, context);
    server.maxConnections = settings.maxConnections;
    server.on('request', (request, response) => void ingest.handle(request, response, false));
    server.on('checkContinue', (request, response) => void ingest.handle(request, response, true));
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerGarbage(error, socket, context));
    server.on('tlsClientError', (_, socket) =>
      context.note({ kind: 'refused', reason: 'handshake', via: `https:${socket.remoteAddress ?? 'unknown'}` }),
    );
    server.on('drop', () => context.note({ kind: 'refused', reason: 'too_many_connections' }));
    await listen(server, settings, context);
    close();
  },
});

interface Opened {
  readonly server: HttpServer;
  readonly close: () => void;
}

async function serverOf({ tls, requestSeconds }: z.output<typeof config>, context: SourceContext): Promise<Opened> {
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

/** Serves until the signal; then lets requests end that are under way. */
function listen(server: HttpServer, { host, port }: z.output<typeof config>, context: SourceContext): Promise<void> {
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
