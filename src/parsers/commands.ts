import type { EcsFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { PROCESS, START } from './auth/words.ts';

type Groups = Readonly<Record<string, string | undefined>>;

// Shells tell what was typed through a profile's PROMPT_COMMAND, and every site writes it in its own way. Who typed comes
// first, the command last. An address among it comes from the user's own environment and is not read.
const USER = String.raw`(?<user>[a-z_][\w.-]{0,31}\$?)`;
const STATUS = String.raw`(?<command>.*?)(?: \[(?<status>\d{1,3})\])?`;
const PWD = String.raw`(?<pwd>[~/][^\]#$]{0,1024}?)`;
const SHAPES: readonly RegExp[] = [
  // bash's own SYSLOG_HISTORY, and Red Hat's richer one
  /^HISTORY: PID=(?<pid>\d{1,10})(?: PPID=\d{1,10})?(?: SID=\d{1,10})? UID=(?<uid>\d{1,10})(?: User=(?<user>\S{1,64}))?(?: CMD=| )(?<command>.*)$/s,
  // "root [1234]: ls -la [0]"
  new RegExp(`^${USER} \\[(?<pid>\\d{1,10})\\]: ${STATUS}$`, 's'),
  // "[alice@web1] [1234]: ls [0]", "[alice@web1 /srv]# ls", "[alice@web1:~]$ ls"
  new RegExp(`^\\[${USER}@[\\w.-]{1,253}\\] \\[(?<pid>\\d{1,10})\\]: ${STATUS}$`, 's'),
  new RegExp(`^\\[${USER}@[\\w.-]{1,253}[ :]${PWD}\\] ?[#$:]{1,2} ?${STATUS}$`, 's'),
  new RegExp(`^${USER}@[\\w.-]{1,253}:${PWD}[#$] ?${STATUS}$`, 's'),
  // "[euid=root]:alice pts/0 2026-05-01 10:00 (192.0.2.9):[/root]ls", where the bracket is "who am i"
  /^\[euid=(?<effective>\S{1,64})\]:(?<user>[^\s:]{0,64})(?: +(?<tty>\S{1,32}))?[^[\]]{0,200}:\[(?<pwd>[^\]]{1,1024})\] ?(?<command>.*)$/s,
  // "alice pts/0 (192.0.2.9) [/root] ls"
  new RegExp(`^${USER} (?<tty>(?:pts/|tty)\\w{1,8})(?: \\([^()]{0,253}\\))? \\[${PWD}\\]:? ?${STATUS}$`, 's'),
];
// "user=alice pid=12 tty=/dev/pts/0 pwd=/root cmd=ls": the command is whatever follows its key
const PAIRS =
  /^(?:\[?audit\]?[: ]{1,2})?(?<pairs>(?:[A-Za-z_]{1,16}=(?:"[^"]{0,1024}"|[^\s"]{0,1024})[ ,;]{1,2}){1,12})(?:cmd|CMD|command|COMMAND|cmdline)=(?<command>.*)$/s;
const PAIR = /(?<key>[A-Za-z_]{1,16})=(?:"(?<quoted>[^"]{0,1024})"|(?<plain>[^\s",;]{0,1024}))/g;
// "[uid:0 sid:1 tty:/dev/pts/0 cwd:/root filename:/usr/bin/id]: id -u" (snoopy's default format of many versions)
const SNOOPY =
  /^\[(?<pairs>(?:login|uid|user|username|ssh|sid|ppid|pid|tty|cwd|filename)[^\n]{0,4096}?filename:(?<filename>[^\s\]]{1,4096}))\]: (?<command>.*)$/s;
// The program's name is last in its default; other formats end elsewhere, and then no bracket may stand in between.
const SNOOPY_OTHER =
  /^\[(?<pairs>(?:login|uid|user|username|ssh|sid|ppid|pid|tty|cwd):[^\]\n]{0,4096})\]: (?<command>.*)$/s;
const SNOOPY_USER = /^(?<user>[^\s()/]{1,256})\((?<id>\d{1,10})\)(?:\/(?<effective>[^\s()/]{1,256})\(\d{1,10}\))?$/;
const SNOOPY_PAIR = /(?:^| )(?<key>login|uid|username|user|ppid|pid|tty|cwd):(?<value>[^\s]{0,1024})/g;
const NAMED = new RegExp(`^${USER}: ${STATUS}$`, 's');
const NUMBERED = /^ *\d{1,7}\*? {1,3}(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d )?/;

const SHELLS: ReadonlySet<string> = new Set([
  'bash',
  '-bash',
  'sh',
  '-sh',
  'zsh',
  '-zsh',
  'ksh',
  'history',
  'bash_history',
  'cmdlog',
  'commandlog',
  'shell',
  'bash-history',
]);

function present(text: string | undefined): string | undefined {
  return text === undefined ||
    text === '' ||
    text === '(undefined)' ||
    text === 'none' ||
    text === '(none)' ||
    text === '-'
    ? undefined
    : text;
}

