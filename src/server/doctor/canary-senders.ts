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

/** Resolves when all was written, and the listener has closed. Counted octets are of RFC 6587 §3.4.1 and RFC 5425. */
export async function sendWhole(socket: Socket, bytes: Buffer): Promise<void> {
  const ended = new Promise<void>((done, failed) => {
    socket.once('error', failed);
    socket.once('close', () => done());
  });
  socket.resume();
  socket.end(bytes);
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
    leave(socket);
  }
}

/** One event by Lumberjack version 2 (github.com/elastic/go-lumber). Resolves when it was acknowledged: then it is durable. */
export async function sendLumberjack(socket: Socket, json: string): Promise<void> {
  const event = Buffer.from(json);
  const head = Buffer.from('2W....2J........', 'latin1');
  head.writeUInt32BE(1, 2); // a window of one event
  head.writeUInt32BE(1, 8); // which is the first
  head.writeUInt32BE(event.length, 12);
  const frames = Buffer.concat([head, event]);
  try {
    await answered(socket, frames, (text) => (text.startsWith('2A\0\0\0\u0001') ? '' : null));
    socket.end();
  } finally {
    leave(socket);
  }
}

/** The listener may close it by itself; what goes wrong from now on is nobody's matter. */
function leave(socket: Socket): void {
  socket.once('error', () => {});
  setTimeout(() => socket.destroy(), 1000).unref();
}

function asked(socket: Socket, txnr: number, frame: string): Promise<void> {
  const answer = new RegExp(`(?:^|\\n)${txnr} rsp \\d{1,5} (?<status>\\d{3})`);
  return answered(socket, Buffer.from(frame), (text) => {
    const status = answer.exec(text)?.groups?.['status'];
    if (status === undefined) return null;
    return status === '200' ? '' : `RELP answers ${status}`;
  });
}

/** Sends, and waits for an answer. `judge` is given what came so far: null when it is not whole, what is wrong with it, or ''. */
function answered(socket: Socket, frame: Buffer, judge: (text: string) => string | null): Promise<void> {
  return new Promise((done, failed) => {
    let text = '';
    const take = (block: Buffer) => {
      text = (text + block.toString('latin1')).slice(0, 4096);
      const wrong = judge(text);
      if (wrong === null) return;
      stop();
      if (wrong === '') done();
      else failed(new Error(wrong));
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

/** A request that hands in a line. */
export interface Posting {
  readonly path: string;
  readonly type: string;
  readonly authorization: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Resolves when the answer says that it is durable: any of 200 to 299. */
export function post({ host, port }: Place, posting: Posting, secure: boolean): Promise<void> {
  const { path, type, authorization, body } = posting;
  return new Promise((done, failed) => {
    const options: RequestOptions & { rejectUnauthorized: boolean } = {
      host,
      port,
      path,
      method: 'POST',
      headers: { ...posting.headers, authorization, 'content-type': type, 'content-length': Buffer.byteLength(body) },
      timeout: WAIT_MS,
      rejectUnauthorized: false, // a certificate is for the name that senders use, not for loopback
      agent: false,
    };
    const asking = (secure ? httpsRequest : httpRequest)(options, (answer) => {
      answer.resume();
      const { statusCode = 0 } = answer;
      if (statusCode >= 200 && statusCode < 300) done();
      else failed(new Error(`it answers ${statusCode}`));
    });
    asking.once('timeout', () => asking.destroy(new Error('it does not answer')));
    asking.once('error', failed);
    asking.end(body);
  });
}
