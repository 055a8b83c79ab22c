import { type EcsFields, type Event, has } from '../core/event.ts';
import { isPublic, parseIp } from '../core/ip.ts';
import { own } from './ref.ts';

// Hot path: once per event that tells of a connection outward.

/** A connection that a host made, or asked a resolver or proxy for. */
export interface Outward {
  /** Address of the host that made it; '' when the host that the line is of did. */
  readonly from: string;
  /** The other end: an address of the Internet, or a domain. */
  readonly to: string;
  /** 0 when unknown. */
  readonly port: number;
  /** `tcp`, `udp`, … as the line says; `dns` for a name that was asked for; '' when unknown. */
  readonly protocol: string;
}

/** What an event may tell of outward connections: judged once for all events of a template. */
export type OutwardRole =
  | ''
  | 'outward' // a connection outward
  | 'own'; // which address the host itself has

/** The role of an event's fields. What decides does not differ within a template. */
export function outwardRole(fields: EcsFields): OutwardRole {
  const direction = fields['network.direction'];
  if (direction === 'egress') return 'outward';
  if (direction === 'ingress') return fields['event.action'] === 'firewall' ? 'own' : '';
  if (fields['dns.question.name'] !== undefined) return 'outward';
  if (fields['spoor.host.address'] !== undefined) return 'own';
  if (fields['destination.ip'] === undefined) return '';
  if (fields['event.action'] === 'firewall') return 'outward';
  return fields['source.ip'] === undefined ? '' : 'own'; // "Connection from … on …"
}

/** The connection that an event of the role `outward` tells of; null when it is none, or stays inside. */
export function outwardOf({ fields }: Event): Outward | null {
  const name = fields['dns.question.name'];
  if (typeof name === 'string') return question(fields, name);
  const port = numberOf(fields['destination.port']);
  const from = textOf(fields['source.ip']);
  if (isReply(fields, port)) return null;
  const to = outside(textOf(fields['destination.ip'])) || domain(textOf(fields['destination.domain']));
  const protocol = textOf(fields['network.transport']);
  if (to === '' || isNoise(fields, port, protocol)) return null;
  if (isOwn(fields)) return { from: '', to, port, protocol };
  return from === '' ? null : { from: isLoopback(from) ? '' : from, to, port, protocol };
}

/** Which address the host has, by an event of the role `own` or `outward`; null when it tells none. */
export function ownAddressOf({ host, fields }: Event): { readonly host: string; readonly address: string } | null {
  const named = fields['spoor.host.address'];
  if (typeof named === 'string') return { host: textOf(fields['spoor.host.name']) || host, address: named };
  const field = isOwn(fields) ? 'source.ip' : 'destination.ip';
  const address = textOf(fields[field]);
  const ip = fields['dns.question.name'] === undefined ? parseIp(address) : null;
  if (ip === null || host === '' || /\.255$/.test(address)) return null;
  return isInside(address) || isPublic(ip) ? { host, address } : null;
}

/** Who came to which inside address through a gateway, by the port that the host's own lines tell as well; null for none. */
export function arrivalOf({
  fields,
}: Event): { readonly peer: string; readonly port: number; readonly at: string } | null {
  const peer = textOf(fields['source.ip']);
  const port = numberOf(fields['source.port']);
  const at = textOf(fields['destination.ip']);
  if (fields['network.direction'] !== undefined || port === 0 || !isLogin(fields) || !isInside(at)) return null;
  return { peer, port, at };
}

// Ports that sshd listens on nearly everywhere: its lines tell the peer's port.
function isLogin(fields: EcsFields): boolean {
  const port = numberOf(fields['destination.port']);
  return port === 22 || port === 2222 || port === 22_022;
}

/** Is it an address that only its own site knows? */
export function isInside(address: string): boolean {
  const ip = parseIp(address);
  return ip !== null && !isPublic(ip);
}

// A packet or call of the host itself, by its own firewall or kernel. What went through a gateway has an address of its own.
function isOwn(fields: EcsFields): boolean {
  return fields['network.direction'] === 'egress' && !has(fields, 'event.category', 'web');
}

// What answers a scanner (ICMP), and connect(2) to port 0, by which a resolver sorts the addresses that it found.
function isNoise(fields: EcsFields, port: number, protocol: string): boolean {
  return protocol.includes('icmp') || (port === 0 && fields['spoor.audit.serial'] !== undefined);
}

function question(fields: EcsFields, name: string): Outward | null {
  const to = domain(name);
  const asker = textOf(fields['source.ip']);
  return to === '' ? null : { from: isLoopback(asker) ? '' : asker, to, port: 53, protocol: 'dns' };
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/**
 * An answer to somebody who came in is no connection outward: TCP's first packet has SYN alone; of what a line leaves
 * without flags, the end with the lower, well-known port is the server.
 */
function isReply(fields: EcsFields, port: number): boolean {
  if (has(fields, 'event.type', 'start')) return false; // who began it is told
  const flags = fields['spoor.tcp.flags'];
  if (typeof flags === 'string') {
    if (flags.includes('ACK') || flags.includes('RST')) return isServed(fields, port);
    return false;
  }
  return isServed(fields, port);
}

const SERVED_BELOW = 1024;
const EPHEMERAL_FROM = 32_768;

function isServed(fields: EcsFields, port: number): boolean {
  const own = numberOf(fields['source.port']);
  if (own === 0 || own === port) return false;
  return (own < SERVED_BELOW && port >= SERVED_BELOW) || (own < EPHEMERAL_FROM && port >= EPHEMERAL_FROM);
}

/** The same ends come again and again: what was told of one is kept, so that it is read once. */
const KEPT = 65_536;
const outsides = new Map<string, string>();

function outside(address: string): string {
  const known = address === '' ? '' : outsides.get(address);
  if (known !== undefined) return known;
  const ip = parseIp(address);
  const told = ip !== null && isPublic(ip) ? ip.text : '';
  if (outsides.size >= KEPT) outsides.clear();
  outsides.set(own(address), told);
  return told;
}

const LOCAL_NAMES = /\.(?:arpa|local|lan|internal|intranet|corp|home|localdomain|localhost|test|private)$/;
const DOMAIN = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.){1,30}[a-z][a-z0-9-]{0,62}$/;

/** A domain of the Internet in lower case without its last dot; '' for a name of the own site, or none. */
export function domain(name: string): string {
  if (name === '' || name.length > 254) return '';
  const text = (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
  return DOMAIN.test(text) && !LOCAL_NAMES.test(text) ? text : '';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
