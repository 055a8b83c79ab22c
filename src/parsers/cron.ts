import { type EcsFields, withFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { AUTHENTICATION, CONFIGURATION, END, INFO, PROCESS, START } from './auth/words.ts';

// "(USER) WHAT (TEXT)": WHAT never holds a bracket, TEXT is free (misc.c log_it in cronie, ISC and FreeBSD cron).
const LINE = /^\((?<user>[^()]{1,256})\) (?<what>[A-Za-z][\w ]{0,60}?) \((?<text>.*)\)$/s;
const PAM_REFUSED = 'FAILED to authorize user with PAM'; // cronie's security.c: the job does not run
const BUSYBOX = /^(?:crond: )?USER (?<user>\S{1,256}) pid +\d{1,10} cmd (?<command>.*)$/s;
const DCRON = /^FILE \S{1,1024} USER (?<user>\S{1,256}) PID +\d{1,10} (?:cmd )?(?<command>.*)$/s;
const ATD = /^Starting job (?<job>\d{1,10}) \(\w{1,64}\) for user '(?<user>[^']{1,256})' \((?<id>\d{1,10})\)$/;
const RUN_PARTS = /^\((?<folder>[^()]{1,1024})\) (?<how>starting|finished) (?<script>[^\s]{1,256})$/;
const ANACRON_JOB = /^Job [`'](?<job>[^'`]{1,256})' (?<how>started|terminated)(?: .*)?$/s;
const OTHER =
  /^(?:\(|Anacron |Normal exit|Will run job|Jobs will be|Updated timestamp|Checking against|Received SIG|crond? |cron\[|started|Starting|exiting|Exiting|can't |Cannot |could not |unable to |bad |Error|error|failed|PAM |pam_|wakeup|ignoring|No MTA|orphan|running with|crond:|user |file |process |unknown|mailing|Not a|no )/i;

type Ran = Readonly<{ user?: string | undefined; command?: string | undefined; id?: string | undefined }>;

function ran({ user, command, id }: Ran, action: string): EcsFields {
  return {
    'event.category': PROCESS,
    'event.type': START,
    'event.action': action,
    'process.command_line': command,
    'user.name': user,
    'user.id': id,
  };
}

function note(action: string, type: typeof INFO | typeof START | typeof END = INFO, more?: EcsFields): EcsFields {
  return { 'event.category': PROCESS, 'event.type': type, 'event.action': action, ...more };
}

const TABLE_ACTIONS: Readonly<Record<string, readonly [action: string, type: string]>> = {
  LIST: ['crontab_listed', 'access'],
  'BEGIN EDIT': ['crontab_opened', 'access'],
  'END EDIT': ['crontab_closed', 'info'],
  EDIT: ['crontab_opened', 'access'],
  REPLACE: ['crontab_replaced', 'change'],
  DELETE: ['crontab_deleted', 'deletion'],
  RELOAD: ['crontab_reloaded', 'change'],
  ORPHAN: ['crontab_orphaned', 'info'],
  'WRONG FILE OWNER': ['crontab_refused', 'info'],
  'BAD FILE MODE': ['crontab_refused', 'info'],
  'INSECURE MODE': ['crontab_refused', 'info'],
  'TABLE ERROR': ['crontab_refused', 'info'],
};

/** A change or a reading of somebody's table. (bob) REPLACE (root): bob wrote root's. For RELOAD the text is the file. */
function table(user: string, what: string, text: string): EcsFields | null {
  const known = TABLE_ACTIONS[what];
  if (!known) return null;
  const owner = what === 'RELOAD' || text.includes('/') || text.includes(' ') ? user : text;
  return {
    'event.category': CONFIGURATION,
    'event.type': [known[1]],
    'event.action': known[0],
    'user.name': user,
    'user.target.name': owner,
    'file.path': text.startsWith('/') || text.startsWith('crontabs/') || text.startsWith('tabs/') ? text : undefined,
  };
}

function ofUser(user: string, what: string, text: string): EcsFields {
  if (what === 'CMD') return ran({ user, command: text.trim() }, 'cron_command');
  if (what === 'CMDOUT' || what === 'CMDEND') return note('cron_output', INFO, { 'user.name': user });
  if (what === 'STARTUP') return note('cron_started', START);
  if (what === 'DEATH' || what === 'SHUTDOWN') return note('cron_stopped', END);
  if (what !== 'AUTH' && what !== PAM_REFUSED) return table(user, what, text) ?? note('cron_info');
  return {
    'event.category': AUTHENTICATION,
    'event.type': INFO,
    'event.action': 'crontab_refused',
    'event.outcome': 'failure',
    'event.reason': text,
    'user.name': user,
  };
}

function otherDaemons(message: string): EcsFields | null {
  const small = (BUSYBOX.exec(message) ?? DCRON.exec(message))?.groups;
  if (small) return ran({ user: small['user'], command: small['command'] }, 'cron_command');
  const at = ATD.exec(message)?.groups;
  if (at) return withFields(ran({ user: at['user'], id: at['id'] }, 'at_command'), { 'spoor.job': at['job'] });
  const parts = RUN_PARTS.exec(message)?.groups;
  if (parts?.['how'] === 'starting')
    return ran({ user: 'root', command: `${parts['folder']}/${parts['script']}` }, 'cron_command');
  if (parts) return note('cron_output', END);
  const job = ANACRON_JOB.exec(message)?.groups;
  if (job) return note('anacron_job', job['how'] === 'started' ? START : END, { 'spoor.job': job['job'] });
  return null;
}

function parse(message: string): EcsFields | null {
  const groups = LINE.exec(message)?.groups;
  if (groups) return ofUser(groups['user'] as string, groups['what'] as string, groups['text'] as string);
  return otherDaemons(message) ?? (OTHER.test(message) ? note('cron_info') : null);
}

/** Scheduled work: Vixie cron and its heirs, cronie, anacron, atd, busybox and dcron, run-parts; and edits of crontabs. */
export default {
  kind: 'message',
  name: 'cron',
  programs: [
    'CRON',
    'CROND',
    'cron',
    'crond',
    'crontab',
    'anacron',
    'atd',
    'atrun',
    'run-parts',
    'fcron',
    'cronie',
    'busybox',
  ],
  parse: ({ message }) => parse(message),
} satisfies MessageParser;
