import { performance } from 'node:perf_hooks';
import type { RawRecord, SourceContext, SourceNote } from '../../core/stages.ts';
import { neighbourhoodOf } from './address.ts';
import type { Connection, ConnectionContext } from './connection.ts';
import type { StreamLimits } from './settings.ts';

/** Records of all connections that were read and are not durable: above, nobody is read; below the half of it, all are again. */
const MOST_WAITING = 64 << 20;
/** Bytes of all messages that are not complete. Above it, only short ones may wait for their end. */
const MOST_HELD = 64 << 20;
const LEAST_HELD = 8192;

/** Looks are a second apart. */
const LATE_MS = 2500;

/** Holds a place, and can be asked to leave it. */
export interface Guest {
  refuse(reason: string, detail: string): void;
}

/** All connections of one listener: how many there may be, and what they may hold in memory together. */
export class Connections implements ConnectionContext {
  readonly limits: StreamLimits;
  isFull = false;
  readonly #context: SourceContext;
  readonly #fail: (error: unknown) => void;
  readonly #all = new Set<Connection>();
  /** Those that never sent a message, oldest first. */
  readonly #silent = new Set<Guest>();
  readonly #byAddress = new Map<string, number>();
  /** Sockets, also such as are not connections yet. */
  #sockets = 0;
  #waiting = 0;
  #held = 0;
  #lookedMs = performance.now();

  constructor(limits: StreamLimits, context: SourceContext, fail: (error: unknown) => void) {
    this.limits = limits;
    this.#context = context;
    this.#fail = fail;
  }

  /** Bytes that are on their way or not complete; for measuring. */
  get memory(): number {
    return this.#waiting + this.#held;
  }

  /** Takes a place for a guest from `address`, or gives the reason why there is none. `release` gives the place back. */
  admit(guest: Guest, address: string): string | null {
    const { maxConnections, maxConnectionsPerAddress } = this.limits;
    const near = neighbourhoodOf(address);
    const before = this.#byAddress.get(near) ?? 0;
    if (before >= maxConnectionsPerAddress) return 'too_many_from_address';
    if (this.#sockets >= maxConnections && !this.#makeRoom()) return 'too_many_connections';
    this.#byAddress.set(near, before + 1);
    this.#sockets += 1;
    this.#silent.add(guest);
    return null;
  }

  release(guest: Guest, address: string): void {
    this.#silent.delete(guest);
    const near = neighbourhoodOf(address);
    const rest = (this.#byAddress.get(near) ?? 1) - 1;
    if (rest === 0) this.#byAddress.delete(near);
    else this.#byAddress.set(near, rest);
    this.#sockets -= 1;
  }

  /** The guest has become a connection. */
  add(connection: Connection, guest: Guest): void {
    this.#all.add(connection);
    this.#silent.delete(guest);
    this.#silent.add(connection);
  }

  /** Looks for those that are too slow. */
  check(): void {
    const now = this.nowMs();
    const wereAway = now - this.#lookedMs > LATE_MS; // a machine that was paused, a process that was stopped
    this.#lookedMs = now;
    for (const connection of this.#all) connection.check(now, wereAway);
  }

  /** Ends all connections: resolves when what was read is durable and all sockets are closed. Those that go on are cut after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    const all = [...this.#all];
    for (const connection of all) connection.stop();
    const timer = setTimeout(() => {
      for (const connection of all) connection.cut();
    }, graceMs);
    await Promise.all(all.map(({ done }) => done));
    clearTimeout(timer);
  }

  nowUs(): number {
    return this.#context.nowUs();
  }

  nowMs(): number {
    return performance.now();
  }

  async emit(records: readonly RawRecord[]): Promise<boolean> {
    return this.#context.emit(records).then(
      () => true,
      () => false,
    );
  }

  note(note: SourceNote): void {
    this.#context.note(note);
  }

  spoke(connection: Connection): void {
    this.#silent.delete(connection);
  }

  account(records: number, held: number): void {
    this.#waiting += records;
    this.#held += held;
    if (this.isFull ? this.#waiting < MOST_WAITING / 2 : this.#waiting > MOST_WAITING) {
      this.isFull = !this.isFull;
      for (const connection of this.#all) connection.steer();
    }
  }

  isFrameTooMuch(held: number): boolean {
    return this.#held > MOST_HELD && held > Math.max(LEAST_HELD, MOST_HELD / (this.#all.size + 1));
  }

  forget(connection: Connection): void {
    this.#all.delete(connection);
    this.#silent.delete(connection);
  }

  fail(error: unknown): void {
    this.#fail(error);
  }

  #makeRoom(): boolean {
    const [oldest] = this.#silent;
    if (oldest === undefined) return false;
    oldest.refuse('displaced', 'it never sent a message, and another sender needed its place');
    return true;
  }
}
