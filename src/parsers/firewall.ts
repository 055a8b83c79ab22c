import type { EcsFields } from '../core/event.ts';
import type { Message, MessageParser } from '../core/stages.ts';
import { packetFields } from './firewall/packet.ts';

const PROGRAMS = ['kernel', 'ulogd', 'ulogd2', 'ulogd-syslogemu', 'klogd', 'iptables', 'nftables', 'firewalld', ''];
/** What EdgeOS and UniFi write where others name the program, "[WAN_IN-4000-D]", and what a rule's own prefix leaves there, "DENY:". */
const RULE = /^(?:[A-Z][A-Z0-9_-]{1,47}|[\w.-]{1,40}-(?:\d{1,6}|default)-[ADR])$/;
/** UniFi's words on the rule, and the packet. */
const PACKET = /^(?:DESCR="[^"]{0,200}" )?(?=IN=\S{0,64} OUT=\S{0,64} (?:MAC=\S{0,80} )?SRC=)/;
/** Shorewall's own prefix, "Shorewall:net2fw:DROP:", where its first word is taken for the program. */
const CHAIN = /^[\w-]{1,40}:[A-Z]{3,10}:IN=/;
const CLOCK = /^\[ {0,12}\d{1,12}\.\d{3,9}\] ?/;

/** iptables, nftables and UFW through the kernel's log or ulogd, with or without the kernel's clock; gateways that name the rule instead. */
export default {
  kind: 'message',
  name: 'firewall',
  programs: PROGRAMS,
  anyProgram: true,
  parse({ appName, message }: Message): EcsFields | null {
    if (message.length < 40) return null;
    if (!PROGRAMS.includes(appName)) return ofRule(appName, message);
    return packetFields(message.charCodeAt(0) === 0x5b ? message.slice(CLOCK.exec(message)?.[0].length ?? 0) : message);
  },
} satisfies MessageParser;

// Programs of any other name may have taken the text from a stranger.
function ofRule(rule: string, message: string): EcsFields | null {
  if (rule === 'Shorewall') return CHAIN.test(message) ? packetFields(`${rule}:${message}`) : null;
  const words = RULE.test(rule) ? PACKET.exec(message)?.[0] : undefined;
  return words === undefined ? null : packetFields(`[${rule}] ${message.slice(words.length)}`);
}
