import { withFields } from '../core/event.ts';
import type { LineContext, LineParser, Parsed } from '../core/stages.ts';
import { ClfStamp } from './web/clf-stamp.ts';
import { readPeer } from './web/peer.ts';
import { closingQuote } from './web/quoted.ts';
import { requestFields } from './web/request-event.ts';

// `CustomLog logs/ssl_request_log "%t %h %{SSL_PROTOCOL}x %{SSL_CIPHER}x \"%r\" %b"` of mod_ssl's own configuration
const HEAD = /^ (?<peer>\S{1,255}) (?:(?:TLS|SSL)v(?<version>[\d.]{1,3})|-) (?<cipher>[\w-]{1,64}) "/;
const SIZE = /^ (?<bytes>\d{1,15}|-)$/;

const stamp = new ClfStamp();

/**
 * Apache's ssl_request_log: how each request of an access log beside it was enciphered. It says a second time what was asked, so
 * that its events are of the type `info`: no request counts twice.
 */
export default {
  kind: 'line',
  name: 'ssl-request',
  programs: ['apache', 'apache2', 'httpd'],
  parse(line: string, context: LineContext): Parsed | null {
    if (line.charCodeAt(0) !== 0x5b) return null;
    const at = stamp.read(line, 0, context.zone);
    if (at === -1) return null;
    const { time, certainty } = stamp;
    const head = HEAD.exec(line.slice(at, at + 400));
    const from = at + (head?.[0].length ?? 0);
    const close = head === null ? -1 : closingQuote(line, from);
    const size = close === -1 ? undefined : SIZE.exec(line.slice(close + 1, close + 20))?.groups?.['bytes'];
    const peer = readPeer(`${head?.groups?.['peer']} - -`);
    if (size === undefined || peer === null) return null;
    const fields = requestFields({
      peer: { ...peer, user: undefined },
      request: line.slice(from, close),
      status: undefined,
      bytes: size === '-' ? undefined : Number(size),
      referrer: '',
      userAgent: '',
    });
    return {
      time,
      certainty,
      fields: withFields(fields, {
        'event.type': ['info'],
        'tls.version': head?.groups?.['version'],
        'tls.cipher': head?.groups?.['cipher'] === '-' ? undefined : head?.groups?.['cipher'],
      }),
    };
  },
} satisfies LineParser;
