import { type EcsFields, withFields } from '../../core/event.ts';
import type { JournalField } from './field.ts';

// Identifiers under which only these programs write, by the beginnings of their executables' names.
const WRITERS: Readonly<Record<string, readonly string[]>> = {
  sshd: ['sshd'],
  'sshd-session': ['sshd'],
  'sshd-auth': ['sshd'],
  sudo: ['sudo'],
  su: ['su'],
  login: ['login'],
  'systemd-logind': ['systemd-logind'],
  useradd: ['useradd', 'adduser'],
  usermod: ['usermod'],
  userdel: ['userdel', 'deluser'],
  groupadd: ['groupadd', 'addgroup', 'useradd'],
  passwd: ['passwd', 'chpasswd'],
};
// The service that a PAM module says it works for, and the identifier its program has.
const PAM = /^pam_\w{1,32}\((?<service>[\w.-]{1,32}):\w{1,16}\):/;
const SERVICES: Readonly<Record<string, string>> = {
  sshd: 'sshd',
  sudo: 'sudo',
  'sudo-i': 'sudo',
  su: 'su',
  'su-l': 'su',
  login: 'login',
  remote: 'login',
};
/** Write what others hand them, in anybody's name. */
const SCRIBES =
  /^(?:logger|systemd-cat|cat|tee|echo|printf|(?:ba|da|z|k)?sh|python[\d.]*|perl[\d.]*|ruby[\d.]*|node|nodejs|php[\d.-]*|nc|ncat|nc\.\w+|socat|netcat)$/;
/** Hand on what other hosts and programs wrote, and say so under the writer's name. */
const RELAYS =
  /^(?:rsyslogd|syslog-ng|syslogd|systemd-journal[\w-]*|fluent-?bit|fluentd|vector|promtail|nxlog|busybox[\w.-]*|toybox|systemd|systemd-executor|\(.*\)?)$/;
const SYSTEM_FOLDER = /^\/(?:usr|bin|sbin|lib\w*|opt|nix|gnu|snap|app|system|run\/current-system)\//;
// What sshd says before it has become the user who logs in: as root.
const BEFORE_LOGIN = /^(?:Accepted|Failed|Postponed|Invalid user|pam_|User \S{1,64} )/;

const FORGED: EcsFields = {
  'event.kind': 'alert',
  'event.category': ['intrusion_detection'],
  'event.type': ['info'],
  'event.action': 'log_forged',
  'rule.name': ['log line written by another program'],
  'threat.technique.id': ['T1565.001'], // Stored Data Manipulation
};

/**
 * What to say of an entry whose sender gave himself another program's name (logger -t sshd): journald notes who really
 * wrote, in _EXE, _COMM and _UID (systemd.journal-fields(7), "Trusted Journal Fields"). Null when nothing speaks against
 * it. Programs that are set-uid write with their caller's uid, and sshd with the user's once he is in: a uid alone says
 * nothing of sudo, su and login.
 */
export function forgedBy(field: JournalField): EcsFields | null {
  const identifier = field('SYSLOG_IDENTIFIER') ?? '';
  const message = field('MESSAGE') ?? '';
  const claimed = Object.hasOwn(WRITERS, identifier) ? identifier : null;
  const served = claimed === null ? serviceOf(message) : null;
  if (claimed === null && served === null) return null;
  const transport = field('_TRANSPORT');
  if (transport === 'kernel' || transport === 'audit' || transport === 'driver') return null;
  const said = { path: field('_EXE') ?? '', name: writerOf(field), uid: field('_UID') ?? '' };
  const forged = claimed !== null ? isForged(claimed, said, message) : served !== null && isScribed(served, said);
  return forged ? withFields(FORGED, { 'event.reason': reasonOf(claimed ?? served ?? '', said) }) : null;
}

interface Writer {
  /** Path of the executable, '' when journald did not see it. */
  readonly path: string;
  /** Its name, or what the process calls itself; '' when neither is known. */
  readonly name: string;
  readonly uid: string;
}

// The executable cannot be made up; a process's name for itself can.
function writerOf(field: JournalField): string {
  const path = (field('_EXE') ?? '').replace(/ \(deleted\)$/, '');
  return path === '' ? (field('_COMM') ?? '') : path.slice(path.lastIndexOf('/') + 1);
}

function serviceOf(message: string): string | null {
  const service = message.startsWith('pam_') ? PAM.exec(message)?.groups?.['service'] : undefined;
  return service !== undefined && Object.hasOwn(SERVICES, service) ? (SERVICES[service] as string) : null;
}

function isForged(claimed: string, { path, name, uid }: Writer, message: string): boolean {
  if (RELAYS.test(name)) return uid !== '' && Number(uid) >= 1000; // a relay runs as root or under an account of its own
  const beginnings = WRITERS[claimed] as readonly string[];
  // "su" begins many a name, and "sudo-rs" is a sudo
  const isOwn = beginnings.some((own) => name === own || name.startsWith(`${own}-`) || name.startsWith(`.${own}-`));
  if (name !== '' && !isOwn) return true;
  if (uid === '' || uid === '0') return false;
  if (path !== '') return !SYSTEM_FOLDER.test(path);
  if (claimed === 'systemd-logind') return true;
  return claimed.startsWith('sshd') && BEFORE_LOGIN.test(message);
}

// Many programs may use another's PAM service (dropbear: sshd's), but no scribe does.
function isScribed(served: string, { path, name, uid }: Writer): boolean {
  if (SCRIBES.test(name)) return true;
  return served === 'sshd' && uid !== '' && uid !== '0' && path !== '' && !SYSTEM_FOLDER.test(path);
}

function reasonOf(claimed: string, { path, name, uid }: Writer): string {
  const writer = path || name;
  return `written as ${claimed} by ${writer || 'an unknown program'}${uid === '' ? '' : `, uid ${uid}`}`;
}
