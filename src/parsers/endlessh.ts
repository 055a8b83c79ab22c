import type { EcsFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { source } from './auth/peer.ts';
import { CONNECTION_END, CONNECTION_START, INFO, NETWORK, PROCESS } from './auth/words.ts';

const LINE =
  /^(?:\S{10,32} )?(?<what>ACCEPT|CLOSE) host=(?<address>\S{1,253}) port=(?<port>\d{1,5}) fd=\d{1,10}(?: n=\d{1,10}\/\d{1,10})?(?: time=(?<seconds>\d{1,12}(?:\.\d{1,6})?) bytes=(?<bytes>\d{1,15}))?$/;

/** endlessh, a tarpit where sshd would be expected: whoever connects was only looking for a way in. */
export default {
  kind: 'message',
  name: 'endlessh',
  programs: ['endlessh', 'endlessh-go'],
  parse({ message }): EcsFields | null {
    const groups = LINE.exec(message)?.groups;
    if (!groups)
      return /^(?:Port|Delay|MaxLineLength|MaxClients|BindFamily|LogLevel|TOTALS|SIGNAL) ?/.test(message)
        ? { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'service_info' }
        : null;
    return {
      'event.category': NETWORK,
      'event.type': groups['what'] === 'ACCEPT' ? CONNECTION_START : CONNECTION_END,
      'event.action': 'ssh_probe',
      ...source(groups['address'], groups['port']),
      'spoor.preauth': true,
      'event.duration': groups['seconds'] === undefined ? undefined : Math.round(Number(groups['seconds']) * 1e9),
    };
  },
} satisfies MessageParser;
