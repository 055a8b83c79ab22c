import type { IncomingMessage } from 'node:http';
import type { RawRecord, SourceContext } from '../../core/stages.ts';
import { neighbourhoodOf, plainAddress, viaOf } from '../stream/address.ts';
import { bodyOf, type Coding, codingOf, tooLarge } from './body.ts';
import type { DoorSettings } from './door.ts';
import type { Places } from './places.ts';
import { Refusal } from './problem.ts';
import type { Tokens } from './tokens.ts';

/** A batch that is handed over at once. */
const BATCH_BYTES = 1 << 20;
const BATCH_RECORDS = 8192;
const PATH = /^(?<path>\/[^?#]{0,2048})(?:\?(?<query>[^#]{0,8192}))?$/;

/** On loopback without tokens, any page that a browser of this machine opens could write into the ledger (RFC 6454 §7, Fetch Metadata). */
const WEB_PAGE = 'a browser sends this for a page: name who may send in "tokens", and send one';

/** What the door knows beside the request. */
export interface ExchangeParts {
  readonly settings: DoorSettings;
  readonly tokens: Tokens;
  readonly places: Places;
  readonly context: SourceContext;
  /** Tells the sender to send the body (RFC 9110 §10.1.1); null when he does not wait for it. */
  readonly continues: (() => void) | null;
}

/** What records of one sender have in common. */
export interface Origin {
  readonly stream: string;
  readonly via: string;
  readonly peer: string;
}

/** One request, for a protocol: who sends it, its body, and the way of its records to the ledger. */
export class Exchange {
  readonly request: IncomingMessage;
  /** Decoded by nobody: `/loki/api/v1/push`. '' when the target is too long or no path. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Transport and peer address. */
  readonly via: string;
  /** The peer's address. */
  readonly address: string;
  readonly #parts: ExchangeParts;
  /** Token's name; null when none was shown, or none is needed. */
  #name: string | null = null;
  #place: string | null = null;
  #held = 0;
  #durable = 0;

  constructor(request: IncomingMessage, parts: ExchangeParts) {
    const { socket, url = '' } = request;
    this.request = request;
    this.#parts = parts;
    this.address = plainAddress(socket.remoteAddress ?? 'unknown');
    this.via = viaOf(parts.settings.tls ? 'https' : 'http', this.address, socket.remotePort ?? 0);
    const groups = PATH.exec(url)?.groups;
    this.path = groups?.['path'] ?? '';
    this.query = new URLSearchParams(groups?.['query'] ?? '');
  }

  /** A header's value; '' when there is none. */
  header(name: string): string {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(', ') : (value ?? '');
  }

  /** Is a token needed to send? */
  get needsToken(): boolean {
    return this.#parts.tokens.areNeeded;
  }

  /** How many records of it are durable. */
  get durable(): number {
    return this.#durable;
  }

  /**
   * Tells who sends and takes no place: for requests that bring no records. Throws a Refusal (401 no_token, wrong_token; 403 wrong_network,
   * web_page).
   */
  identify(token: string | null): void {
    if (!this.needsToken && (this.header('origin') !== '' || this.header('sec-fetch-site') !== ''))
      throw new Refusal(403, 'web_page', WEB_PAGE);
    this.#name = this.#parts.tokens.senderOf(token, this.address);
  }

  /** Tells who sends, and takes a place until the answer. Throws as `identify` does, and 429 sender_busy, 503 busy. */
  admit(token: string | null): void {
    this.identify(token);
    const place = this.#name ?? neighbourhoodOf(this.address);
    this.#parts.places.enter(place);
    this.#place = place;
  }

  /** What its records have in common: the stream is named by the token, or by the address. */
  get origin(): Origin {
    const name = this.#name;
    return {
      stream: `${this.#parts.context.name}/${name ?? this.address}`,
      via: this.via,
      peer: name ?? 'none',
    };
  }

  /** Our clock, microseconds since 1970. */
  nowUs(): number {
    return this.#parts.context.nowUs();
  }

  /** The body's bytes, unpacked, in pieces of their own memory, as they come. Throws a Refusal (400, 408, 413, 415). */
  pieces(codings: readonly Coding[] = ['gzip']): AsyncGenerator<Buffer> {
    const { maxBodyBytes, idleSeconds } = this.#parts.settings;
    const coding = codingOf(this.request, codings);
    if (Number(this.header('content-length') || 0) > maxBodyBytes) throw tooLarge(maxBodyBytes);
    this.#parts.continues?.();
    return bodyOf(this.request, coding, { maxBytes: maxBodyBytes, idleMs: idleSeconds * 1000 });
  }

  /** The whole body, unpacked. Throws as `pieces` does, and 503 when too much is held. */
  async body(codings: readonly Coding[] = ['gzip']): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.pieces(codings)) {
      this.hold(piece.length);
      pieces.push(piece);
    }
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }

  /** Takes room for bytes that are held until the answer (what the protocol unpacks itself). Throws a Refusal (503 no_room). */
  hold(bytes: number): void {
    this.#parts.places.hold(bytes);
    this.#held += bytes;
  }

  /** The longest body, bytes, for what the protocol unpacks itself. */
  get maxBodyBytes(): number {
    return this.#parts.settings.maxBodyBytes;
  }

  /** Resolves when all of the records are durable, in batches. Throws a Refusal (503 stopping); `durable` counts those that are. */
  async keep(records: readonly RawRecord[]): Promise<void> {
    for (let from = 0; from < records.length; ) {
      let to = from;
      for (let bytes = 0; to < records.length && to - from < BATCH_RECORDS && bytes < BATCH_BYTES; to += 1)
        bytes += (records[to] as RawRecord).bytes.length;
      const batch = from === 0 && to === records.length ? records : records.slice(from, to);
      try {
        await this.#parts.context.emit(batch, { mayRefuse: true });
      } catch {
        throw new Refusal(503, 'stopping', 'nothing can be kept now: send again what is not durable', {
          'retry-after': '5',
        });
      }
      this.#durable += batch.length;
      from = to;
    }
  }

  /** Counts something in it that was not taken, while the rest was. */
  noteRefused({ reason, message }: { readonly reason: string; readonly message: string }, count = 1): void {
    const detail = `${message}; ${this.#durable} records of it are durable`.slice(0, 200);
    const peer = this.#name === null ? {} : { peer: this.#name };
    this.#parts.context.note({ kind: 'refused', reason, count, via: this.via, ...peer, detail });
  }

  /** Gives place and room back. */
  leave(): void {
    if (this.#place !== null) this.#parts.places.leave(this.#place);
    this.#place = null;
    this.#parts.places.release(this.#held);
    this.#held = 0;
  }
}
