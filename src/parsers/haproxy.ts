import { type EcsFields, withFields } from '../core/event.ts';
import type { LineContext, LineParser, Parsed } from '../core/stages.ts';
import { source } from './auth/peer.ts';
import { CONNECTION_END, CONNECTION_START, INFO, NETWORK, PROCESS } from './auth/words.ts';
import { ClfStamp } from './web/clf-stamp.ts';
import { requestFields } from './web/request-event.ts';
import { splitOrigin } from './web/url.ts';

// HAProxy's Configuration Manual, "Log formats": what `option tcplog`, `httplog` and `httpslog` write, what is written of a
// connection that failed before its first byte, and without an option. An IPv6 address stands without brackets.
const HEAD =
  /^(?<peer>[\d.]{7,15}|\[?[\da-f:.]{2,45}\]?|unix):(?<port>\d{1,5}) (?=\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d\.\d{3}\] )/i;
const PROXIES =
  /^(?<frontend>[\w.:-]{1,128})~? (?<backend>[\w.:-]{1,128}|<[\w-]{1,20}>)\/(?<server>[\w.:-]{1,128}|<[\w-]{1,20}>) /;
const COUNTS = String.raw`\d{1,10}(?:/\+?\d{1,10}){4} \d{1,10}/\d{1,10}`;
const TIMES = String.raw`\+?-?\d{1,12}`;
const TCP = new RegExp(
  String.raw`^${TIMES}(?:/${TIMES}){2} (?<bytes>\+?\d{1,18}) (?<state>[A-Za-z-]{2}) ${COUNTS}(?= |$)`,
);
const HTTP = new RegExp(
  String.raw`^${TIMES}(?:/${TIMES}){4} (?<status>-1|\d{3}) (?<bytes>\+?\d{1,18}) (?<cookies>\S{1,512} \S{1,512}) (?<state>[A-Za-z-]{4}) ${COUNTS} `,
);
const CAPTURED = /^\{(?<request>[^{}"]{0,4096})\} (?:\{[^{}"]{0,4096}\} )?/;
const FAILED = /^(?<frontend>[\w.:-]{1,128}~?\/[\w.:-]{1,128}): (?<reason>[A-Z][\w ().,:'/-]{3,300})$/;
const CONNECT =
  /^Connect from (?<peer>[\da-f:.]{2,45}):(?<port>\d{1,5}) to (?<here>[\da-f:.]{2,45}):(?<to>\d{1,5}) \((?<frontend>[\w.:-]{1,128})\/(?:HTTP|TCP)\)$/i;
const OWN =
  /^(?:Proxy [\w.:-]{1,128} (?:started|stopped)\b|(?:Backup )?[Ss]erver [\w.:-]{1,128}\/[\w.:-]{1,128} is (?:UP|DOWN|going DOWN|stopping|UP\/READY)\b|Health check for (?:backup )?server [\w.:-]{1,128}\/|backend [\w.:-]{1,128} has no server available!)/;
/** The server's name as the client sent it, and what was agreed on: httpslog's last field. */
const SNI = / (?<name>[\w.-]{1,253}|-)\/(?:TLS|SSL)v[\d.]{1,3}\/[\w-]{1,64}$/;

const stamp = new ClfStamp();

interface Begun {
  readonly peer: EcsFields;
  readonly rest: string;
}

/** HAProxy's own formats: requests, connections, and handshakes that failed. Its lines in the Common Log Format are those of `web-access`. */
export default {
  kind: 'line',
  name: 'haproxy',
  programs: ['haproxy'],
  parse(line: string, context: LineContext): Parsed | null {
    const head = HEAD.exec(line.slice(0, 128));
    if (!head?.groups) return ofItself(line);
    const end = stamp.read(line, head[0].length, context.zone);
    if (end === -1) return null;
    const { time, certainty } = stamp;
    const { peer, port } = head.groups as Record<'peer' | 'port', string>;
    const from = peer === 'unix' ? { 'source.address': 'unix:' } : source(peer.replace(/^\[|\]$/g, ''), port);
    const begun = { peer: from, rest: line.slice(end + 1) };
    const fields = failed(begun) ?? passed(begun);
    return fields === null ? null : { time, certainty, process: 'haproxy', fields };
  },
} satisfies LineParser;

function ofItself(line: string): Parsed | null {
  const connect = CONNECT.exec(line.slice(0, 300))?.groups;
  if (connect)
    return {
      process: 'haproxy',
      fields: withFields(connection(source(connect['peer'], connect['port']), connect['frontend'] as string), {
        'event.type': CONNECTION_START,
        'destination.ip': source(connect['here'])['source.ip'],
        'destination.port': Number(connect['to']),
      }),
    };
  if (!OWN.test(line)) return null;
  return { fields: { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'service_info' } };
}

function failed({ peer, rest }: Begun): EcsFields | null {
  const groups = FAILED.exec(rest.slice(0, 600))?.groups;
  if (!groups) return null;
  const fields = connection(peer, groups['frontend'] as string);
  return withFields(fields, { 'event.outcome': 'failure', 'event.reason': groups['reason'] });
}

function passed({ peer, rest }: Begun): EcsFields | null {
  const proxies = PROXIES.exec(rest.slice(0, 600));
  if (!proxies?.groups) return null;
  const { frontend, backend, server } = proxies.groups as Record<'frontend' | 'backend' | 'server', string>;
  const behind = { 'haproxy.frontend_name': frontend, 'haproxy.backend_name': backend, 'haproxy.server_name': server };
  const told = rest.slice(proxies[0].length);
  const tcp = TCP.exec(told.slice(0, 200))?.groups;
  if (tcp)
    return withFields(connection(peer, frontend), {
      'haproxy.bytes_read': numberOf(tcp['bytes']),
      'haproxy.termination_state': tcp['state'],
      ...behind,
    });
  const http = HTTP.exec(told.slice(0, 1400));
  const sent = http?.groups ? request(peer, http.groups, told.slice(http[0].length)) : null;
  return sent && withFields(sent, behind);
}

function connection(peer: EcsFields, frontend: string): EcsFields {
  return {
    'event.category': NETWORK,
    'event.type': CONNECTION_END,
    'event.action': 'proxy_connection',
    'network.transport': 'tcp',
    ...peer,
    'haproxy.frontend_name': frontend,
  };
}

function request(peer: EcsFields, parts: Readonly<Record<string, string | undefined>>, rest: string): EcsFields | null {
  const captured = CAPTURED.exec(rest);
  const open = captured?.[0].length ?? 0;
  if (rest[open] !== '"') return null;
  const close = rest.indexOf('"', open + 1); // a quote that was sent is written #22; a line that was cut has none
  const whole = rest.slice(open + 1, close === -1 ? rest.length : close);
  const { request: sent, host } = splitOrigin(whole === '<BADREQ>' ? '' : unescaped(whole));
  const headers = headersOf(captured?.groups?.['request'] ?? '');
  const sni = close === -1 ? undefined : SNI.exec(rest.slice(Math.max(close, rest.length - 360)))?.groups?.['name'];
  const fields = requestFields({
    peer: {
      address: peer['source.address'] as string | undefined,
      ip: peer['source.ip'] as string | undefined,
      port: peer['source.port'] as number | undefined,
      domain: host ?? headers.host ?? (sni === '-' ? undefined : sni),
      user: undefined,
    },
    request: relogged(sent),
    status: parts['status'] === '-1' ? undefined : Number(parts['status']),
    bytes: numberOf(parts['bytes']),
    referrer: relogged(headers.referrer),
    userAgent: relogged(headers.userAgent),
  });
  return withFields(fields, { 'haproxy.termination_state': parts['state'] });
}

/** Bytes are read with a plus in front where the line was written before the end (`option logasap`). */
function numberOf(text: string | undefined): number {
  return Number((text ?? '').replace(/^\+/, ''));
}

/** `#22` is the byte 0x22: quotes, hashes, what does not print and, in headers, braces and bars (HAProxy, `lf_encode_chunk`). */
function unescaped(text: string): string {
  if (!text.includes('#')) return text;
  return text.replace(/(?:#[0-9A-F]{2})+/g, (found) => Buffer.from(found.replaceAll('#', ''), 'hex').toString('utf8'));
}

/** A backslash that was sent stands for itself here; where other servers' logs are read it takes the next character with it. */
function relogged(text: string): string {
  return text.replaceAll('\\', '\\\\');
}

const HOST = /^[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}(?::\d{1,5})?$/;
const ADDRESSES = /^[\da-f.:, ]{2,400}$/i;

/** Which headers were captured is in the configuration alone: each is told by what it looks like. Addresses among them may be made up. */
function headersOf(captured: string): { host: string | undefined; referrer: string; userAgent: string } {
  let host: string | undefined;
  let referrer = '';
  let userAgent = '';
  for (const piece of captured.split('|').map(unescaped)) {
    if (ADDRESSES.test(piece)) continue;
    if (HOST.test(piece)) host ??= piece.replace(/:\d+$/, '');
    else if (/^https?:\/\//i.test(piece)) referrer ||= piece;
    else if (piece.length > userAgent.length) userAgent = piece;
  }
  return { host, referrer, userAgent };
}
