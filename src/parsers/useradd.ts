import type { EcsFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { accountChange } from './accounts/account.ts';
import { groupChange } from './accounts/group.ts';
import { INFO, PROCESS } from './auth/words.ts';

const PREFIXED =
  /^(?:useradd|usermod|userdel|groupadd|groupmod|groupdel|gpasswd|passwd|chage|chpasswd|chsh|chfn|adduser|addgroup|deluser|delgroup): /;

function parse(message: string): EcsFields | null {
  const text = message.replace(PREFIXED, '');
  const said = accountChange(text) ?? groupChange(text);
  if (said) return said;
  if (/^(?:pam_|PAM)/.test(text)) return null;
  return { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'account_tool_info' };
}

/** The tools that change accounts: shadow (Debian, Red Hat), passwd, Debian's adduser, busybox and the BSDs' pw. */
export default {
  kind: 'message',
  name: 'useradd',
  programs: [
    ...['useradd', 'usermod', 'userdel', 'groupadd', 'groupmod', 'groupdel', 'gpasswd', 'passwd', 'chage', 'chpasswd'],
    ...[
      'newusers',
      'adduser',
      'addgroup',
      'deluser',
      'delgroup',
      'chsh',
      'chfn',
      'vipw',
      'vigr',
      'pw',
      'groupmems',
      'chgpasswd',
    ],
  ],
  parse: ({ message }) => parse(message),
} satisfies MessageParser;
