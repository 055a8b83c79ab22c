import { canonicalIp } from '../core/ip.ts';
import { type Json, objectIn } from '../core/json-object.ts';
import type { LineContext, LineParser, Parsed } from '../core/stages.ts';
import { ClfStamp } from './web/clf-stamp.ts';
import { ECS_KEYS, type JsonKeys, PLAIN_KEYS, valueIn } from './web/json-keys.ts';
import { requestFields } from './web/request-event.ts';

const stamp = new ClfStamp();
const MAX_LENGTH = 262_144;

/**
 * Access logs with one JSON object a line: nginx and Apache in their usual spellings, Caddy, Traefik, and ECS. The peer is
 * the connection's or what the server itself holds for it; a list that the client may write is never the source.
 */
export default {
  kind: 'line',
  name: 'web-json',
  programs: ['nginx', 'apache', 'apache2', 'httpd', 'caddy', 'traefik', 'lighttpd'],
  parse(line: string, context: LineContext): Parsed | null {
    if (
      line.charCodeAt(0) !== 0x7b ||
      line.length > MAX_LENGTH ||
      !/"[\w.@ -]*[rR]equest|"(?:uri|url|path)"/.test(line)
    )
      return null;
    const document = objectIn(line);
    if (document === null) return null;
    return readWith(document, PLAIN_KEYS, context) ?? readWith(document, ECS_KEYS, context);
  },
} satisfies LineParser;

function readWith(document: Json, keys: JsonKeys, context: LineContext): Parsed | null {
  const text = (names: readonly string[]) => {
    const found = valueIn(document, names);
    return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
  };
  const address = text(keys.peer);
  const status = Number(text(keys.status) ?? Number.NaN);
  const request = requestOf(
    text(keys.request),
    text(keys.method),
    text(keys.uri),
    text(keys.query),
    text(keys.protocol),
  );
  if (address === undefined || request === undefined || !(status >= 0 && status <= 999)) return null;
  const { host, port } = splitPort(address);
  const bytes = Number(text(keys.bytes) ?? Number.NaN);
  const user = text(keys.user);
  const fields = requestFields({
    peer: {
      address: host,
      ip: canonicalIp(host) ?? undefined,
      port: port ?? portOf(text(keys.port)),
      domain: text(keys.host),
      user: user === '-' || user === '' ? undefined : user,
    },
    request: request.replace(/\\/g, '\\\\'), // JSON's escapes are gone already
    status: status === 0 ? undefined : status,
    bytes: bytes >= 0 ? bytes : undefined,
    referrer: (text(keys.referrer) ?? '').replace(/\\/g, '\\\\'),
    userAgent: (text(keys.userAgent) ?? '').replace(/\\/g, '\\\\'),
  });
  return { fields, ...timeOf(text(keys.time), context) };
}

function requestOf(
  line?: string,
  method?: string,
  uri?: string,
  query?: string,
  protocol?: string,
): string | undefined {
  if (line !== undefined && (method === undefined || line.includes(' '))) return line;
  const path = uri ?? line; // some write the target alone as "request"
  if (path === undefined || method === undefined) return undefined;
  const bare = query === undefined || query === '' || query === '-' || path.includes('?');
  const target = bare ? path : `${path}?${query.replace(/^\?/, '')}`;
  const version = protocol === undefined ? '1.1' : protocol.replace(/^HTTP\//i, '');
  return `${method} ${target} HTTP/${version}`;
}

function splitPort(address: string): { host: string; port: number | undefined } {
  if (canonicalIp(address) !== null) return { host: address, port: undefined };
  const split = /^\[?([^\]]{1,255}?)\]?:(\d{1,5})$/.exec(address);
  return split ? { host: split[1] as string, port: portOf(split[2]) } : { host: address, port: undefined };
}

function portOf(text: string | undefined): number | undefined {
  const port = Number(text ?? Number.NaN);
  return port > 0 && port < 65_536 ? port : undefined;
}

/** Seconds or milliseconds since 1970, ISO 8601, or the Common Log Format's stamp. */
function timeOf(text: string | undefined, context: LineContext): Pick<Parsed, 'time' | 'certainty'> {
  if (text === undefined) return {};
  if (/^\d{9,13}(?:\.\d{1,9})?$/.test(text)) {
    const value = Number(text);
    return { time: Math.floor(value > 1e11 ? value : value * 1000), certainty: 'exact' };
  }
  const bracketed = text.startsWith('[') ? text : `[${text}]`;
  if (stamp.read(bracketed, 0, context.zone) !== -1) return { time: stamp.time, certainty: stamp.certainty };
  const iso = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,9})?) ?(Z|[+-]\d\d:?\d\d)?$/.exec(text);
  if (!iso) return {};
  const civil = Date.parse(`${iso[1]}T${iso[2]}Z`);
  if (Number.isNaN(civil)) return {};
  if (iso[3] === undefined) return { time: context.zone.toInstant(civil), certainty: 'zone' };
  const zoned = Date.parse(`${iso[1]}T${iso[2]}${iso[3].replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`);
  return Number.isNaN(zoned) ? {} : { time: zoned, certainty: 'exact' };
}
