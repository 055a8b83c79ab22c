import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import { AppError } from '../../core/errors.ts';
import type { SourceContext } from '../../core/stages.ts';
import { peerNameOf } from './peer-name.ts';
import type { Door, Verdict } from './serve.ts';
import type { TlsKeys } from './settings.ts';
import { plainSerial, readRevoked, readTlsFiles, tlsFilesMark } from './tls-files.ts';

// A session that is resumed would bring its certificate from before, past a change of the authorities and past its own end.
const OPTIONS = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;
const OUR_CERTIFICATE = /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_\w{1,20}|UNSUPPORTED_CERTIFICATE)$/;

const secured = (files: SecureContextOptions): SecureContextOptions => ({
  ...files,
  minVersion: 'TLSv1.2',
  secureOptions: OPTIONS,
});

/**
 * TLS 1.2 or later, with certificates of senders (RFC 5425 §4.2). A certificate that is shown must be right, also where none is required.
 * Throws E_UNREADABLE or E_CONFIG when the files cannot be used; files that change later and cannot be used are said, and the ones before
 * stay in use.
 */
export async function tlsDoor(keys: TlsKeys, openSeconds: number, context: SourceContext): Promise<Door> {
  let mark = await tlsFilesMark(keys);
  const waiting = new Map<string, Verdict>();
  const guests = new Guests(await readRevoked(keys.revoked));
  const server = createServer({
    ...secured(await readTlsFiles(keys)),
    requestCert: true,
    rejectUnauthorized: false, // judged below, where the reason can be told
    handshakeTimeout: openSeconds * 1000,
    allowHalfOpen: true,
  });
  server.on('secureConnection', (socket) => {
    const verdict = takeFrom(waiting, socket);
    if (verdict === undefined) socket.destroy();
    else judge(socket, verdict, keys.clients === 'required', guests);
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    takeFrom(waiting, socket)?.refuse(...reasonOf(error));
    socket.destroy();
  });
  const look = async () => {
    const now = await tlsFilesMark(keys);
    if (now === mark || now === 'missing') return;
    mark = now;
    await reload(server, keys, context, guests);
  };
  const timer = setInterval(() => void look(), keys.reloadSeconds * 1000);
  return {
    enter: (socket, verdict) => {
      const name = nameOf(socket);
      waiting.set(name, verdict);
      socket.on('close', () => {
        if (waiting.get(name) !== verdict) return;
        waiting.delete(name);
        verdict.refuse('handshake', 'the sender ended the connection before the TLS handshake was done');
      });
      server.emit('connection', socket);
    },
    close: () => {
      clearInterval(timer);
      waiting.clear(); // whose handshake we cut short is not to blame
    },
  };
}

/** Who is in, by the numbers of their certificates; and which numbers hold no more. */
class Guests {
  #revoked: ReadonlySet<string>;
  readonly #sockets = new Map<TLSSocket, string>();

  constructor(revoked: ReadonlySet<string>) {
    this.#revoked = revoked;
  }

  isRevoked(serial: string): boolean {
    return this.#revoked.has(plainSerial(serial));
  }

  add(socket: TLSSocket, serial: string): void {
    this.#sockets.set(socket, serial);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  /** Takes other numbers, and puts out whom they name: what was taken is kept, and nothing more is read. Gives how many. */
  revoke(revoked: ReadonlySet<string>): number {
    this.#revoked = revoked;
    const out = [...this.#sockets].filter(([, serial]) => this.isRevoked(serial));
    for (const [socket] of out) socket.destroy();
    return out.length;
  }
}

async function reload(server: Server, keys: TlsKeys, context: SourceContext, guests: Guests): Promise<void> {
  try {
    const count = guests.revoke(await readRevoked(keys.revoked));
    if (count > 0)
      context.note({
        kind: 'refused',
        reason: 'revoked',
        count,
        detail: 'connections of revoked certificates were cut',
      });
    server.setSecureContext(secured(await readTlsFiles(keys)));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const detail = `${error.message}; those from before stay in use`;
    context.note({ kind: 'trouble', reason: 'certificate_files', detail });
  }
}

function judge(socket: TLSSocket, verdict: Verdict, isRequired: boolean, guests: Guests): void {
  socket.on('error', () => {}); // 'close' follows
  const certificate = socket.getPeerCertificate();
  const isShown = Object.keys(certificate).length > 0;
  if (!isShown && !isRequired) verdict.open(socket, 'none');
  else if (!isShown) verdict.refuse('certificate', 'the sender showed no certificate, and one is required');
  else if (!socket.authorized)
    verdict.refuse('certificate', `the sender's certificate is not accepted: ${String(socket.authorizationError)}`);
  else if (guests.isRevoked(certificate.serialNumber))
    verdict.refuse('revoked', `the sender's certificate was revoked: ${peerNameOf(certificate) ?? 'it has no name'}`);
  else {
    const name = peerNameOf(certificate);
    if (name === null) verdict.refuse('certificate', "the sender's certificate has no name: neither DNS, URI nor CN");
    else {
      guests.add(socket, certificate.serialNumber);
      verdict.open(socket, name);
    }
  }
}

function reasonOf({ code = 'unknown' }: NodeJS.ErrnoException): [string, string] {
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return ['handshake', 'the TLS handshake was not done in time'];
  if (code === 'ECONNRESET') return ['handshake', 'the sender ended the connection before the TLS handshake was done'];
  if (OUR_CERTIFICATE.test(code)) return ['own_certificate', `the sender does not accept our certificate: ${code}`];
  return ['tls', `no TLS handshake: ${code}`];
}

const nameOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;

function takeFrom(waiting: Map<string, Verdict>, socket: Socket): Verdict | undefined {
  const name = nameOf(socket);
  const verdict = waiting.get(name);
  waiting.delete(name);
  return verdict;
}
