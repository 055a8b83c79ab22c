import { X509Certificate } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { AppError } from '../../core/errors.ts';

// Sends one line by each protocol, as a sender would.

const WAIT_MS = 5000;

/** Where a listener is reached from this machine. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What a TLS listener is expected to show, and what it is shown. */
export interface Passport {
  /** PEM: the listener's own certificate, as its file has it. */
  readonly expected: string;
  /** PEM: certificate and key that the sender shows, where it has some that are taken. */
  readonly shown: { readonly cert: string; readonly key: string } | null;
}

/** The place in words like `127.0.0.1:514` or `[::]:514`; all addresses are reached by loopback. Null for what is none. */
export function placeOf(address: string): Place | null {
  const parts = /^(?:\[(?<v6>[^\]]{2,60})\]|(?<v4>[\d.]{7,15})):(?<port>\d{1,5})$/.exec(address)?.groups;
  const host = parts?.['v6'] ?? parts?.['v4'] ?? '';
  if (isIP(host) === 0) return null;
  return { host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port: Number(parts?.['port']) };
}

/** One datagram (RFC 5426). */
export function sendDatagram({ host, port }: Place, line: string): Promise<void> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  return new Promise<void>((done, failed) => {
    socket.once('error', failed);
    socket.send(line, port, host, (error) => (error === null ? done() : failed(error)));
  }).finally(() => socket.close());
}

/** Over TCP, or over TLS where there is a passport. Rejects with E_TAMPERED when another certificate is shown than the file's. */
export function connectTo({ host, port }: Place, passport: Passport | null): Promise<Socket> {
  return new Promise((done, failed) => {
    const socket =
      passport === null
        ? connectTcp(port, host)
        : connectTls({ port, host, rejectUnauthorized: false, minVersion: 'TLSv1.2', ...passport.shown });
    socket.setTimeout(WAIT_MS, () => socket.destroy(new Error(`${host}:${port} does not answer`)));
    socket.once('error', failed);
    socket.once(passport === null ? 'connect' : 'secureConnect', () => {
      const stranger = passport === null ? null : strangerOf(socket as TLSSocket, passport);
      if (stranger === null) done(socket);
      else socket.destroy(stranger);
    });
  });
}

function strangerOf(socket: TLSSocket, { expected }: Passport): Error | null {
  const raw = socket.getPeerX509Certificate()?.raw;
  if (raw?.equals(new X509Certificate(expected).raw)) return null;
  return new AppError('E_TAMPERED', 'the listener shows another certificate than its file holds');
}

/** Counted octets (RFC 6587 §3.4.1, RFC 5425). Resolves when all was written. */
export async function sendCounted(socket: Socket, line: string): Promise<void> {
  const bytes = Buffer.from(line);
  const ended = new Promise<void>((done, failed) => {
    socket.once('error', failed);
    socket.once('close', () => done());
  });
  socket.resume();
  socket.end(Buffer.concat([Buffer.from(`${bytes.length} `), bytes]));
  await ended;
}

/** One message by RELP (librelp, doc/relp.md). Resolves when it was acknowledged: then it is durable. */
export async function sendRelp(socket: Socket, line: string): Promise<void> {
  const offers = 'relp_version=0\nrelp_software=spoor-doctor\ncommands=syslog';
  try {
    await asked(socket, 1, `1 open ${offers.length} ${offers}\n`);
    await asked(socket, 2, `2 syslog ${Buffer.byteLength(line)} ${line}\n`);
    socket.end('3 close 0\n');
  } finally {
    socket.once('error', () => {});
    setTimeout(() => socket.destroy(), 1000).unref();
  }
}

function asked(socket: Socket, txnr: number, frame: string): Promise<void> {
  return new Promise((done, failed) => {
    let text = '';
    const take = (block: Buffer) => {
      text = (text + block.toString('latin1')).slice(0, 4096);
      const answer = new RegExp(`(?:^|\\n)${txnr} rsp \\d{1,5} (?<status>\\d{3})`).exec(text)?.groups?.['status'];
      if (answer === undefined) return;
      stop();
      if (answer === '200') done();
      else failed(new Error(`RELP answers ${answer}`));
    };
    const gone = (error?: Error) => {
      stop();
      failed(error instanceof Error ? error : new Error('the listener ended the connection'));
    };
    const stop = () => {
      socket.off('data', take);
      socket.off('error', gone);
      socket.off('close', gone);
    };
    socket.on('data', take);
    socket.once('error', gone);
    socket.once('close', gone);
    socket.write(frame);
  });
}

/** One line by `POST /ingest`. Resolves when the answer says that it is durable. */
export function postLine({ host, port }: Place, line: string, secure: boolean): Promise<void> {
  return new Promise((done, failed) => {
    const headers = { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(line) };
    const options: RequestOptions & { rejectUnauthorized: boolean } = {
      host,
      port,
      path: '/ingest',
      method: 'POST',
      headers,
      timeout: WAIT_MS,
      rejectUnauthorized: false, // a certificate is for the name that senders use, not for loopback
      agent: false,
    };
    const asking = (secure ? httpsRequest : httpRequest)(options, (answer) => {
      answer.resume();
      if (answer.statusCode === 200) done();
      else failed(new Error(`it answers ${answer.statusCode}`));
    });
    asking.once('timeout', () => asking.destroy(new Error('it does not answer')));
    asking.once('error', failed);
    asking.end(line);
  });
}
