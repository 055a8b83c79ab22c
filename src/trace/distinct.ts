const BITS = 8192;

/**
 * About how many different texts there were, in 1 KiB, whatever their order: linear counting (Whang, Vander-Zanden and Taylor,
 * "A linear-time probabilistic counting algorithm", ACM TODS 1990). Within some percent up to about 30,000.
 */
export class Distinct {
  readonly bits: Uint8Array;

  constructor(bits = new Uint8Array(BITS / 8)) {
    this.bits = bits;
  }

  add(text: string): void {
    let hash = 0x811c9dc5;
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    hash ^= hash >>> 15;
    const bit = (Math.imul(hash, 0x2c1b3c6d) >>> 19) & (BITS - 1);
    this.bits[bit >> 3] = (this.bits[bit >> 3] as number) | (1 << (bit & 7));
  }

  merge({ bits }: Distinct): void {
    for (let at = 0; at < bits.length; at += 1) this.bits[at] = (this.bits[at] as number) | (bits[at] as number);
  }

  get estimate(): number {
    let free = BITS;
    for (const byte of this.bits) for (let rest = byte; rest !== 0; rest &= rest - 1) free -= 1;
    return Math.round(-BITS * Math.log(Math.max(free, 1) / BITS));
  }
}
