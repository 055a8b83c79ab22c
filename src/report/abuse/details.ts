import type { Event } from '../../core/event.ts';
import type { Case, Line } from './cases.ts';

const MAX_RESOURCES = 50;
const MAX_PORTS = 100;
const METHODS = new Set(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']);
const PROTOCOLS = new Set(['tcp', 'udp', 'icmp', 'sctp']);
/** Programs by the service that they give. */
const SERVICES: readonly (readonly [program: RegExp, service: string])[] = [
  [/^sshd|^dropbear/, 'ssh'],
  [/ftpd?$/, 'ftp'],
  [/^(?:nginx|apache2?|httpd|lighttpd)/, 'http'],
  [/^(?:dovecot|postfix|exim|smtpd)/, 'mail'],
];

/** What lines tell beyond counts. */
export interface Details {
  readonly sourcePort: number | null;
  /** When the line with that port was written: behind a NAT only both together name a customer. */
  readonly sourcePortAt: string | null;
  readonly sourcePorts: readonly number[];
  readonly destinationPort: number | null;
  readonly destinationPorts: readonly number[];
  readonly protocol: string;
  readonly services: readonly string[];
  readonly http: boolean;
  readonly firewall: boolean;
  readonly method: string | null;
  /** Paths asked for, redacted. */
  readonly resources: readonly string[];
  /** The client's own word for itself, redacted; '' when none. */
  readonly agent: string;
}

/** Reads what XARF's types ask for out of the lines of a case. `redact` is asked for all text that goes on. */
export function detailsOf(
  { lines, address }: Pick<Case, 'lines' | 'address'>,
  redact: (text: string) => string,
): Details {
  const events = lines.flatMap(({ event }) => event ?? []);
  const ported = lines.map((line) => ({ line, port: portIn(line, address) })).filter(({ port }) => port !== null);
  const destinations = unique(events.map(({ fields }) => fields['destination.port']).filter(isPort)).slice(
    0,
    MAX_PORTS,
  );
  const protocol = String(
    events.find(({ fields }) => fields['network.transport'])?.fields['network.transport'] ?? 'tcp',
  );
  const texts = (key: string): string[] =>
    unique(events.flatMap(({ fields }) => (typeof fields[key] === 'string' ? fields[key] : [])));
  const at = ported[0]?.line.event?.time ?? Number.NaN;
  return {
    sourcePort: ported[0]?.port ?? null,
    sourcePortAt: Number.isFinite(at) ? new Date(at).toISOString() : null,
    sourcePorts: unique(ported.flatMap(({ port }) => port ?? [])),
    destinationPort: destinations[0] ?? null,
    destinationPorts: destinations,
    protocol: PROTOCOLS.has(protocol) ? protocol : protocol.includes('icmp') ? 'icmp' : 'tcp',
    services: unique(events.flatMap(serviceOf)),
    http: events.some(isHttp),
    firewall: events.some(({ fields }) => fields['event.action'] === 'firewall'),
    method: texts('http.request.method').find((method) => METHODS.has(method)) ?? null,
    resources: unique((texts('url.original').length > 0 ? texts('url.original') : texts('url.path')).map(redact))
      .filter((path) => path !== '')
      .slice(0, MAX_RESOURCES),
    agent: redact(texts('user_agent.original')[0] ?? ''),
  };
}

const isHttp = ({ fields }: Event): boolean => /^http_/.test(String(fields['event.action'] ?? ''));

function serviceOf(event: Event): string[] {
  if (isHttp(event)) return ['http'];
  const known = SERVICES.find(([program]) => program.test(event.process));
  return known === undefined ? [] : [known[1]];
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65535;
}

/** The port that the peer came from: as understood; else the number behind its last "ADDRESS port", "ADDRESS:". */
function portIn({ raw, event }: Line, address: string): number | null {
  const known = event?.fields['source.port'];
  if (isPort(known)) return known;
  if (event !== null && event.parser !== null && event.parser !== 'syslog') return null; // it was read, and names none
  const at = raw.lastIndexOf(address);
  const port = at === -1 ? Number.NaN : Number(/^ port (\d{1,5})\b/.exec(raw.slice(at + address.length))?.[1]);
  return isPort(port) ? port : null;
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
