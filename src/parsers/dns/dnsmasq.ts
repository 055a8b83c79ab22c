import type { EcsFields } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';
import { question } from './question.ts';

// With log-queries=extra a serial and the asker stand before it: "31 192.0.2.5/40112 query[A] …".
const EXTRA = /^\d{1,10} \S{1,60}\/\d{1,5} /;
const QUERY = /^query\[(?<type>[\w=-]{1,16})\] (?<name>\S{1,255}) from (?<asker>[0-9a-fA-F:.%\w]{2,60})$/;
const ANSWER = /^(?:reply|cached(?:-stale)?) (?<name>\S{1,255}) is (?<answer>[0-9a-fA-F:.]{2,45})$/;
// "/etc/hosts db1.example is 10.0.0.9", "DHCP db1 is 10.0.0.9", "config db1 is 10.0.0.9"
const HOST = /^(?:\/\S{1,255}|DHCP|config) (?<name>[\w.-]{1,253}) is (?<address>[0-9a-fA-F:.]{2,45})$/;
const LEASE =
  /^(?:\d{1,10} )?DHCPACK\(\S{1,32}\) (?<address>[0-9a-fA-F:.]{2,45}) (?<mac>[0-9a-fA-F:]{11,60}) (?<name>[\w.-]{1,253})$/;

/** What dnsmasq says of a question, an answer or a lease; null for its other messages. */
export function dnsmasqMessage(message: string): EcsFields | null {
  const text = message.slice(EXTRA.exec(message)?.[0].length ?? 0);
  const asked = QUERY.exec(text)?.groups;
  if (asked) return question(asked['asker'] as string, asked['name'] as string, asked['type'] as string);
  const answered = ANSWER.exec(text)?.groups;
  if (answered) return answer(answered['name'] as string, answered['answer'] as string);
  const told = HOST.exec(text)?.groups ?? LEASE.exec(message)?.groups;
  return told ? named(told['name'] as string, told['address'] as string) : null;
}

function answer(name: string, address: string): EcsFields | null {
  const ip = canonicalIp(address);
  if (ip === null) return null;
  return {
    'event.category': ['network'],
    'event.type': ['protocol'],
    'event.action': 'dns_answer',
    'network.protocol': 'dns',
    'dns.type': 'answer',
    'dns.question.name': name,
    'dns.resolved_ip': [ip],
  };
}

// Which address a host of the own network has.
function named(name: string, address: string): EcsFields | null {
  const ip = canonicalIp(address);
  if (ip === null) return null;
  return {
    'event.category': ['network'],
    'event.type': ['info'],
    'event.action': 'host_named',
    'spoor.host.name': name,
    'spoor.host.address': ip,
  };
}
