import type { EcsFields } from '../core/event.ts';
import { canonicalIp } from '../core/ip.ts';
import type { LineParser, Parsed } from '../core/stages.ts';

// conntrack -E -o timestamp: "[1795233906.123456]\t    [NEW] tcp      6 120 SYN_SENT src=… dst=… sport=… dport=… [UNREPLIED] src=…";
// conntrack -L and /proc/net/nf_conntrack leave out stamp and event, the latter begins with "ipv4     2 ".
const HEAD =
  /^(?:\[(?<seconds>\d{9,10})\.(?<fraction>\d{1,6})\]\s{1,8})?(?:\[(?<event>NEW|UPDATE|DESTROY)\] {1,4})?(?:ipv[46] {1,8}\d{1,2} )?(?<transport>tcp|udp|udplite|sctp|dccp|icmp|icmpv6|gre|unknown) {1,8}\d{1,3}(?: \d{1,9})?(?: (?<state>[A-Z_0-9]{3,20}))? src=/;
const ORIGINAL = /^src=(?<from>\S{2,45}) dst=(?<to>\S{2,45}) (?:sport=(?<sport>\d{1,5}) dport=(?<dport>\d{1,5}) )?/;

function read(line: string): Parsed | null {
  const text = line.trimStart();
  const head = HEAD.exec(text);
  if (!head?.groups) return null;
  const flow = ORIGINAL.exec(text.slice(head[0].length - 4))?.groups;
  const from = canonicalIp(flow?.['from'] ?? '');
  const to = canonicalIp(flow?.['to'] ?? '');
  if (!flow || from === null || to === null) return null;
  const { seconds, fraction, event, transport } = head.groups;
  const timed = seconds !== undefined;
  return {
    process: 'conntrack',
    ...(timed && { time: Number(seconds) * 1000 + Math.floor(Number(`0.${fraction}`) * 1000), certainty: 'exact' }),
    fields: fieldsOf({ from, to, transport, ends: event === 'DESTROY', update: event === 'UPDATE', ...flow }),
  };
}

function fieldsOf(flow: Record<string, string | boolean | undefined>): EcsFields {
  const port = (name: string) => (typeof flow[name] === 'string' ? Number(flow[name]) : undefined);
  return {
    'event.category': ['network'],
    'event.type': [
      'connection',
      ...(flow['ends'] === true ? ['end'] : flow['update'] === true ? ['info'] : ['start', 'allowed']),
    ],
    'event.action': flow['ends'] === true || flow['update'] === true ? 'connection_tracked' : 'firewall',
    'source.address': flow['from'] as string,
    'source.ip': flow['from'] as string,
    'source.port': port('sport'),
    'destination.address': flow['to'] as string,
    'destination.ip': flow['to'] as string,
    'destination.port': port('dport'),
    'network.transport': flow['transport'] as string,
    'network.type': String(flow['from']).includes(':') ? 'ipv6' : 'ipv4',
  };
}

/** Netfilter's table of connections: conntrack(8)'s events and lists, /proc/net/nf_conntrack. The first end is who began it. */
export default {
  kind: 'line',
  name: 'conntrack',
  programs: ['conntrack', 'conntrackd'],
  parse: (line: string): Parsed | null => read(line.slice(0, 1024)),
} satisfies LineParser;
