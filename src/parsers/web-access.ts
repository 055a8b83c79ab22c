import { withFields } from '../core/event.ts';
import { canonicalIp } from '../core/ip.ts';
import type { LineContext, LineParser, Parsed } from '../core/stages.ts';
import { ClfStamp } from './web/clf-stamp.ts';
import { type Peer, readPeer } from './web/peer.ts';
import { closingQuote, closingRequest } from './web/quoted.ts';
import { requestFields } from './web/request-event.ts';

// Hot path: once per line.

const SPACE = 0x20;
const QUOTE = 0x22;
const MAX_PREFIX = 4096; // the stamp lies within: a list of proxies and a name are short
const ANY_STAMP = / \[(?=\d\d\/(?:[A-Z][a-z]{2}|\d\d)\/\d{4}:|\d{4}-\d\d-\d\dT\d)/;
const REQUEST_ID = / ([0-9a-f]{32})$/; // ingress-nginx ends its lines with $req_id

const stamp = new ClfStamp();

/**
 * Web access logs: the Common and Combined Log Formats (Apache mod_log_config), with a virtual host or a proxy's list of
 * addresses in front, and with whatever fields behind: nginx, Apache, ingress-nginx, lighttpd, Caddy and Traefik.
 */
export default {
  kind: 'line',
  name: 'web-access',
  programs: ['nginx', 'apache', 'apache2', 'httpd', 'lighttpd', 'caddy', 'haproxy', 'traefik', 'openresty'],
  parse(line: string, context: LineContext): Parsed | null {
    const open = openingOfStamp(line);
    if (open < 2) return null;
    const afterStamp = stamp.read(line, open, context.zone);
    if (afterStamp === -1) return null;
    const { time, certainty } = stamp;
    const quote = line.charCodeAt(afterStamp + 1) === QUOTE ? afterStamp + 1 : line.indexOf('"', afterStamp);
    if (quote === -1 || quote - afterStamp > 300) return null;
    const close = closingRequest(line, quote + 1);
    if (close === -1) return null;
    const peer = peerOf(line, open - 1);
    if (peer === null) return null;
    return { time, certainty, fields: readRest(line, peer, line.slice(quote + 1, close), close + 1) };
  },
} satisfies LineParser;

/** Where the stamp's bracket opens, or -1. A name that holds a stamp stands before the true one. */
function openingOfStamp(line: string): number {
  const usual = line.indexOf(' - - [');
  const quote = closingQuote(line, 0); // a name may hold a quote, but an escaped one
  if (usual !== -1 && usual + 34 === quote) return usual + 5;
  if (quote === -1) return -1;
  const open = line.lastIndexOf('[', quote);
  if (open > 0 && ANY_STAMP.test(line.slice(open - 1, open + 14))) return open;
  const found = ANY_STAMP.exec(line.slice(0, MAX_PREFIX)); // a quoted list of addresses stands in front
  return found === null ? -1 : found.index + 1;
}

function peerOf(line: string, end: number): Peer | null {
  const space = line.indexOf(' ');
  if (end - space === 4 && line.startsWith(' - -', space)) {
    const address = line.slice(0, space);
    const ip = canonicalIp(address);
    if (ip !== null) return { address, ip, port: undefined, domain: undefined, user: '-' };
  }
  return readPeer(line.slice(0, end));
}

/** Status, size, referrer and user agent: ` 200 512 "-" "curl/8.5.0"`, with further fields between or behind. */
function readRest(line: string, peer: Peer, request: string, at: number): Parsed['fields'] {
  const statusEnd = endOfWord(line, at + 1);
  const bytesEnd = endOfWord(line, statusEnd + 1);
  let referrer = '';
  let userAgent = '';
  const first = line.indexOf('"', bytesEnd);
  if (first !== -1) {
    const firstEnd = closingQuote(line, first + 1);
    referrer = line.slice(first + 1, firstEnd === -1 ? line.length : firstEnd);
    const second = firstEnd === -1 ? -1 : line.indexOf('"', firstEnd + 1);
    if (second !== -1) {
      const secondEnd = closingQuote(line, second + 1);
      userAgent = line.slice(second + 1, secondEnd === -1 ? line.length : secondEnd);
    }
  }
  const status = numberIn(line, at + 1, statusEnd);
  const fields = requestFields({
    peer,
    request,
    status,
    bytes: numberIn(line, statusEnd + 1, bytesEnd),
    referrer,
    userAgent,
  });
  const id = line.charCodeAt(line.length - 33) === SPACE ? REQUEST_ID.exec(line.slice(-33))?.[1] : undefined;
  return id === undefined ? fields : withFields(fields, { 'http.request.id': id });
}

function endOfWord(line: string, at: number): number {
  const end = line.indexOf(' ', at);
  return end === -1 ? line.length : end;
}

/** The decimal number in line[from, end); undefined when it is none. */
function numberIn(line: string, from: number, end: number): number | undefined {
  let value = 0;
  for (let at = from; at < end; at += 1) {
    const digit = line.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return end > from && end - from < 16 ? value : undefined;
}
