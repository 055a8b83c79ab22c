import type { EcsFields } from '../core/event.ts';
import { canonicalIp } from '../core/ip.ts';
import type { Message, MessageParser } from '../core/stages.ts';

/** TCP's flags as pf's log writes them (pfSense and OPNsense, "raw filter log format"). */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ['S', 'SYN'],
  ['A', 'ACK'],
  ['F', 'FIN'],
  ['R', 'RST'],
  ['P', 'PSH'],
  ['U', 'URG'],
  ['E', 'ECE'],
  ['C', 'CWR'],
  ['W', 'CWR'],
]);
const MAX_FIELDS = 40;

/** Where the fields of a packet stand: the addresses come first, then what its protocol adds. */
interface Layout {
  readonly protocol: number;
  readonly addresses: number;
}

const LAYOUTS: Readonly<Record<string, Layout>> = {
  '4': { protocol: 16, addresses: 18 },
  '6': { protocol: 12, addresses: 15 },
};

function read(message: string): EcsFields | null {
  const parts = message.slice(0, 2000).split(',', MAX_FIELDS);
  const layout = LAYOUTS[parts[8] ?? ''];
  if (layout === undefined || parts.length < layout.addresses + 2) return null;
  const from = canonicalIp(parts[layout.addresses] ?? '');
  const to = canonicalIp(parts[layout.addresses + 1] ?? '');
  const [rule, , , tracker, link, , verdict, direction] = parts;
  if (from === null || to === null || (direction !== 'in' && direction !== 'out')) return null;
  return {
    'event.category': ['network'],
    'event.type': ['connection', verdict === 'pass' ? 'allowed' : 'denied'],
    'event.action': 'firewall',
    'source.address': from,
    'source.ip': from,
    'destination.address': to,
    'destination.ip': to,
    'network.type': from.includes(':') ? 'ipv6' : 'ipv4',
    'observer.ingress.interface.name': direction === 'in' ? link : undefined,
    'observer.egress.interface.name': direction === 'out' ? link : undefined,
    'rule.name': tracker || rule || undefined,
    ...transportOf((parts[layout.protocol] ?? '').toLowerCase(), parts.slice(layout.addresses + 2)),
  };
}

// After the addresses: ports and length, then TCP's flags.
function transportOf(transport: string, rest: readonly string[]): EcsFields {
  if (transport !== 'tcp' && transport !== 'udp') return { 'network.transport': transport };
  return {
    'network.transport': transport,
    'source.port': portOf(rest[0]),
    'destination.port': portOf(rest[1]),
    'spoor.tcp.flags': transport === 'tcp' ? flagsOf(rest[3] ?? '') : undefined,
  };
}

function flagsOf(letters: string): string | undefined {
  const flags = [...letters.slice(0, 10)].map((letter) => FLAGS.get(letter)).filter((flag) => flag !== undefined);
  return flags.length === 0 ? undefined : flags.join(' ');
}

function portOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

/** pfSense's and OPNsense's firewall: one line of comma-separated values for each packet. */
export default {
  kind: 'message',
  name: 'filterlog',
  programs: ['filterlog'],
  parse: ({ message }: Message): EcsFields | null => read(message),
} satisfies MessageParser;
