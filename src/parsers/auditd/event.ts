import { has } from '../../core/event.ts';
import type { Parsed } from '../../core/stages.ts';
import { type Meaning, meaningOfRecord, meaningOfSyscall, OTHER } from './actions.ts';
import { argumentsOf, decodeString, idOf, plain, titleOf } from './decode.ts';
import { addPath, addSocket } from './object.ts';
import type { AuditFields, AuditRecord } from './record.ts';
import { addSaid, addTyped } from './said.ts';
import { addSubject, type Fields, nameOf, outcomeOf, programOf } from './subject.ts';
import { architectureOf, syscallOf } from './syscalls.ts';

// Told by fields of their own, or noise.
const MAPPED = new Set(
  `uid auid euid suid fsuid gid egid sgid fsgid pid ppid comm exe acct addr hostname terminal res result success ses arch
   cmd cwd key data saddr proctitle old-auid { denied granted id rport laddr lport`.split(/\s+/),
);
const SOCKET_CALL = /^(?:connect|accept4?|bind|(?:send|recv)(?:to|from|m?msg)?)$/;

/** One event out of the records that share a serial (at least one). */
export function eventOf(records: readonly AuditRecord[]): Parsed {
  const first = records[0] as AuditRecord;
  const call = records.find(({ type }) => type === 'SYSCALL');
  const main = mainOf(records, call) ?? first;
  const kernel = call === undefined || main.said ? main.fields : merged(main.fields, call.fields);
  const program = programOf(kernel, main.said) || (main.type.startsWith('DAEMON_') ? 'auditd' : '');
  const architecture = architectureOf(kernel['arch'] ?? '');
  const syscall = call && syscallOf(call.fields['syscall'] ?? '', architecture);
  const meaning = meaningOf(main, syscall, records);
  const fields: Fields = {
    'event.action': meaning.action || main.type.toLowerCase(),
    'event.category': meaning.category,
    'event.type': meaning.type,
    'event.outcome': outcomeOf(kernel, main.said),
    'host.architecture': architecture || undefined,
    'spoor.audit.serial': first.serial,
    'auditd.log.record_type': main.type,
    'auditd.log.sequence': first.serial,
  };
  if (first.node) fields['auditd.log.node'] = first.node;
  addSubject(fields, kernel);
  addProcess(fields, kernel, main, records);
  addRest(fields, kernel, main, syscall);
  addObject(fields, records, syscall);
  addKind(fields, main, kernel, program);
  addTags(fields, kernel);
  const pid = Number(kernel['pid']);
  const host = first.node ? { host: first.node } : {};
  const message = summary(fields, main, program);
  return { time: first.timeMs, certainty: 'exact', ...host, process: program, pid: pid > 0 ? pid : 0, message, fields };
}

// What happened stands before the system call that it happened in (LOGIN, AVC, CONFIG_CHANGE, …); what stands after only adds to it.
function mainOf(records: readonly AuditRecord[], call: AuditRecord | undefined): AuditRecord | undefined {
  const found = records.find(
    (record) => record === call || record.type === 'AVC' || meaningOfRecord(record.type) !== null,
  );
  return found ?? call;
}

function addObject(into: Fields, records: readonly AuditRecord[], syscall: string | undefined): void {
  if (syscall === undefined) return;
  addPath(into, records, syscall);
  addSocket(into, records, syscall);
}

function merged(record: AuditFields, call: AuditFields): AuditFields {
  return record === call ? call : Object.assign({}, record, call);
}

function meaningOf(main: AuditRecord, syscall: string | undefined, records: readonly AuditRecord[]): Meaning {
  const ofCall = syscall === undefined ? null : meaningOfSyscall(syscall);
  if (main.type === 'AVC') return meaningOfAvc(main.fields, ofCall);
  if (main.type === 'EXECVE') return { action: '', category: ['process'], type: ['start'] };
  if (main.type !== 'SYSCALL') return meaningOfRecord(main.type) ?? (main.type.startsWith('ANOM_') ? ANOMALY : OTHER);
  if (ofCall === null) return OTHER;
  // A lone SYSCALL record does not say on what: the records that it announces are missing.
  const announced = main.fields['items'] !== '0' || SOCKET_CALL.test(syscall ?? '');
  if (records.length > 1 || !announced) return ofCall;
  return ofCall.category.includes('network') ? OTHER : { ...ofCall, action: '' };
}

const ANOMALY: Meaning = { action: '', category: ['intrusion_detection'], type: ['info'] };

function meaningOfAvc(fields: AuditFields, ofCall: Meaning | null): Meaning {
  const apparmor = plain(fields['apparmor']);
  const denied = apparmor === undefined ? fields['denied'] !== undefined : apparmor === 'DENIED';
  const action = apparmor === undefined ? 'violated-selinux-policy' : 'violated-apparmor-policy';
  const { category, type } = ofCall ?? { category: ['intrusion_detection'], type: [denied ? 'denied' : 'info'] };
  return { action, category, type };
}

function addProcess(into: Fields, kernel: AuditFields, main: AuditRecord, records: readonly AuditRecord[]): void {
  into['process.executable'] = decodeString(main.said?.['exe'] ?? kernel['exe']);
  const parent = Number(kernel['ppid']);
  if (parent > 0) into['process.parent.pid'] = parent;
  into['process.working_directory'] = decodeString(records.find(({ type }) => type === 'CWD')?.fields['cwd']);
  const title = titleOf(records.find(({ type }) => type === 'PROCTITLE')?.fields);
  into['process.title'] = title;
  const args = argumentsOf(records);
  if (args.length > 0) {
    into['process.args'] = args;
    into['process.args_count'] = args.length;
    into['process.executable'] ??= args[0];
  }
  into['process.command_line'] = args.length > 0 ? args.join(' ') : title;
}

