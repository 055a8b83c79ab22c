import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A network between a sender and the server that can be cut. */
export class CuttingProxy {
  readonly #target: number;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #isCut = false;
  #isDeaf = false;
  #isMute = false;
  cuts = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer({ noDelay: true }, (socket) => this.#pass(socket));
  }

  /** Passes connections of a free port on to a port of the loopback. */
  static async start(target: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** For so long what the server says does not arrive, then the line is cut and for so long nobody is connected. */
  async cut(deafMs: number, cutMs: number): Promise<void> {
    this.#isDeaf = true;
    await pause(deafMs);
    await this.#cut(cutMs);
    this.#isDeaf = false;
  }

  /** As `cut`, and what the sender says does not arrive as well. */
  async cutOff(muteMs: number, cutMs: number): Promise<void> {
    this.#isMute = true;
    await this.cut(muteMs, cutMs);
    this.#isMute = false;
  }

  async #cut(cutMs: number): Promise<void> {
    this.#isCut = true;
    this.#cutAll();
    await pause(cutMs);
    this.#isCut = false;
  }

  #pass(near: Socket): void {
    if (this.#isCut) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    forward(near, far, () => !this.#isMute);
    forward(far, near, () => !this.#isDeaf);
    for (const [one, other] of [pair, [far, near] as const]) {
      one.on('error', () => {});
      one.on('close', () => {
        other.destroySoon();
        this.#pairs.delete(pair);
      });
    }
  }

  #cutAll(): void {
    this.cuts += this.#pairs.size;
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    this.#isCut = true;
    this.#cutAll();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function forward(from: Socket, to: Socket, passes: () => boolean): void {
  from.on('data', (piece) => {
    if (passes() && !to.write(piece)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => to.end());
}
