import type { EcsFields } from '../core/event.ts';

// Hot path: looked up once for each event that says something of its client.

/** What a client says of itself, with room for its number in the counts that saw it last. */
export interface Sign {
  readonly text: string;
  memo: number;
  keeper: object | null;
}

const MAX_LENGTH = 160;
/** Beyond this many different ones a sign is not kept: whoever sends another each time says nothing by it. */
const MAX_SIGNS = 1 << 16;

/** A server's own words for how a connection ended: they say little of the client. */
const OURS =
  /^(?:closed|reset|no identification string|bad protocol version identification|timeout before authentication|invalid format|refused connect|scanner|bad obfuscated handshake|too many authentication failures.{0,200}|past maxstartups|exceeded .{0,100}|penalty: .{0,200}|.{0,40}pam.{0,200})$/is;

export function signOf(text: string): Sign {
  return { text: text.slice(0, MAX_LENGTH), memo: 0, keeper: null };
}

/** What an event says of the peer's client: its banner, its offer, its parting words, the key it shows; null: nothing. */
export function signIn(fields: EcsFields): Sign | null {
  const client = fields['spoor.client'];
  if (typeof client === 'string') return signOf(`client ${client}`);
  const key = fields['spoor.key.fingerprint'];
  if (typeof key === 'string' && fields['event.outcome'] === 'failure') return signOf(`key ${key}`);
  const reason = fields['event.reason'];
  if (typeof reason !== 'string' || fields['spoor.preauth'] !== true || OURS.test(reason)) return null;
  return signOf(`said ${reason}`);
}

/** Numbers of signs, from 1; 0: it is not kept. */
export class SignTable {
  readonly texts: string[] = [''];
  readonly #hashes: number[] = [0];
  readonly #numbers = new Map<string, number>();

  numberOf(sign: Sign): number {
    if (sign.keeper === this) return sign.memo;
    sign.memo = this.#find(sign.text);
    sign.keeper = this;
    return sign.memo;
  }

  #find(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.texts.length;
    if (number > MAX_SIGNS) return 0;
    const kept = Buffer.from(text).toString(); // a slice would keep its block
    this.texts.push(kept);
    this.#hashes.push(hashOf(kept));
    this.#numbers.set(kept, number);
    return number;
  }

  /** Puts a number into `size` cells. When there are more, those of the lowest hashes stay: the same in any order. */
  put(cells: Float64Array, from: number, size: number, number: number): void {
    let worst = -1;
    let most = this.#hashes[number] as number;
    for (let at = from; at < from + size; at += 1) {
      const kept = cells[at] as number;
      if (kept === number) return;
      if (kept === 0) {
        cells[at] = number;
        return;
      }
      const hash = this.#hashes[kept] as number;
      if (hash > most) {
        most = hash;
        worst = at;
      }
    }
    if (worst !== -1) cells[worst] = number;
  }
}

/** FNV-1a, mixed, 32 bits: by which the few of many are chosen, whatever their order. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