// Fields that have no ECS name, under the names of Filebeat's auditd module.
function addRest(into: Fields, kernel: AuditFields, main: AuditRecord, syscall: string | undefined): void {
  if (main.type !== 'EXECVE') addOthers(into, kernel);
  if (main.said) addOthers(into, main.said);
  if (syscall !== undefined) into['auditd.log.syscall'] = syscall;
  if (kernel['ses'] !== undefined) into['auditd.log.ses'] = kernel['ses'];
}

function addOthers(into: Fields, source: AuditFields): void {
  for (const key in source) {
    const name = fieldName(key);
    if (name !== '') into[name] = plain(source[key]);
  }
}

const FIELD_NAMES = new Map<string, string>();
const MAX_FIELD_NAMES = 4096;

/** `auditd.log.old_ses` for old-ses; '' for what is told elsewhere, and for the names in capitals that enrichment adds. */
function fieldName(key: string): string {
  let name = FIELD_NAMES.get(key);
  if (name !== undefined) return name;
  const enriched = key.charCodeAt(0) <= 90;
  name = enriched || MAPPED.has(key) ? '' : `auditd.log.${key.replaceAll('-', '_')}`;
  if (FIELD_NAMES.size < MAX_FIELD_NAMES) FIELD_NAMES.set(key, name);
  return name;
}

function addKind(into: Fields, main: AuditRecord, kernel: AuditFields, program: string): void {
  const { type, said } = main;
  if (said) {
    if (
      said['exe'] !== undefined ||
      said['acct'] !== undefined ||
      said['cmd'] !== undefined ||
      said['op'] !== undefined
    )
      addSaid(into, { type, kernel, said, program });
    if (type === 'USER_TTY') addTyped(into, type, said['data'], program);
  } else if (type === 'TTY' || type === 'USER_TTY') addTyped(into, type, kernel['data'], program);
  if (type.startsWith('ANOM_')) into['event.kind'] = 'alert';
  if (type === 'LOGIN') addLoginId(into, main.fields);
  if (type === 'CONFIG_CHANGE') into['event.reason'] = weakening(kernel);
  if (type === 'AVC') addRefusal(into, main.fields);
  if (type.startsWith('MAC_IPSEC')) {
    into['source.address'] = plain(kernel['src']);
    into['destination.address'] = plain(kernel['dst']);
  }
}

// The kernel sets a process's login id: from old-auid (mostly unset) to auid.
function addLoginId(into: Fields, fields: AuditFields): void {
  into['user.id'] = idOf(fields['old-auid']);
  into['user.effective.id'] = idOf(fields['auid']);
  into['user.effective.name'] = nameOf(fields['AUID']);
  into['user.name'] = nameOf(fields['AUID']) ?? nameOf(fields['UID']);
}

function addRefusal(into: Fields, fields: AuditFields): void {
  const path = decodeString(fields['name'] ?? fields['path']);
  if (path?.startsWith('/')) into['file.path'] ??= path;
  if (fields['{'] !== undefined) into['auditd.log.seperms'] = fields['{'];
  if (plain(fields['apparmor']) === 'DENIED' || fields['denied'] !== undefined) into['event.outcome'] ??= 'failure';
}

/** What an intruder would change: rules taken away, auditing switched off, its back-log throttled. */
function weakening(fields: AuditFields): string | undefined {
  if (plain(fields['op']) === 'remove_rule') return 'audit rule removed';
  if (fields['audit_enabled'] === '0' && fields['old'] !== '0' && !isJournal(fields)) return 'auditing switched off';
  if (fields['audit_pid'] === '0') return 'audit daemon detached';
  return undefined;
}

// systemd-journald sets it at each of its starts as its own `Audit=` says.
function isJournal(fields: AuditFields): boolean {
  return plain(fields['comm'])?.includes('systemd-journal') === true;
}

// key="exec", or in hex with \x01 between several; auditctl -k key=x is common and means x.
function addTags(into: Fields, kernel: AuditFields): void {
  const keys = decodeString(kernel['key'])
    ?.split('\x01')
    .map((key) => key.replace(/^key=/, ''));
  if (keys?.some((key) => key !== '')) into['tags'] = keys;
}

function summary(fields: Fields, main: AuditRecord, program: string): string {
  const text = (name: string) => (fields[name] === undefined ? '' : String(fields[name]));
  const who =
    text('user.audit.name') ||
    text('user.name') ||
    (text('user.audit.id') || text('user.id')).replace(/^(?=.)/, 'uid ');
  const what = text('event.action').replaceAll('-', ' ');
  const object =
    objectNames(main.type, fields)
      .map(text)
      .find((found) => found !== '') ?? '';
  const from = text('source.ip') && `${what.endsWith(' from') ? '' : 'from '}${text('source.ip')}`;
  const by = object === '' && program !== '' ? `(${program})` : '';
  const failed = fields['event.outcome'] === 'failure' ? '(failed)' : '';
  return [who, what, object, from, by, failed].filter((part) => part !== '').join(' ');
}

/** Where the thing that was acted on stands, best first. */
function objectNames(type: string, fields: Fields): readonly string[] {
  if (type === 'LOGIN') return ['user.effective.name', 'user.effective.id'];
  if (has(fields, 'event.category', 'authentication') || has(fields, 'event.category', 'session'))
    return ['auditd.log.selected_context'];
  const command = has(fields, 'event.category', 'process') ? ['process.command_line'] : [];
  return [
    ...command,
    'file.path',
    'destination.ip',
    'user.target.name',
    'group.name',
    'service.name',
    'event.reason',
    'auditd.log.table',
  ];
}
