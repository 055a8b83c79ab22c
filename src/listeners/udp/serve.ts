import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as z from 'zod';
import type { RawRecord, SourceContext, SourceNote } from '../../core/stages.ts';
import { boundAt } from '../stream/address.ts';
import { bindHost, bindPort } from '../stream/settings.ts';
import { KernelDrops } from './kernel-drops.ts';
import { UdpSenders } from './senders.ts';

// Hot path: once per datagram.

const BATCH = 512;
const BATCH_MS = 5;
const CHECK_MS = 1000;
/** The kernel's own of each datagram in a receive buffer, at least (struct sk_buff). */
const LEAST_COST = 256;

/** What a listener for datagrams is told; `port` is the protocol's own. */
export const udpSettings = (port: number) => ({
  host: bindHost,
  port: bindPort(port),
  receiveBufferBytes: z
    .int()
    .min(65_536)
    .max(1 << 30)
    .default(8 << 20)
    .describe('Receive buffer to ask the kernel for; it gives no more than net.core.rmem_max.'),
  maxSenders: z
    .int()
    .positive()
    .max(1_000_000)
    .default(10_000)
    .describe('Addresses that get a stream of their own; those beyond share one.'),
});

type UdpSettings = z.output<z.ZodObject<ReturnType<typeof udpSettings>>>;

/** What makes one listener for datagrams differ from the next. */
export interface Datagrams {
  /** The message that a datagram holds or completes; null for none (yet), of which the rest is said by `check`. Never throws. */
  take(bytes: Buffer, address: string, nowMs: number): Uint8Array | null;
  /** Once a second, and at the end: what there is to say since the last time. `nowMs`: of a clock that only goes forward. */
  check(nowMs: number): readonly SourceNote[];
}

/** Serves datagrams until `context.signal` aborts; rejects when the address cannot be bound. */
export async function serveDatagrams(
  { host, port, receiveBufferBytes, maxSenders }: UdpSettings,
  context: SourceContext,
  datagrams: Datagrams,
): Promise<void> {
  if (context.signal.aborted) return;
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const failed = new Promise<never>((_resolve, reject) => socket.on('error', reject));
  try {
    socket.bind({ port, address: host, exclusive: true });
    await Promise.race([once(socket, 'listening'), failed]);
    const bound = socket.address();
    const buffer = askForBuffer(socket, receiveBufferBytes, context);
    const reading = new Reading(context, datagrams, maxSenders, new KernelDrops(bound.address, bound.port));
    socket.on('message', (bytes, from) => reading.take(bytes, from.address, from.port));
    const timer = setInterval(() => void reading.check(), CHECK_MS);
    try {
      context.ready(boundAt(bound));
      if (!context.signal.aborted) await Promise.race([once(context.signal, 'abort'), failed]);
    } finally {
      clearInterval(timer);
      await reading.end(buffer);
    }
  } finally {
    socket.close();
  }
}

/** Gives its size, with what the kernel keeps in it of its own. */
function askForBuffer(socket: Socket, bytes: number, context: SourceContext): number {
  socket.setRecvBufferSize(bytes);
  const size = socket.getRecvBufferSize();
  const given = size / 2; // Linux doubles it for its own accounts (socket(7), SO_RCVBUF)
  if (given < bytes && process.platform === 'linux') {
    const detail = `the receive buffer has ${given} bytes instead of ${bytes}: sysctl -w net.core.rmem_max=${bytes}`;
    context.note({ kind: 'trouble', reason: 'small_receive_buffer', detail });
  }
  return size;
}

/** Gathers datagrams, so that one promise is made for many. */
class Reading {
  readonly #context: SourceContext;
  readonly #datagrams: Datagrams;
  readonly #senders: UdpSenders;
  readonly #drops: KernelDrops;
  readonly #onTimer = () => this.#flush();
  #batch: RawRecord[] = [];
  #timer: NodeJS.Timeout | null = null;
  /** Bytes, no more than they had of the receive buffer. */
  #taken = 0;
  #nowMs = performance.now();
  readonly #underWay = new Set<Promise<void>>();

  constructor(context: SourceContext, datagrams: Datagrams, maxSenders: number, drops: KernelDrops) {
    this.#context = context;
    this.#datagrams = datagrams;
    this.#senders = new UdpSenders(context.name, maxSenders);
    this.#drops = drops;
  }

  take(datagram: Buffer, address: string, port: number): void {
    this.#taken += Math.max(datagram.length, LEAST_COST);
    const bytes = this.#datagrams.take(datagram, address, this.#nowMs);
    if (bytes === null) return;
    const { stream, via } = this.#senders.of(address, port, this.#nowMs);
    this.#batch.push({ stream, bytes, receivedAtUs: this.#context.nowUs(), via, peer: 'none' });
    if (this.#batch.length >= BATCH) this.#flush();
    else this.#timer ??= setTimeout(this.#onTimer, BATCH_MS);
  }

  /** Says what was lost or not taken since the last time. */
  async check(): Promise<void> {
    const note = (told: SourceNote) => this.#context.note(told);
    this.#nowMs = performance.now();
    const others = this.#senders.sweep(this.#nowMs);
    if (others > 0)
      note({
        kind: 'trouble',
        reason: 'too_many_senders',
        count: others,
        detail: 'they share one stream: see maxSenders',
      });
    for (const told of this.#datagrams.check(this.#nowMs)) note(told);
    const dropped = await this.#drops.take();
    if (dropped === 0) return;
    const detail = 'the kernel dropped datagrams: they came faster than they were read, or were broken';
    note({ kind: 'lost', reason: 'receive_buffer', count: dropped, detail });
  }

  /** Takes what the kernel already has, which is no more than its buffer; resolves when all is durable, or refused by a server that stops. */
  async end(bufferBytes: number): Promise<void> {
    const until = this.#taken + bufferBytes;
    for (let before = -1; before !== this.#taken && this.#taken < until; ) {
      before = this.#taken;
      for (let turn = 0; turn < 3; turn++) await nextTurn();
    }
    this.#flush();
    await this.check();
    await Promise.all(this.#underWay);
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    const sent: Promise<void> = this.#context
      .emit(batch, { mayDrop: true })
      .catch(() =>
        this.#context.note({ kind: 'lost', reason: 'stopped', count: batch.length, detail: 'the server stops' }),
      )
      .finally(() => this.#underWay.delete(sent));
    this.#underWay.add(sent);
  }
}
