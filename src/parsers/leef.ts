import type { EcsFields } from '../core/event.ts';
import type { Message, MessageParser } from '../core/stages.ts';
import { readLeef } from './cef/leef.ts';

/** QRadar's Log Event Extended Format, 1.0 and 2.0, in syslog lines ("… host LEEF:2.0|Vendor|…"). The line's own time stands. */
export default {
  kind: 'message',
  name: 'leef',
  programs: ['LEEF'],
  prefixes: ['LEEF:'],
  parse: ({ message }: Message): EcsFields | null => readLeef(message)?.fields ?? null,
} satisfies MessageParser;
