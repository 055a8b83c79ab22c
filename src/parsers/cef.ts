import type { EcsFields } from '../core/event.ts';
import type { Message, MessageParser } from '../core/stages.ts';
import { readCef } from './cef/cef.ts';

/** ArcSight's Common Event Format in syslog lines ("… host CEF:0|Vendor|…"). The line's own time stands. */
export default {
  kind: 'message',
  name: 'cef',
  programs: ['CEF'],
  prefixes: ['CEF:'],
  parse: ({ message }: Message): EcsFields | null => readCef(message)?.fields ?? null,
} satisfies MessageParser;
