import type { EcsFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { source } from './auth/peer.ts';
import { CONNECTION_DENIED, CONNECTION_END, CONNECTION_START, INFO, NETWORK, PROCESS } from './auth/words.ts';

const LINE =
  /^(?<what>START|EXIT|FAIL|REFUSED): (?<service>[\w.-]{1,64})(?: (?<reason>[\w ]{1,64}))?(?: (?:status|signal|pid|duration)=[\w()]{1,32}){0,4}(?: from=(?<address>[^\s]{1,253}))?(?: duration=.{1,32})?$/;
const TYPES: Readonly<Record<string, readonly string[]>> = { START: CONNECTION_START, EXIT: CONNECTION_END };

/** xinetd: who was let through to an old service and who was refused (log_type SYSLOG). */
export default {
  kind: 'message',
  name: 'xinetd',
  programs: ['xinetd'],
  parse({ message }): EcsFields | null {
    const groups = LINE.exec(message)?.groups;
    if (!groups)
      return /^(?:Starting|Started|Exiting|xinetd Version|removing|Reading|Reconfigured|Server )/.test(message)
        ? { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'service_info' }
        : null;
    return {
      'event.category': NETWORK,
      'event.type': TYPES[groups['what'] as string] ?? CONNECTION_DENIED,
      'event.action': `xinetd_${(groups['what'] as string).toLowerCase()}`,
      'event.reason': groups['reason'],
      'service.name': groups['service'],
      ...source(groups['address']),
    };
  },
} satisfies MessageParser;
