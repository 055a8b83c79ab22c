import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { AppError } from '../../core/errors.ts';
import { kindOf, parseIp } from '../../core/ip.ts';
import { failureReason, guardedLookup } from '../../core/outbound.ts';

/** What a server said of a list before, so that it need not send the same again (RFC 9110, sections 8.8 and 13). */
export interface Validators {
  readonly etag: string;
  readonly lastModified: string;
}

export interface FetchRequest {
  readonly url: string;
  readonly validators: Validators;
  readonly header: { readonly name: string; readonly value: string } | null;
  readonly allowPrivate: boolean;
  /** Of the answer as it is sent. What is packed in it is measured where it is unpacked. */
  readonly maxBytes: number;
  /** For all of it, redirects included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** `body` is null when the list is still what it was. */
export interface Fetched extends Validators {
  readonly body: Buffer | null;
}

const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Gets a list, or learns that it did not change. Follows up to three redirects; each of them, and each address that a name stands for,
 * must be of the Internet unless `allowPrivate`. A key goes to the server that was named, never to one that it redirects to. Rejects with
 * E_UNAVAILABLE saying why in words, or E_TOO_LARGE.
 */
export async function fetchList(request: FetchRequest): Promise<Fetched> {
  const over = AbortSignal.any([request.signal, AbortSignal.timeout(request.timeoutMs)]);
  const origin = new URL(request.url).origin;
  let url = new URL(request.url);
  try {
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await ask(url, request, url.origin === origin, over);
      const { statusCode = 0, headers } = response;
      if (REDIRECTS.has(statusCode)) {
        response.destroy();
        url = redirected(url, headers.location);
        continue;
      }
      return await taken(response, statusCode, request);
    }
    throw new Error(`it redirects more than ${MAX_REDIRECTS} times`);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('E_UNAVAILABLE', reasonOf(cause as Error, over, request.timeoutMs), { cause });
  }
}

function redirected(from: URL, location: string | undefined): URL {
  if (location === undefined || !URL.canParse(location, from.href)) throw new Error('it redirects to nowhere');
  const to = new URL(location, from);
  if (from.protocol === 'https:' && to.protocol !== 'https:') throw new Error('it redirects from https to http');
  return to;
}

async function taken(response: IncomingMessage, status: number, { maxBytes }: FetchRequest): Promise<Fetched> {
  const { etag = '', 'last-modified': lastModified = '' } = response.headers;
  const validators = { etag: etag.slice(0, 500), lastModified: lastModified.slice(0, 100) };
  if (status === 304) {
    response.destroy();
    return { ...validators, body: null };
  }
  if (status !== 200) {
    response.destroy();
    throw new Error(`it answers with status ${status}`);
  }
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxBytes) {
      response.destroy();
      throw new AppError('E_TOO_LARGE', `it sends more than ${Math.round(maxBytes / (1 << 20))} MB`);
    }
    pieces.push(piece);
  }
  if (!response.complete) throw new Error('it broke off in the middle');
  return { ...validators, body: Buffer.concat(pieces) };
}

/** Why a URL must not be asked; null when it may. */
function forbidden(url: URL, allowPrivate: boolean): string | null {
  if (url.username !== '' || url.password !== '') return 'its address holds a password: use header';
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) return 'it is not https';
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  return parseIp(literal) !== null && !mayReach(literal, allowPrivate) ? 'it leads into an inner network' : null;
}

// Never link-local: there clouds keep what a machine must not give away.
function mayReach(address: string, allowPrivate: boolean): boolean {
  const ip = parseIp(address);
  if (ip === null) return false;
  const kind = kindOf(ip);
  return kind === 'global' || (allowPrivate && (kind === 'private' || kind === 'loopback' || kind === 'shared'));
}

function ask(url: URL, request: FetchRequest, own: boolean, signal: AbortSignal): Promise<IncomingMessage> {
  const { allowPrivate, validators, header } = request;
  const no = forbidden(url, allowPrivate);
  if (no !== null) return Promise.reject(new Error(no));
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === 'https:' ? httpsRequest : httpRequest)(
      url,
      {
        signal,
        agent: false,
        lookup: guardedLookup((address) => mayReach(address, allowPrivate)),
        headers: {
          accept: '*/*',
          'accept-encoding': 'gzip',
          'user-agent': 'spoor',
          ...(validators.etag !== '' && { 'if-none-match': validators.etag }),
          ...(validators.lastModified !== '' && { 'if-modified-since': validators.lastModified }),
          ...(own && header !== null && { [header.name]: header.value }),
        },
      },
      resolve,
    );
    sent.on('error', reject);
    sent.end();
  });
}

function reasonOf(cause: Error, over: AbortSignal, timeoutMs: number): string {
  if (over.aborted) return `no whole answer within ${Math.round(timeoutMs / 1000)} s`;
  return failureReason(cause);
}
