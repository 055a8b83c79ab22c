import type { EcsFields } from '../core/event.ts';
import type { Message, MessageParser } from '../core/stages.ts';
import { fail2banFields } from './fail2ban/says.ts';

/** fail2ban with logtarget = SYSLOG or SYSTEMD-JOURNAL: its file's words within a syslog envelope. */
export default {
  kind: 'message',
  name: 'fail2ban-syslog',
  programs: [
    'fail2ban.actions',
    'fail2ban.filter',
    'fail2ban.jail',
    'fail2ban.server',
    'fail2ban.transmitter',
    'fail2ban.actions.action',
    'fail2ban.filtersystemd',
    'fail2ban.observer',
    'fail2ban-server',
    'fail2ban',
  ],
  parse({ message }: Message): EcsFields | null {
    // "fail2ban.actions [812]: NOTICE [sshd] Ban …" under the tag fail2ban-server
    const head = message.startsWith('fail2ban.') ? message.indexOf(': ') : -1;
    return fail2banFields((head > 60 || head === -1 ? message : message.slice(head + 2)).trimStart());
  },
} satisfies MessageParser;
