import type { EcsFields } from '../core/event.ts';
import { canonicalIp } from '../core/ip.ts';
import type { EmitRecord, Parsed, RecordsParser } from '../core/stages.ts';
import { splitTarget } from './web/url.ts';

// Squid's native format (logformat squid): "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt".
const LINE =
  /^(?<seconds>\d{9,10})\.(?<ms>\d{3}) +(?<elapsed>-?\d{1,10}) (?<peer>\S{1,255}) (?<result>[A-Z_]{2,60})\/(?<status>\d{3}) (?<bytes>\d{1,15}) (?<method>[\w-]{1,32}) (?<target>.*) (?<user>\S{1,255}) (?<way>[A-Z_]{2,40})\/(?<origin>\S{1,255}) \S{1,255}$/;

function read(line: string): Parsed | null {
  const parts = LINE.exec(line.slice(0, 16_384))?.groups;
  if (!parts) return null;
  const { peer, target, user, status } = parts as Record<'peer' | 'target' | 'user' | 'status', string>;
  const ip = canonicalIp(peer) ?? undefined;
  const { path, query, extension } = splitTarget(target);
  const denied = Number(status) >= 400 || (parts['result'] as string).includes('DENIED');
  return {
    time: Number(parts['seconds']) * 1000 + Number(parts['ms']),
    certainty: 'exact',
    process: 'squid',
    fields: {
      'event.category': ['web'],
      'event.type': ['access'],
      'event.action': 'http_request',
      'event.outcome': denied ? 'failure' : 'success',
      'source.address': peer,
      'source.ip': ip,
      'source.domain': ip === undefined ? peer : undefined,
      'user.name': user === '-' ? undefined : user,
      'http.request.method': parts['method'],
      'url.original': target,
      'url.path': path,
      'url.query': query,
      'url.extension': extension,
      'http.response.status_code': Number(status),
      'http.response.body.bytes': Number(parts['bytes']),
      'squid.result': parts['result'],
      ...originOf(target, parts['origin'] as string),
    },
  };
}

// "http://name:8080/path", "name:443" (CONNECT)
const ORIGIN =
  /^(?:[a-z][a-z0-9+.-]{1,20}:\/\/(?:[^@/]{0,255}@)?)?(?<host>\[[0-9a-f:.]{2,45}\]|[\w.-]{1,253})(?::(?<port>\d{1,5}))?(?:[/?]|$)/i;
const SECURE = /^(?:https|wss):/i;

/** Where the proxy went for it: the address that it says it went to, and what was asked for. */
function originOf(target: string, origin: string): EcsFields {
  const groups = ORIGIN.exec(target)?.groups;
  const host = groups?.['host']?.replace(/^\[|\]$/g, '') ?? '';
  const ip = canonicalIp(origin) ?? canonicalIp(host) ?? undefined;
  const isUrl = target.includes('://');
  if (groups === undefined || (!isUrl && groups['port'] === undefined)) return {};
  const port = Number(groups['port'] ?? (SECURE.test(target) ? 443 : 80));
  return {
    'network.direction': 'egress',
    'destination.ip': ip,
    'destination.domain': canonicalIp(host) === null ? host.toLowerCase() : undefined,
    'destination.port': port <= 65_535 ? port : undefined,
  };
}

/**
 * Squid's access log. Its lines begin with seconds since 1970, as some syslog lines do, so an input is claimed as a whole
 * by its first lines.
 */
export default {
  kind: 'records',
  name: 'squid',
  accepts: (_path: string, head: readonly string[]) =>
    head.slice(0, 20).some((line) => LINE.test(line.trimEnd().slice(0, 16_384))),
  claims: (line: string) => LINE.test(line.slice(0, 16_384)),
  open: (_context, emit: EmitRecord) => ({
    push(line: string, number: number): boolean {
      const parsed = read(line);
      if (parsed === null) return false;
      emit(parsed, number, 1, line);
      return true;
    },
    end: () => undefined,
  }),
} satisfies RecordsParser;
