import type { KnownAddress } from './address-names.ts';

const SLOTS = 2048;
/** Lines of one connection that leave the address out come this soon after one that has it. */
const REMEMBERED_MS = 600_000;

/** Who is at the other end of a connection. */
export interface Peer {
  readonly address: string;
  readonly port: number | undefined;
  /** The address as the thread knows it, where a line read by template named it. */
  readonly known: KnownAddress | null;
}

/**
 * Remembers which address a server process serves, because some of its lines leave it out ("fatal: Read from socket
 * failed [preauth]"). It forgets when the connection ends and after ten minutes, for process ids come back.
 */
export class Connections {
  readonly #pids = new Int32Array(SLOTS);
  readonly #times = new Float64Array(SLOTS);
  readonly #ports = new Int32Array(SLOTS);
  readonly #hosts: string[] = new Array(SLOTS).fill('');
  readonly #addresses: string[] = new Array(SLOTS).fill('');
  readonly #known: (KnownAddress | null)[] = new Array(SLOTS).fill(null);

  /** A line of this process that has the address. `ends`: the line says that the connection is over. */
  note(host: string, pid: number, time: number, address: string, port: number | undefined, ends: boolean): void {
    this.noteKnown(host, pid, time, address, port ?? -1, ends, null);
  }

  /** The same for an address that the thread knows; `port`: -1 for none. */
  noteKnown(
    host: string,
    pid: number,
    time: number,
    address: string,
    port: number,
    ends: boolean,
    known: KnownAddress | null,
  ): void {
    if (pid === 0) return;
    const at = pid % SLOTS;
    this.#pids[at] = ends ? 0 : pid;
    if (ends) return;
    this.#times[at] = time;
    this.#hosts[at] = host;
    this.#addresses[at] = address;
    this.#ports[at] = port;
    this.#known[at] = known;
  }

  /** The peer of this process, for a line that leaves it out; null when it is not known. */
  find(host: string, pid: number, time: number, ends: boolean): Peer | null {
    const at = pid % SLOTS;
    if (pid === 0 || this.#pids[at] !== pid || this.#hosts[at] !== host) return null;
    const age = time - (this.#times[at] as number); // NaN when neither line has a time: their order is all there is
    if (age < 0 || age > REMEMBERED_MS || Number.isNaN(time) !== Number.isNaN(this.#times[at])) return null;
    if (ends) this.#pids[at] = 0;
    const port = this.#ports[at] as number;
    const known = this.#known[at] ?? null;
    return { address: this.#addresses[at] as string, port: port === -1 ? undefined : port, known };
  }
}
