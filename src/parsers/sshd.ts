import type { MessageParser } from '../core/stages.ts';

/** OpenSSH. Since 9.8 the APP-NAME is "sshd-session". */
export default {
  kind: 'message',
  name: 'sshd',
  programs: ['sshd', 'sshd-session', 'sshd-auth'],
  parse: () => null,
} satisfies MessageParser;
