import type { EcsFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { AUTHENTICATION, INFO, PROCESS, START } from './auth/words.ts';
import { COOKIE, sudoRecord } from './sudo/json.ts';

const HEAD = /^ *(?<user>[^\s:;]{1,256}) : (?<rest>.*)$/s;
// Accounts of a directory may have blanks in their names; then what follows must be sudo's own.
const BLANKED =
  /^ *(?<user>[^\s:;][^:;]{1,254}) : (?<rest>(?:(?:[^=;]{1,100} ; )?(?:HOST|TTY|CHROOT|PWD|USER)=|\(command continued\) ).*)$/s;
const PART = /^(?<key>HOST|TTY|CHROOT|PWD|CWD|USER|GROUP|TSID|ENV)=(?<value>.*)$/s;
const COMMAND = 'COMMAND=';
const SEPARATED = ' ; COMMAND=';
const INCORRECT = /^(?<count>\d{1,5}) incorrect password attempts?$/;

/** What sudo puts before COMMAND= (eventlog.c): an optional reason, then KEY=value parts. The first of a key counts. */
function partsOf(head: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const text of head.replace(/ ;$/, '').split(' ; ', 64)) {
    const { key, value } = PART.exec(text)?.groups ?? {};
    if (key !== undefined && value !== undefined) {
      if (!parts.has(key)) parts.set(key, value);
    } else if (parts.size === 0) parts.set('reason', text);
  }
  return parts;
}

interface Asked {
  readonly user: string;
  readonly reason: string | undefined;
  readonly fields: EcsFields;
}

function asked(user: string, rest: string): Asked | null {
  const at = rest.startsWith(COMMAND) ? 0 : rest.indexOf(SEPARATED);
  const head = at === -1 ? rest : rest.slice(0, at);
  const command = at === -1 ? undefined : rest.slice(at + (at === 0 ? COMMAND.length : SEPARATED.length));
  const parts = partsOf(head);
  if (command === undefined && !parts.has('TTY') && !parts.has('USER')) return null;
  // More than one USER= means that a directory or a command writes them: then nobody knows as whom it ran.
  const forged = rest.indexOf(' ; USER=') !== rest.lastIndexOf(' ; USER=');
  const tty = parts.get('TTY');
  return {
    user,
    reason: parts.get('reason'),
    fields: {
      'user.name': user,
      'user.effective.name': forged ? undefined : parts.get('USER'),
      'user.effective.group.name': parts.get('GROUP'),
      'user.terminal': tty === undefined || tty === 'unknown' ? undefined : tty,
      'process.command_line': command,
      'process.executable': forged ? undefined : /^\/[^ ]*/.exec(command ?? '')?.[0],
      'process.working_directory': parts.get('PWD') ?? parts.get('CWD'),
    },
  };
}

function allowed({ fields }: Pick<Asked, 'fields'>): EcsFields {
  return {
    'event.category': PROCESS,
    'event.type': START,
    'event.action': 'sudo',
    'event.outcome': 'success',
    ...fields,
  };
}

function refused({ fields, reason }: Pick<Asked, 'fields' | 'reason'>): EcsFields {
  const count = INCORRECT.exec(reason ?? '')?.groups?.['count'];
  return {
    'event.category': AUTHENTICATION,
    'event.type': START,
    'event.action': 'sudo',
    'event.outcome': 'failure',
    'event.reason': reason,
    ...fields,
    'spoor.failures': count === undefined ? undefined : Number(count),
  };
}

function note(action: string, more?: EcsFields): EcsFields {
  return { 'event.category': PROCESS, 'event.type': INFO, 'event.action': action, ...more };
}

const CONTINUED = '(command continued) ';
const COMPLAINT =
  /^(?:unable to |no valid sudoers|problem with defaults|parse error|error |unknown |Ignoring |ignoring |timestamp |\S{1,64} is not |setrlimit|.{0,64}sudoers|.{0,64}PAM|[a-z_]{1,40}: )/;
// sudo's own complaints about its settings, which come with a TTY but say nothing of a refused command
const HARMLESS =
  /^(?:problem with defaults entries|unable to resolve host|.{0,80}ignored|unable to initialize PAM|parse error)/;

function structured(message: string): EcsFields | null {
  const record = sudoRecord(message);
  if (record === null) return null;
  if (record.kind === 'other' || record.user === undefined) return note('sudo_info', record.fields);
  return record.kind === 'accept' ? allowed(record) : refused(record);
}

function told(user: string, rest: string): EcsFields | null {
  if (rest.startsWith(CONTINUED))
    return note('sudo_continued', { 'spoor.sudo.user': user, 'process.command_line': rest.slice(CONTINUED.length) });
  const found = asked(user, rest);
  if (found === null) return null;
  if (found.reason === undefined) return found.fields['process.command_line'] === undefined ? null : allowed(found);
  return HARMLESS.test(found.reason) ? note('sudo_info', found.fields) : refused(found);
}

function parse(message: string): EcsFields | null {
  if (message.startsWith(COOKIE)) return structured(message);
  const groups = (HEAD.exec(message) ?? BLANKED.exec(message))?.groups;
  const said = groups ? told(groups['user'] as string, groups['rest'] as string) : null;
  return said ?? (COMPLAINT.test(message.slice(0, 200)) ? note('sudo_info') : null);
}

/** sudo's log (lib/eventlog/eventlog.c): who ran what as whom, and who was refused. */
export default {
  kind: 'message',
  name: 'sudo',
  programs: ['sudo', 'sudoedit', 'sudo-rs'],
  parse: ({ message }) => parse(message),
} satisfies MessageParser;
