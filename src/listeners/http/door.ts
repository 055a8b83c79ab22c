import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import { isLoopback } from '../../core/loopback.ts';
import type { SourceContext } from '../../core/stages.ts';
import { bindHost, bindPort } from '../stream/settings.ts';
import { Exchange } from './exchange.ts';
import { Places } from './places.ts';
import { Refusal } from './problem.ts';
import { listen, serverOf } from './server.ts';
import { Tokens, tokenSchema } from './tokens.ts';

const MIB = 1 << 20;
/** A sender that was refused may still be sending: so long we take it and throw it away, so that he gets to read the answer. */
const LINGER_MS = 5000;

/** Keys that every listener has that speaks HTTP. `port` and `maxBodyBytes` are the protocol's own defaults. */
export const doorKeys = (port: number, maxBodyBytes: number) => ({
  host: bindHost,
  port: bindPort(port),
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
    .default(maxBodyBytes)
    .describe('The longest body, bytes, after unpacking.'),
  maxHeldBytes: z
    .int()
    .min(MIB)
    .max(65_536 * MIB)
    .default(256 * MIB)
    .describe('Bytes of bodies that are held at once, of all requests that must be read as a whole.'),
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

/** As `doorKeys` gives them. */
export type DoorSettings = z.output<z.ZodObject<ReturnType<typeof doorKeys>>>;

/** What is answered. A body is sent with its length; `type` is its content type. */
export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One protocol over HTTP. */
export interface DoorProtocol {
  /** Answers a request. A Refusal that it throws goes to `refuse`; anything else that it throws is answered as 500. */
  answer(exchange: Exchange): Promise<Answer>;
  /** How a server of this protocol says no. Called for every refusal, also for those that the door makes itself. Must not throw. */
  refuse(refusal: Refusal, exchange: Exchange): Answer;
}

/** Serves a protocol until the signal aborts; requests that are under way are ended first. Throws E_CONFIG, E_UNAVAILABLE, E_UNREADABLE. */
export async function serveDoor(settings: DoorSettings, context: SourceContext, protocol: DoorProtocol): Promise<void> {
  const tokens = new Tokens(settings.tokens);
  if (!tokens.areNeeded && !isLoopback(settings.host))
    throw new AppError('E_CONFIG', `"${context.name}" is bound to ${settings.host}: name who may send in "tokens"`);
  const places = new Places(settings);
  const { server, close } = await serverOf(settings, context);
  const take = (request: IncomingMessage, response: ServerResponse, waits: boolean) => {
    const continues = waits ? () => response.writeContinue() : null;
    return handle(new Exchange(request, { settings, tokens, places, context, continues }), response, protocol);
  };
  server.on('request', (request, response) => void take(request, response, false));
  server.on('checkContinue', (request, response) => void take(request, response, true));
  await listen(server, settings, context);
  close();
}

// Never rejects.
async function handle(exchange: Exchange, response: ServerResponse, protocol: DoorProtocol): Promise<void> {
  try {
    const answer = await protocol.answer(exchange);
    send(response, answer);
    if (!exchange.request.complete) drain(exchange.request);
  } catch (error) {
    const refusal =
      error instanceof Refusal ? error : new Refusal(500, 'internal', 'something went wrong here: try again');
    exchange.noteRefused(refusal);
    send(response, protocol.refuse(refusal, exchange));
    if (!exchange.request.complete) drain(exchange.request);
  } finally {
    exchange.leave();
  }
}

function send(response: ServerResponse, { status, type, body = '', headers }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const length = status === 204 ? {} : { 'content-length': bytes.length };
  response.writeHead(status, { ...(type === undefined ? {} : { 'content-type': type }), ...length, ...headers });
  response.end(bytes);
}

function drain(request: IncomingMessage): void {
  request.on('error', () => {}); // it was answered already
  request.resume();
  const linger = setTimeout(() => request.socket.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(linger));
}
