import type { EcsFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { AUTHENTICATION, PROCESS, START } from './auth/words.ts';

// The command is free text: the first word is the user, and "as TARGET from DIRECTORY" is read from the end.
const RAN = /^(?<user>\S{1,256}) ran command (?<command>.*) as (?<as>[^\s:]{1,256}) from (?<pwd>.*)$/s;
const RAN_OLD = /^(?<user>\S{1,256}) ran command as (?<as>[^\s:]{1,256}): (?<command>.*)$/s;
const REFUSED =
  /^(?<reason>command not permitted|failed (?:command|auth|password)) for (?<user>[^\s:]{1,256})(?:: (?<command>.*))?$/s;

/** doas of OpenBSD and its ports (doas.c, opendoas). */
export default {
  kind: 'message',
  name: 'doas',
  programs: ['doas', 'opendoas'],
  parse({ message }): EcsFields | null {
    const ran = (RAN_OLD.exec(message) ?? RAN.exec(message))?.groups;
    if (ran)
      return {
        'event.category': PROCESS,
        'event.type': START,
        'event.action': 'doas',
        'event.outcome': 'success',
        'user.name': ran['user'],
        'user.effective.name': ran['as'],
        'process.command_line': ran['command'],
        'process.working_directory': ran['pwd'],
      };
    const refused = REFUSED.exec(message)?.groups;
    if (!refused) return null;
    return {
      'event.category': AUTHENTICATION,
      'event.type': START,
      'event.action': 'doas',
      'event.outcome': 'failure',
      'event.reason': refused['reason'],
      'user.name': refused['user'],
      'process.command_line': refused['command'],
    };
  },
} satisfies MessageParser;
