import { type AddressNames, NO_ADDRESS } from './address-names.ts';

const MAX_SLOTS = 2048;
/** A small file speaks of few processes: its table starts small and grows. */
const FIRST_SLOTS = 16;
/** Lines of one connection that leave the address out come this soon after one that has it. */
const REMEMBERED_MS = 600_000;

/** Who is at the other end of a connection. */
export interface Peer {
  readonly address: string;
  readonly port: number | undefined;
  /** The address's number, where a line read by template named it; else NO_ADDRESS. */
  readonly known: number;
}

/**
 * Remembers which address a server process serves, because some of its lines leave it out ("fatal: Read from socket
 * failed [preauth]"). It forgets when the connection ends and after ten minutes, for process ids come back.
 */
export class Connections {
  #slots = FIRST_SLOTS;
  #pids = new Int32Array(FIRST_SLOTS);
  #times = new Float64Array(FIRST_SLOTS);
  #ports = new Int32Array(FIRST_SLOTS);
  #hosts: string[] = new Array(FIRST_SLOTS).fill('');
  #addresses: string[] = new Array(FIRST_SLOTS).fill('');
  #known = new Int32Array(FIRST_SLOTS);
  readonly #names: AddressNames;

  /** `names`: where addresses get their numbers. */
  constructor(names: AddressNames) {
    this.#names = names;
  }

  /** A line of this process that has the address. `ends`: the line says that the connection is over. */
  note(host: string, pid: number, time: number, address: string, port: number | undefined, ends: boolean): void {
    this.noteKnown(host, pid, time, address, port ?? -1, ends, NO_ADDRESS);
  }

  /** The same for an address that has a number (`known`, else `address`); `port`: -1 for none. */
  noteKnown(
    host: string,
    pid: number,
    time: number,
    address: string,
    port: number,
    ends: boolean,
    known: number,
  ): void {
    if (pid === 0) return;
    let at = pid % this.#slots;
    if (ends) {
      if (this.#pids[at] === pid) this.#pids[at] = 0;
      return;
    }
    while (this.#slots < MAX_SLOTS && this.#pids[at] !== 0 && this.#pids[at] !== pid) {
      this.#grow();
      at = pid % this.#slots;
    }
    this.#pids[at] = pid;
    this.#times[at] = time;
    this.#hosts[at] = host;
    this.#addresses[at] = address;
    this.#ports[at] = port;
    this.#known[at] = known;
  }

  // Whoever has a slot alone has one alone among twice as many: the table is as one of MAX_SLOTS from the beginning.
  #grow(): void {
    const before = this.#slots;
    const slots = before * 2;
    const [pids, times, ports] = [new Int32Array(slots), new Float64Array(slots), new Int32Array(slots)];
    const [hosts, addresses] = [new Array<string>(slots).fill(''), new Array<string>(slots).fill('')];
    const known = new Int32Array(slots);
    for (let from = 0; from < before; from += 1) {
      const pid = this.#pids[from] as number;
      if (pid === 0) continue;
      const at = pid % slots;
      pids[at] = pid;
      times[at] = this.#times[from] as number;
      ports[at] = this.#ports[from] as number;
      hosts[at] = this.#hosts[from] as string;
      addresses[at] = this.#addresses[from] as string;
      known[at] = this.#known[from] as number;
    }
    this.#slots = slots;
    this.#pids = pids;
    this.#times = times;
    this.#ports = ports;
    this.#hosts = hosts;
    this.#addresses = addresses;
    this.#known = known;
  }

  /** The peer of this process, for a line that leaves it out; null when it is not known. */
  find(host: string, pid: number, time: number, ends: boolean): Peer | null {
    const at = pid % this.#slots;
    if (pid === 0 || this.#pids[at] !== pid || this.#hosts[at] !== host) return null;
    const age = time - (this.#times[at] as number); // NaN when neither line has a time: their order is all there is
    if (age < 0 || age > REMEMBERED_MS || Number.isNaN(time) !== Number.isNaN(this.#times[at])) return null;
    if (ends) this.#pids[at] = 0;
    const port = this.#ports[at] as number;
    const known = this.#known[at] as number;
    const address = known === NO_ADDRESS ? (this.#addresses[at] as string) : this.#names.textOf(known);
    return { address, port: port === -1 ? undefined : port, known };
  }
}
