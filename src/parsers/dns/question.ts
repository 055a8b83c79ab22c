import type { EcsFields } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';

const MAX_NAME = 255;

/**
 * The fields of a question that a host asked a resolver. `asker` is the host's address as the resolver saw it; the name is
 * the host's word and goes nowhere but `dns.question.name`.
 */
export function question(asker: string, name: string, type: string): EcsFields | null {
  const ip = canonicalIp(asker);
  if (ip === null || name.length > MAX_NAME) return null;
  return {
    'event.category': ['network'],
    'event.type': ['protocol'],
    'event.action': 'dns_query',
    'network.protocol': 'dns',
    'source.address': asker,
    'source.ip': ip,
    'dns.type': 'query',
    'dns.question.name': name,
    'dns.question.type': type.toUpperCase(),
  };
}
