import type { EcsFields } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';

// Hot path: once per kernel line that holds "SRC=".

const DENIED = /drop|block|den(?:y|ied)|reject|refus|ban(?:ned)?\b|blacklist|-[DR]\]/i;
const ALLOWED = /allow|accept|permit|pass|-A\]|^SFW2-\w{1,16}-ACC(?:-|$)/i;
const PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ['TCP', 'tcp'],
  ['UDP', 'udp'],
  ['ICMP', 'icmp'],
  ['ICMPV6', 'ipv6-icmp'],
  ['UDPLITE', 'udplite'],
  ['SCTP', 'sctp'],
  ['ESP', 'esp'],
  ['AH', 'ah'],
  ['2', 'igmp'],
  ['47', 'gre'],
  ['89', 'ospf'],
]);
const FLAGS = new Set(['CWR', 'ECE', 'URG', 'ACK', 'PSH', 'RST', 'SYN', 'FIN']);
const MAX_PREFIX = 200;

/**
 * The fields of a packet as Netfilter's LOG target writes it (nf_log_syslog.c; nft "log", ulogd's LOGEMU, UFW, firewalld):
 * "<prefix>IN=eth0 OUT= MAC=… SRC=192.0.2.7 DST=… PROTO=TCP SPT=… DPT=… SYN". Null for anything else.
 * The prefix is the administrator's word and tells the verdict, which the kernel does not write.
 */
export function packetFields(text: string): EcsFields | null {
  const source = text.indexOf(' SRC=');
  if (source === -1) return null;
  const begin = startOfPacket(text, source);
  if (begin === -1) return null;
  const packet = readPacket(text, begin);
  const from = canonicalIp(packet.get('SRC') ?? '');
  const to = canonicalIp(packet.get('DST') ?? '');
  if (from === null || to === null) return null;
  const prefix = text.slice(0, begin).trim();
  const ingress = packet.get('IN') || undefined;
  const egress = packet.get('OUT') || undefined;
  return {
    'event.category': ['network'],
    'event.type': ['connection', ...verdictOf(prefix)],
    'event.action': 'firewall',
    'source.address': packet.get('SRC'),
    'source.ip': from,
    'source.port': portOf(packet.get('SPT')),
    'source.mac': macOf(packet.get('MAC'), 6),
    'destination.address': packet.get('DST'),
    'destination.ip': to,
    'destination.port': portOf(packet.get('DPT')),
    'destination.mac': macOf(packet.get('MAC'), 0),
    'network.transport': transportOf(packet.get('PROTO')),
    'network.type': from.includes(':') ? 'ipv6' : 'ipv4',
    'network.bytes': numberOf(packet.get('LEN')),
    'spoor.tcp.flags': packet.get('') || undefined,
    'network.direction': ingress === undefined ? 'egress' : egress === undefined ? 'ingress' : undefined,
    'observer.ingress.interface.name': ingress,
    'observer.egress.interface.name': egress,
    'rule.name': ruleOf(prefix),
  };
}

/** Where "IN=" begins (or "OUT=", for what nft logs of output): the last one that can, for a prefix may hold anything. */
function startOfPacket(text: string, source: number): number {
  const at = text.lastIndexOf('IN=', source);
  if (at !== -1 && text.lastIndexOf('PHYSIN=', source) !== at - 4) return at;
  return at === -1 ? text.lastIndexOf('OUT=', source) : text.lastIndexOf('IN=', at - 5);
}

function readPacket(text: string, begin: number): Map<string, string> {
  const packet = new Map<string, string>();
  // An ICMP error quotes the packet that caused it: [SRC=… DST=…]. It is not ours.
  const quoted = text.indexOf(' [', begin);
  let flags = '';
  for (const word of text.slice(begin, quoted === -1 ? begin + 2000 : quoted).split(' ')) {
    const equals = word.indexOf('=');
    if (equals === -1 && FLAGS.has(word)) flags = flags === '' ? word : `${flags} ${word}`;
    if (equals > 0 && equals < 12 && !packet.has(word.slice(0, equals)))
      packet.set(word.slice(0, equals), word.slice(equals + 1));
  }
  packet.set('', flags);
  return packet;
}

function verdictOf(prefix: string): string[] {
  const word = prefix.slice(-MAX_PREFIX);
  if (DENIED.test(word)) return ['denied'];
  return ALLOWED.test(word) ? ['allowed'] : [];
}

// "[UFW BLOCK]" is UFW BLOCK, "Shorewall:net-fw:DROP:" loses its last colon.
function ruleOf(prefix: string): string | undefined {
  const name = prefix.replace(/^\[([^[\]]{1,100})\]$/, '$1').replace(/[:,;\s]{1,4}$/, '');
  return name === '' ? undefined : name.slice(-MAX_PREFIX);
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

function portOf(text: string | undefined): number | undefined {
  const port = numberOf(text);
  return port !== undefined && port <= 65_535 ? port : undefined;
}

function transportOf(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : (PROTOCOLS.get(text.toUpperCase()) ?? text.toLowerCase());
}

const ETHERNET = /^(?:[\da-f]{2}:){13}[\da-f]{2}$/i;
const BYTE = 3; // with its colon

/** MAC= is the whole Ethernet header: destination, source, type. ECS writes addresses in capitals with hyphens. */
function macOf(header: string | undefined, from: number): string | undefined {
  if (header === undefined || !ETHERNET.test(header)) return undefined;
  const begin = from * BYTE;
  return header
    .slice(begin, begin + 6 * BYTE - 1)
    .replaceAll(':', '-')
    .toUpperCase();
}
