import { readFile } from 'node:fs/promises';
import { parseIp } from '../../core/ip.ts';

const WRAP = 2 ** 32;

/** An address as /proc/net/udp and udp6 write it: 32-bit words in the machine's byte order (little-endian on all that Node runs on, but s390x). */
export function procAddress(address: string, port: number): string {
  const ip = parseIp(address);
  if (ip === null) return '';
  const words = ip.version === 4 ? [ip.value] : ip.words;
  const hex = (word: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(word);
    return bytes.readUInt32LE().toString(16).padStart(8, '0');
  };
  return `${words.map(hex).join('')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}

/** Reads the last column, `drops`, of the socket bound to `local`, from the text of /proc/net/udp or udp6; null when it is not there. */
export function dropsIn(table: string, local: string): number | null {
  for (const row of table.split('\n')) {
    const columns = row.trim().split(/ +/);
    if (columns[1] === local) return Number(columns.at(-1));
  }
  return null;
}

/** Counts the datagrams that the kernel dropped because a socket's receive buffer was full. Linux tells; elsewhere it is always 0. */
export class KernelDrops {
  readonly #path: string;
  readonly #local: string;
  #before = 0;

  constructor(address: string, port: number) {
    this.#path = `/proc/net/${address.includes(':') ? 'udp6' : 'udp'}`;
    this.#local = procAddress(address, port);
  }

  /** How many were dropped since the last time. */
  async take(): Promise<number> {
    const table = await readFile(this.#path, 'latin1').catch(() => '');
    const drops = dropsIn(table, this.#local);
    if (drops === null) return 0;
    const more = (drops - this.#before + WRAP) % WRAP; // the kernel's counter has 32 bits
    this.#before = drops;
    return more;
  }
}
