import type { EcsFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { source } from './auth/peer.ts';
import { CONNECTION_DENIED, CONNECTION_START, NETWORK } from './auth/words.ts';

// eval_client() of tcp_wrappers (eval.c) as tcpd and libwrap write it: "[USER@]NAME" or "[USER@]ADDR"; Debian's adds " (ADDR)".
// USER is what the peer's own ident service said: what stands in front of the last @ tells nothing.
const LINE =
  /^(?<refused>refused )?connect from (?:[^\n]{0,512}@)?(?<peer>[\w.:%-]{1,253})(?: \((?<address>[\da-fA-F.:%]{2,64})\))?$/;

/** TCP wrappers (tcpd, libwrap) of any service: who was let through and who was refused. */
export default {
  kind: 'message',
  name: 'tcp-wrappers',
  programs: ['tcpd'],
  prefixes: ['connect from ', 'refused connect from '],
  parse({ message, appName }): EcsFields | null {
    if (appName.startsWith('sshd')) return null; // a refusal is a part of its own story there
    const groups = LINE.exec(message)?.groups;
    if (!groups) return null;
    const refused = groups['refused'] !== undefined;
    return {
      'event.category': NETWORK,
      'event.type': refused ? CONNECTION_DENIED : CONNECTION_START,
      'event.action': refused ? 'wrappers_refused' : 'wrappers_connect',
      'service.name': appName,
      ...source(groups['address'] ?? groups['peer']),
    };
  },
} satisfies MessageParser;
