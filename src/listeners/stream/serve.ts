import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { SourceContext } from '../../core/stages.ts';
import { boundAt, plainAddress, viaOf } from './address.ts';
import { Connection } from './connection.ts';
import { Connections } from './connections.ts';
import type { Protocol, Sender } from './protocol.ts';
import type { StreamLimits } from './settings.ts';

const KEEPALIVE_MS = 60_000;
const CHECK_MS = 1000;
const GRACE_MS = 1000;

/** What is decided of a socket that came. */
export interface Verdict {
  /** The sender may speak on `socket`; `peer` is the authenticated identity, or `none`. */
  open(socket: Socket, peer: string): void;
  /** Ends the socket that came, and says why by a note. */
  refuse(reason: string, detail: string): void;
}

/** How a socket becomes a connection: plainly at once, or after a TLS handshake. */
export interface Door {
  enter(socket: Socket, verdict: Verdict): void;
  close(): void;
}

/** The door without a lock. */
export const openDoor: Door = { enter: (socket, { open }) => open(socket, 'none'), close: () => {} };

/** What makes one stream listener differ from the next. */
export interface StreamListener {
  /** Begins `via`. */
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly limits: StreamLimits;
  readonly door: Door;
  readonly speak: (sender: Sender) => Protocol;
}

/** Serves a stream listener until `context.signal` aborts; rejects when the address cannot be bound. */
export async function serveStream(listener: StreamListener, context: SourceContext): Promise<void> {
  const { signal } = context;
  const server = createServer({
    allowHalfOpen: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEPALIVE_MS,
    noDelay: true,
  });
  const failed = new Promise<never>((_resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.syscall !== 'accept') reject(error);
      else context.note({ kind: 'refused', reason: 'accept', detail: `a connection was not taken: ${error.code}` });
    });
  });
  const stopped = signal.aborted ? Promise.resolve([]) : once(signal, 'abort');
  const connections = new Connections(listener.limits, context, (error) => server.emit('error', error));
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => accept(socket, sockets, connections, listener, context));
  const timer = setInterval(() => connections.check(), CHECK_MS);
  try {
    await Promise.race([listen(server, listener, signal), failed]);
    if (server.listening) context.ready(boundAt(server.address() as AddressInfo));
    await Promise.race([stopped, failed]);
    server.close();
    await connections.stop(GRACE_MS);
  } finally {
    clearInterval(timer);
    listener.door.close();
    server.close();
    for (const socket of sockets) socket.destroy();
  }
}

async function listen(server: Server, { host, port }: StreamListener, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  server.listen({ host, port, backlog: 1024 });
  await once(server, 'listening');
}

function accept(
  socket: Socket,
  sockets: Set<Socket>,
  connections: Connections,
  { scheme, door, speak }: StreamListener,
  context: SourceContext,
): void {
  socket.on('error', () => {}); // 'close' follows
  if (socket.remoteAddress === undefined || socket.remotePort === undefined) {
    socket.destroy(); // gone before we looked
    return;
  }
  const address = plainAddress(socket.remoteAddress);
  const via = viaOf(scheme, address, socket.remotePort);
  const refuse = (reason: string, detail: string) => {
    context.note({ kind: 'refused', reason, via, detail });
    socket.destroy();
  };
  const guest = { refuse };
  const reason = connections.admit(guest, address);
  if (reason !== null) {
    refuse(reason, 'no place for another connection: see maxConnections and maxConnectionsPerAddress');
    return;
  }
  sockets.add(socket);
  socket.on('close', () => {
    sockets.delete(socket);
    connections.release(guest, address);
  });
  door.enter(socket, {
    refuse,
    open: (opened, peer) => {
      const sender = { stream: `${context.name}/${peer === 'none' ? address : peer}`, via, peer };
      context.note({ kind: 'connected', reason: 'connected', via, peer });
      connections.add(new Connection(opened, sender, speak(sender), connections), guest);
    },
  });
}
