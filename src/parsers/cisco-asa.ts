import type { EcsFields } from '../core/event.ts';
import { canonicalIp } from '../core/ip.ts';
import type { Message, MessageParser } from '../core/stages.ts';

const END = (name: string) =>
  `[\\w .-]{1,64}:(?<${name}>[0-9a-fA-F.:]{2,45})\\/(?<${name}port>\\d{1,5}) ?(?:\\([^()]{1,120}\\)){0,2}`;
// 302013, 302015: "Built outbound TCP connection 7 for outside:203.0.113.9/443 (…) to inside:10.0.0.5/40112 (…)". For both ways the
// lower-security end comes first.
const BUILT = new RegExp(
  `^Built (?<way>inbound|outbound) (?<transport>TCP|UDP) connection \\d{1,12} for ${END('low')} to ${END('high')}`,
);
// 106023: 'Deny tcp src inside:10.0.0.5/40112 dst outside:203.0.113.9/4444 by access-group "out" [0x0, 0x0]'
const DENIED = new RegExp(
  `^Deny (?<transport>tcp|udp) src ${END('from')} dst ${END('to')} by access-group "(?<rule>[^"]{1,100})"`,
);
// "Jun 01 2026 08:00:00 asa1 : %ASA-6-302013: …", as the appliance writes it
const TAG = /^(?:: )?%(?:ASA|FTD)-\d-\d{6}: /;
const MESSAGES = ['6-302013', '6-302015', '4-106023'];

function read(text: string): EcsFields | null {
  const built = BUILT.exec(text)?.groups;
  if (built) {
    const [from, to] = built['way'] === 'outbound' ? ['high', 'low'] : ['low', 'high'];
    return fieldsOf(built, from as string, to as string, ['connection', 'start', 'allowed']);
  }
  const denied = DENIED.exec(text)?.groups;
  return denied ? fieldsOf(denied, 'from', 'to', ['connection', 'denied']) : null;
}

function fieldsOf(
  groups: Readonly<Record<string, string | undefined>>,
  from: string,
  to: string,
  type: readonly string[],
): EcsFields | null {
  const source = canonicalIp(groups[from] ?? '');
  const destination = canonicalIp(groups[to] ?? '');
  if (source === null || destination === null) return null;
  return {
    'event.category': ['network'],
    'event.type': type,
    'event.action': 'firewall',
    'source.address': source,
    'source.ip': source,
    'source.port': Number(groups[`${from}port`]),
    'destination.address': destination,
    'destination.ip': destination,
    'destination.port': Number(groups[`${to}port`]),
    'network.transport': groups['transport']?.toLowerCase(),
    'rule.name': groups['rule'],
  };
}

/** Connections that Cisco's ASA and Firepower built or refused (Cisco ASA Series Syslog Messages, 302013, 302015, 106023). */
export default {
  kind: 'message',
  name: 'cisco-asa',
  programs: ['ASA', 'FTD', 'PIX'].flatMap((product) => MESSAGES.map((message) => `%${product}-${message}`)),
  prefixes: [': %ASA-', ': %FTD-', '%ASA-', '%FTD-'],
  parse: ({ message }: Message): EcsFields | null => read(message.slice(TAG.exec(message)?.[0].length ?? 0)),
} satisfies MessageParser;
