import { constants } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { AppError } from '../core/errors.ts';
import { Allowance } from './allowance.ts';
import type { TlsFiles } from './key-files.ts';
import { MAX_REQUEST } from './request.ts';

const BEARER = /^Bearer (?<token>[A-Za-z0-9_-]{1,100})$/;
const MAX_CONNECTIONS = 512;
const MAX_PER_ADDRESS = 8;
const PATIENCE_MS = 10_000;

/** What is asked at the door. Each gives the PEM of a certificate, or throws what the host is told. */
export interface DoorCalls {
  /** With a token that holds once. */
  enroll(token: string, request: string): Promise<string>;
  /** With a certificate that the authority issued and that has not ended; lower-case hex. */
  renew(serial: string, request: string): Promise<string>;
  /** Told of what was refused, for the log: no secret is in it. */
  refused(address: string, why: string): void;
}

export interface DoorOptions {
  readonly host: string;
  readonly port: number;
  readonly files: TlsFiles;
  /** Requests a minute from one address. */
  readonly perMinute: number;
  readonly nowMs: () => number;
}

/** Where hosts ask for certificates. */
export interface Door {
  readonly port: number;
  readonly address: string;
  /** Reads the server's certificate again. */
  reload(): void;
  close(): Promise<void>;
}

/** An answer that is no certificate. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Opens the door: HTTPS with the server's own certificate; POST /v1/enroll and POST /v1/renew, nothing else. Throws E_UNAVAILABLE. */
export async function openDoor(options: DoorOptions, calls: DoorCalls): Promise<Door> {
  const { host, port, files, perMinute, nowMs } = options;
  const allowance = new Allowance(perMinute);
  const server = createServer({
    ...secured(files),
    requestCert: true,
    rejectUnauthorized: false, // who enrols has none yet
    handshakeTimeout: PATIENCE_MS,
    requestTimeout: PATIENCE_MS,
    headersTimeout: PATIENCE_MS,
    keepAlive: false,
    maxHeaderSize: 8192,
  });
  limitConnections(server);
  server.on('request', (request, response) => {
    const address = plain(request.socket.remoteAddress ?? '');
    const answered = allowance.take(address, nowMs())
      ? answer(request, calls)
      : Promise.reject(new Refusal(429, 'too many requests from this address: wait a minute'));
    answered
      .then((pem) => send(response, 200, pem))
      .catch((error: unknown) => refuse(response, error, (why) => calls.refused(address, why)));
  });
  server.listen({ host, port });
  await once(server, 'listening').catch((cause: Error) => {
    throw new AppError('E_UNAVAILABLE', `cannot listen on ${host}:${port} for hosts to enrol: ${cause.message}`);
  });
  const { address, port: bound } = server.address() as AddressInfo;
  return {
    port: bound,
    address: address.includes(':') ? `[${address}]:${bound}` : `${address}:${bound}`,
    reload: () => server.setSecureContext(secured(files)),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

// A session that is resumed would bring its certificate from before, past its end.
const secured = ({ certificate, key, authority }: TlsFiles) => ({
  cert: readFileSync(certificate),
  key: readFileSync(key),
  ca: readFileSync(authority),
  minVersion: 'TLSv1.2' as const,
  secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
});

/** Connections held open are few for each address, and end by themselves. */
function limitConnections(server: Server): void {
  const open = new Map<string, number>();
  server.maxConnections = MAX_CONNECTIONS;
  server.on('connection', (socket: Socket) => {
    const address = plain(socket.remoteAddress ?? '');
    const before = open.get(address) ?? 0;
    open.set(address, before + 1);
    socket.setTimeout(3 * PATIENCE_MS, () => socket.destroy());
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
    if (before >= MAX_PER_ADDRESS) socket.destroy();
  });
  server.on('tlsClientError', (_, socket) => socket.destroy());
}

async function answer(request: IncomingMessage, calls: DoorCalls): Promise<string> {
  const { method, url, headers } = request;
  if (method !== 'POST' || (url !== '/v1/enroll' && url !== '/v1/renew'))
    throw new Refusal(404, 'there is nothing here but POST /v1/enroll and POST /v1/renew');
  if (url === '/v1/renew') {
    const serial = serialOf(request.socket as TLSSocket);
    return calls.renew(serial, await bodyOf(request));
  }
  const token = BEARER.exec(headers.authorization ?? '')?.groups?.['token'];
  if (token === undefined) throw new Refusal(401, 'a token is needed: spoor enroll HOST makes one');
  return calls.enroll(token, await bodyOf(request));
}

function serialOf(socket: TLSSocket): string {
  const certificate = socket.getPeerCertificate();
  if (Object.keys(certificate).length === 0) throw new Refusal(401, 'the certificate that is to be renewed is needed');
  if (!socket.authorized)
    throw new Refusal(401, `the certificate is not accepted (${String(socket.authorizationError)}): enrol again`);
  return certificate.serialNumber.toLowerCase();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const blocks: Buffer[] = [];
  let length = 0;
  for await (const block of request as AsyncIterable<Buffer>) {
    length += block.length;
    if (length > MAX_REQUEST) throw new Refusal(413, 'the request is too long');
    blocks.push(block);
  }
  return Buffer.concat(blocks).toString('latin1');
}

function refuse(response: ServerResponse, error: unknown, tell: (why: string) => void): void {
  if (error instanceof Refusal || error instanceof AppError) {
    tell(error.message);
    const words = error.status < 500 ? error.message : 'this server cannot do it now: try again later';
    send(response, error.status, `${words}\n`); // what is wrong inside is not for strangers
  } else if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') response.destroy();
  else {
    tell(`this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    send(response, 500, 'something went wrong there; the server’s log says what\n');
  }
}

function send(response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(status, {
    'content-type': status === 200 ? 'application/x-pem-file' : 'text/plain; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(body);
}

const plain = (address: string): string => address.replace(/^::ffff:(?=\d{1,3}\.)/, '');
