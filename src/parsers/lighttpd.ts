import type { Message, MessageParser } from '../core/stages.ts';
import { lighttpdLogin } from './web/lighttpd-message.ts';

/** lighttpd's errors through syslog: logins that its mod_auth refused. */
export default {
  kind: 'message',
  name: 'lighttpd',
  programs: ['lighttpd'],
  parse: ({ message }: Message) => lighttpdLogin(message),
} satisfies MessageParser;
