import type { EcsFields } from '../core/event.ts';
import type { Message, MessageParser } from '../core/stages.ts';
import { packetFields } from './firewall/packet.ts';

const CLOCK = /^\[ {0,12}\d{1,12}\.\d{3,9}\] ?/;

/** iptables, nftables and UFW through the kernel's log or ulogd, with or without the kernel's clock. */
export default {
  kind: 'message',
  name: 'firewall',
  programs: ['kernel', 'ulogd', 'ulogd2', 'ulogd-syslogemu', 'klogd', 'iptables', 'nftables', 'firewalld', ''],
  parse({ message }: Message): EcsFields | null {
    if (message.length < 40) return null;
    return packetFields(message.charCodeAt(0) === 0x5b ? message.slice(CLOCK.exec(message)?.[0].length ?? 0) : message);
  },
} satisfies MessageParser;