function command(groups: Groups): EcsFields {
  const text = (groups['command'] as string).replace(NUMBERED, '');
  const status = groups['status'];
  const pid = groups['pid'];
  return {
    'event.category': PROCESS,
    'event.type': START,
    'event.action': 'command',
    'event.outcome': status === undefined ? undefined : status === '0' ? 'success' : 'failure',
    'process.command_line': text,
    'process.executable': groups['filename'],
    'process.working_directory': present(groups['pwd']),
    'process.exit_code': status === undefined ? undefined : Number(status),
    'process.parent.pid': pid === undefined ? undefined : Number(pid),
    'user.name': present(groups['user']),
    'user.id': groups['uid'],
    'user.effective.name': groups['effective'],
    'user.terminal': present(groups['tty']),
  };
}

/** The environment (`ssh:`) and a folder are the user's text: where a key stands twice, nobody knows which is snoopy's. */
function pairsOf(text: string): Map<string, string | undefined> {
  const pairs = new Map<string, string | undefined>();
  for (const { groups: pair } of text.matchAll(SNOOPY_PAIR)) {
    const key = pair?.['key'] as string;
    pairs.set(key, pairs.has(key) ? undefined : pair?.['value']);
  }
  return pairs;
}

function snoopy(message: string, appName: string): EcsFields | null {
  const groups = (SNOOPY.exec(message) ?? (appName === 'snoopy' ? SNOOPY_OTHER.exec(message) : null))?.groups;
  if (!groups) return null;
  const pairs = pairsOf(groups['pairs'] as string);
  const uid = pairs.get('uid');
  const named = SNOOPY_USER.exec(uid ?? '')?.groups; // "uid:alice(1000)/root(0)"
  return command({
    command: groups['command'],
    filename: groups['filename'],
    user: pairs.get('login') ?? pairs.get('username') ?? pairs.get('user') ?? named?.['user'],
    uid: named ? named['id'] : uid,
    effective: named?.['effective'],
    tty: pairs.get('tty')?.replace(/^\((.*)\)$/, '$1'),
    pwd: pairs.get('cwd'),
    pid: pairs.get('ppid'),
  });
}

function keyed(message: string): EcsFields | null {
  const groups = PAIRS.exec(message)?.groups;
  if (!groups) return null;
  const pairs = new Map<string, string>();
  for (const { groups: pair } of (groups['pairs'] as string).matchAll(PAIR)) {
    const key = (pair?.['key'] ?? '').toLowerCase();
    if (!pairs.has(key)) pairs.set(key, pair?.['quoted'] ?? pair?.['plain'] ?? '');
  }
  const pid = pairs.get('pid');
  const status = pairs.get('status') ?? pairs.get('exit') ?? pairs.get('ret');
  return command({
    command: groups['command'],
    user: pairs.get('user') ?? pairs.get('username') ?? pairs.get('login'),
    uid: pairs.get('uid'),
    tty: pairs.get('tty'),
    pwd: pairs.get('pwd') ?? pairs.get('cwd'),
    pid: pid !== undefined && /^\d{1,10}$/.test(pid) ? pid : undefined,
    status: status !== undefined && /^\d{1,3}$/.test(status) ? status : undefined,
  });
}

function parse(message: string, appName: string): EcsFields | null {
  if (message.charCodeAt(0) === 0x5b && !/^\[[a-z_]/.test(message.slice(0, 2))) return null; // the kernel's clock
  if (appName === 'snoopy' || message.startsWith('[')) {
    const said = snoopy(message, appName);
    if (said) return said;
  }
  for (const shape of SHAPES) {
    const groups = shape.exec(message)?.groups;
    if (groups) return command(groups);
  }
  const said = keyed(message);
  if (said) return said;
  const named = SHELLS.has(appName) ? NAMED.exec(message)?.groups : undefined;
  return named ? command(named) : null;
}

const KNOWN: ReadonlySet<string> = new Set([
  ...SHELLS,
  ...[
    'snoopy',
    'logger',
    'audit',
    'cmd',
    'command',
    'commands',
    'usercmd',
    'user-commands',
    'shell_history',
    'bashlog',
    'HISTORY',
  ],
  ...['root', 'admin', 'ubuntu', 'debian', 'centos', 'ec2-user', 'vagrant', 'user', 'pi', 'deploy'], // logger's tag is its user
]);

/** Commands that a shell's profile or a preloaded library sends to syslog: PROMPT_COMMAND, SYSLOG_HISTORY, snoopy. */
export default {
  kind: 'message',
  name: 'commands',
  programs: [...KNOWN],
  prefixes: ['HISTORY: PID=', '['],
  anyProgram: true,
  parse({ message, appName }) {
    const said = parse(message, appName);
    // A program that nobody knows: logger's tag is its user's name, and the user says so again.
    const known = KNOWN.has(appName) || message.startsWith('HISTORY: PID=') || message.startsWith('[');
    return said === null || known || said['user.name'] === appName ? said : null;
  },
} satisfies MessageParser;
