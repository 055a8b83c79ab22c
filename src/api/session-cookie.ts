import type {} from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

// Over TLS a cookie is `__Host-…` (RFC 6265bis §4.1.3.2): no other host of the domain, and nothing without TLS, can set or read it.
// Without TLS, which is on loopback or said explicitly, browsers take no such name.

type Which = 'spoor' | 'spoor-half' | 'spoor-way';

const nameOf = (which: Which, { protocol }: FastifyRequest): string =>
  protocol === 'https' ? `__Host-${which}` : which;

/** The text of one of our cookies; null when it did not come. */
export function cookieOf(request: FastifyRequest, which: Which): string | null {
  return cookiesOf(request)[nameOf(which, request)] ?? null;
}

/** Sets one of our cookies for so many seconds; 0 removes it. No script can read it. */
export function setCookie(reply: FastifyReply, which: Which, text: string, seconds: number): void {
  const secure = reply.request.protocol === 'https';
  const options = { path: '/', httpOnly: true, secure, sameSite: 'lax', maxAge: Math.floor(seconds) } as const;
  reply.header('set-cookie', reply.server.serializeCookie(nameOf(which, reply.request), text, options));
}

/** Did any cookie of ours come? */
export const hasCookie = (request: FastifyRequest): boolean =>
  Object.keys(cookiesOf(request)).some((name) => /^(?:__Host-)?spoor/.test(name));

const cookiesOf = ({ headers, server }: FastifyRequest): Readonly<Record<string, string | undefined>> =>
  headers.cookie === undefined ? {} : server.parseCookie(headers.cookie);
