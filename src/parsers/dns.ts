import type { EcsFields } from '../core/event.ts';
import type { Message, MessageParser } from '../core/stages.ts';
import { dnsmasqMessage } from './dns/dnsmasq.ts';
import { corednsMessage, namedMessage, unboundMessage } from './dns/servers.ts';

const READERS: ReadonlyMap<string, (text: string) => EcsFields | null> = new Map([
  ['dnsmasq', dnsmasqMessage],
  ['dnsmasq-dhcp', dnsmasqMessage],
  ['pihole-FTL', dnsmasqMessage],
  ['named', namedMessage],
  ['bind', namedMessage],
  ['unbound', unboundMessage],
  ['coredns', corednsMessage],
]);

/**
 * What resolvers log of questions and answers: dnsmasq (log-queries, with or without "extra"), BIND (querylog), Unbound
 * (log-queries, log-replies), CoreDNS (log); and the addresses that dnsmasq leases to hosts.
 */
export default {
  kind: 'message',
  name: 'dns',
  programs: [...READERS.keys()],
  parse({ message, appName }: Message): EcsFields | null {
    return READERS.get(appName)?.(message) ?? null;
  },
} satisfies MessageParser;
