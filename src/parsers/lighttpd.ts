import type { EcsFields } from '../core/event.ts';
import type { Message, MessageParser } from '../core/stages.ts';
import { loginFields, sourceFields } from './web/error-event.ts';

const PLACE = /^\([\w.-]{1,60}\.\d{1,6}\) /; // "(mod_auth.c.525) "
// http_auth.c: the user's name stands before the address that the server writes, so the last address counts.
const REFUSED =
  /^(?<what>password doesn't match for|get_password failed|digest: auth failed for|digest: nonce mismatch|auth failed for) .*?(?:username: |: )(?<user>.*?)(?:: wrong password)?,? IP: (?<ip>[0-9a-f.:]{2,45})$/s;

/** lighttpd's own error log: logins that its mod_auth refused. */
export default {
  kind: 'message',
  name: 'lighttpd',
  programs: ['lighttpd'],
  prefixes: [
    "password doesn't match for ",
    'digest: auth failed for ',
    'get_password failed',
    '(http_auth.c.',
    '(mod_auth.c.',
  ],
  parse({ message }: Message): EcsFields | null {
    const found = REFUSED.exec(message.replace(PLACE, '').slice(0, 4096))?.groups;
    if (!found) return null;
    const method = found['what']?.startsWith('digest') ? 'digest' : 'password';
    return {
      ...loginFields(found['user'], method, found['what']?.replace(/ for$/, '') ?? ''),
      ...sourceFields({ address: found['ip'], port: undefined }),
      'process.name': 'lighttpd',
    };
  },
} satisfies MessageParser;
