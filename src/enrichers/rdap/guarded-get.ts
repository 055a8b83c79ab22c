import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { kindOf, parseIp } from '../../core/ip.ts';
import { isLoopback } from '../../core/loopback.ts';
import { failureReason, guardedLookup } from '../../core/outbound.ts';

/** What a server answered, whole. */
export interface Answer {
  readonly status: number;
  /** Lower-case names; one value each. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** Gets a URL, without following redirects. Rejects with a reason in words when there is no answer. */
export type Get = (url: URL, signal: AbortSignal) => Promise<Answer>;

export interface GetOptions {
  /** May it speak to this machine? Only where the operator named a server on it. */
  readonly loopback: boolean;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

const USER_AGENT = 'spoor-rdap';

/**
 * Why a URL must not be asked; null when it may. Only https on its own port, to names or to addresses of the Internet, so
 * that a server's redirect leads nobody into the network inside.
 */
export function forbidden(url: URL, { loopback }: Pick<GetOptions, 'loopback'>): string | null {
  if (url.username !== '' || url.password !== '') return 'its address holds a password';
  if (isLoopback(url.hostname)) return loopback && /^https?:$/.test(url.protocol) ? null : 'it leads to this machine';
  if (url.protocol !== 'https:') return 'it is not https';
  if (url.port !== '') return 'it has an odd port';
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  return parseIp(literal) !== null && !mayReach(literal, false) ? 'it leads into an inner network' : null;
}

/** The same question for an address, asked again when a name was resolved: names change between two look-ups. */
function mayReach(address: string, loopback: boolean): boolean {
  const ip = parseIp(address);
  if (ip === null) return false;
  const kind = kindOf(ip);
  return kind === 'global' || (loopback && kind === 'loopback');
}

/** A `Get` over Node's own http, that connects to no inner address, waits no longer and reads no more than allowed. */
export function guardedGet(options: GetOptions): Get {
  return (url, signal) =>
    new Promise((resolve, reject) => {
      const no = forbidden(url, options);
      if (no !== null) {
        reject(new Error(no));
        return;
      }
      const over = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]);
      const fail = (cause: Error): void => reject(new Error(reasonOf(cause, signal, over), { cause }));
      const wanted: RequestOptions = {
        signal: over,
        lookup: guardedLookup((address) => mayReach(address, options.loopback && isLoopback(url.hostname))),
        agent: false,
        headers: {
          accept: 'application/rdap+json, application/json;q=0.9',
          'accept-encoding': 'identity',
          'user-agent': USER_AGENT,
        },
      };
      const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, wanted, (response) => {
        read(response, options.maxBytes).then(resolve, fail);
      });
      request.on('error', fail);
      request.end();
    });
}

async function read(response: IncomingMessage, maxBytes: number): Promise<Answer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxBytes) {
      response.destroy();
      throw new Error('the answer is too long');
    }
    pieces.push(piece);
  }
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(pieces) };
}

function reasonOf(cause: Error, signal: AbortSignal, over: AbortSignal): string {
  if (signal.aborted) return 'stopped';
  if (over.aborted) return 'it does not answer in time';
  return failureReason(cause);
}
