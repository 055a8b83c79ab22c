import { plainAddress, viaOf } from '../stream/address.ts';

/** What records of one sender say. */
export interface UdpSender {
  readonly stream: string;
  via: string;
  port: number;
  heardMs: number;
}

const FORGET_MS = 3_600_000;

/**
 * Names for the senders of datagrams. Anybody can write any address on a datagram: beyond `most` of them, new ones share the stream
 * `…/other`, until others have been silent for an hour. `via` still says where each came from.
 */
export class UdpSenders {
  readonly #name: string;
  readonly #most: number;
  readonly #known = new Map<string, UdpSender>();
  /** Datagrams that went to the shared stream since it was last asked. */
  #others = 0;

  constructor(name: string, most: number) {
    this.#name = name;
    this.#most = most;
  }

  /** Hot path: once per datagram. */
  of(address: string, port: number, nowMs: number): UdpSender {
    const known = this.#known.get(address);
    if (known === undefined) return this.#add(address, port, nowMs);
    known.heardMs = nowMs;
    if (known.port !== port) {
      known.port = port;
      known.via = viaOf('udp', plainAddress(address), port);
    }
    return known;
  }

  /** Forgets those that were silent for long; gives how many datagrams had to share a stream. */
  sweep(nowMs: number): number {
    for (const [address, { heardMs }] of this.#known) if (nowMs - heardMs > FORGET_MS) this.#known.delete(address);
    const others = this.#others;
    this.#others = 0;
    return others;
  }

  #add(address: string, port: number, heardMs: number): UdpSender {
    const plain = plainAddress(address);
    const via = viaOf('udp', plain, port);
    if (this.#known.size >= this.#most) {
      this.#others += 1;
      return { stream: `${this.#name}/other`, via, port, heardMs };
    }
    const sender = { stream: `${this.#name}/${plain}`, via, port, heardMs };
    this.#known.set(address, sender);
    return sender;
  }
}
