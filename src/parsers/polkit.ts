import type { EcsFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { AUTHENTICATION, INFO, PROCESS, SESSION, START } from './auth/words.ts';

// polkitd: "Operator of unix-session:2 successfully authenticated as unix-user:root to gain … authorization for action X …"
const OPERATOR =
  /^Operator of unix-(?:session|process):(?<session>[\w:/-]{1,128}) (?<how>successfully authenticated|FAILED to authenticate)(?: as unix-user:(?<as>\S{1,256}))? to gain (?:\S{1,16} )?authorization for action (?<action>[\w.-]{1,256}) for \S{1,128} \[(?<command>.*)\] \(owned by unix-user:(?<user>[^\s()]{1,256})\)$/s;
// pkexec: "bob: Executing command [USER=root] [TTY=/dev/pts/0] [CWD=/home/bob] [COMMAND=/usr/bin/id]"
const PKEXEC =
  /^(?<user>[^\s:]{1,256}): (?<text>.{1,400}?) \[USER=(?<as>[^\]]{1,256})\] \[TTY=(?<tty>[^\]]{1,128})\] \[CWD=(?<pwd>[^\]]{0,4096})\] \[COMMAND=(?<command>.*)\]$/s;
const PWNKIT =
  /^The value for (?:the SHELL variable was not found|environment variable \S{1,64} contains suspicious content)/;
const AGENT = /^(?:Unr|R)egistered Authentication Agent for /;
const OTHER =
  /^(?:Loading rules|Finished loading|Acquired the name|Started polkitd|Lost the name|Reloading rules|Collecting garbage|Error |\S{1,256}: (?:The|Error) )/;

function operator(message: string): EcsFields | null {
  const groups = OPERATOR.exec(message)?.groups;
  if (!groups) return null;
  return {
    'event.category': AUTHENTICATION,
    'event.type': START,
    'event.action': 'polkit',
    'event.outcome': groups['how'] === 'FAILED to authenticate' ? 'failure' : 'success',
    'user.name': groups['user'],
    'user.effective.name': groups['as'],
    'process.command_line': groups['command'],
    'spoor.polkit.action': groups['action'],
    'spoor.session.id': groups['session'],
  };
}

function pkexec(message: string): EcsFields | null {
  const groups = PKEXEC.exec(message)?.groups;
  if (!groups) return null;
  const text = groups['text'] as string;
  const ran = text === 'Executing command';
  const exploit = PWNKIT.test(text);
  return {
    'event.kind': exploit ? 'alert' : undefined,
    'event.category': ran ? PROCESS : AUTHENTICATION,
    'event.type': START,
    'event.action': 'pkexec',
    'event.outcome': ran ? 'success' : 'failure',
    'event.reason': ran ? undefined : text,
    'user.name': groups['user'],
    'user.effective.name': groups['as'],
    'user.terminal': groups['tty'] === 'unknown' ? undefined : groups['tty'],
    'process.command_line': groups['command'],
    'process.working_directory': groups['pwd'],
    // CVE-2021-4034 leaves this line when its environment is not cleaned up in time.
    'rule.name': exploit ? ['pkexec CVE-2021-4034'] : undefined,
    'threat.technique.id': exploit ? ['T1068'] : undefined,
  };
}

function parse(message: string): EcsFields | null {
  const said = operator(message) ?? pkexec(message);
  if (said) return said;
  if (AGENT.test(message)) return { 'event.category': SESSION, 'event.type': INFO, 'event.action': 'polkit_agent' };
  return OTHER.test(message) ? { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'polkit_info' } : null;
}

/** polkit: polkitd (polkitbackendinteractiveauthority.c) and pkexec (pkexec.c). */
export default {
  kind: 'message',
  name: 'polkit',
  programs: ['polkitd', 'pkexec', 'polkit-agent-helper-1'],
  parse: ({ message }) => parse(message),
} satisfies MessageParser;
