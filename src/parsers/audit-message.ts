import { type EcsFields, withFields } from '../core/event.ts';
import type { Message, MessageParser } from '../core/stages.ts';
import { eventOf } from './auditd/event.ts';
import { readBody, readRecords } from './auditd/record.ts';

const CLOCK = /^\[ {0,12}\d{1,12}\.\d{3,9}\] ?/;
// journald's audit transport: "USER_LOGIN pid=812 uid=0 auid=1000 …", neither time nor serial
const BARE_RECORD = /^(?<type>[A-Z][A-Z0-9_]{2,39}(?:\[\d{1,5}\])?) (?=[a-z_-]{1,20}=|avc:|user pid=)/;
const RECORD_PROGRAMS = new Set([
  'audispd',
  'audisp-syslog',
  'auditd',
  'audit',
  'kernel',
  'tag_audit_log',
  'audit_log',
]);

// What is said of logging itself: by the kernel's audit subsystem (printk "audit: …") and by auditd.
const KERNEL: readonly (readonly [words: RegExp, type: string, action: string])[] = [
  [/^audit_lost=(?<count>\d{1,10}) /, 'info', 'log_lost'],
  [/^(?:backlog limit exceeded|rate limit exceeded|printk limit exceeded|audit_backlog=\d)/, 'info', 'log_lost'],
  [/^(?:kauditd hold queue overflow|netlink_unicast sending to audit_pid=)/, 'info', 'log_lost'],
  [/^\*NO\* daemon at audit_pid=|^auditd disappeared/, 'end', 'log_stopped'],
];
const DAEMON: readonly (readonly [words: RegExp, type: string, action: string])[] = [
  [/^Init complete, auditd /, 'start', 'log_started'],
  [/^The audit daemon is exiting/, 'end', 'log_stopped'],
  [/^Audit daemon is suspending logging/, 'end', 'log_stopped'],
  [/^Audit daemon is (?:low on|out of|has no)/, 'info', 'log_low_space'],
  [/^Audit daemon rotating log files/, 'info', 'log_rotated'],
  [/^(?:Error receiving audit netlink packet|dispatch err|queue .{0,40}full|queue is full)/, 'info', 'log_lost'],
];

/** What the Linux audit system says through syslog besides whole records, and single records under other programs' names. */
export default {
  kind: 'message',
  name: 'audit-message',
  programs: ['kernel', 'audit', 'auditd', 'audispd'],
  prefixes: ['type=', 'node='],
  parse({ appName, message }: Message): EcsFields | null {
    const text = message.charCodeAt(0) === 0x5b ? message.slice(CLOCK.exec(message)?.[0].length ?? 0) : message;
    if (text.startsWith('type=') || text.startsWith('node=')) {
      // Under the audit system's own names the auditd parser joins records; elsewhere each stands alone.
      const records = RECORD_PROGRAMS.has(appName) ? [] : readRecords(text);
      return records.length === 0 ? null : override(eventOf(records));
    }
    if (appName === 'kernel') return text.startsWith('audit: ') ? told(KERNEL, text.slice(7)) : null;
    if (appName === 'audit') return bareRecord(text) ?? told(KERNEL, text.replace(/^audit: /, ''));
    return told(DAEMON, text);
  },
} satisfies MessageParser;

function told(table: typeof KERNEL, text: string): EcsFields | null {
  for (const [words, type, action] of table) {
    const found = words.exec(text);
    if (!found) continue;
    const count = found.groups?.['count'];
    const fields = {
      'event.category': ['process'],
      'event.type': [type],
      'event.action': action,
      'event.reason': text,
    };
    return count === undefined ? fields : withFields(fields, { 'spoor.lost.count': Number(count) });
  }
  return null;
}

function bareRecord(text: string): EcsFields | null {
  const head = BARE_RECORD.exec(text);
  if (!head) return null;
  const body = readBody(text.slice(head[0].length));
  const record = { node: '', type: head.groups?.['type'] ?? '', id: '', timeMs: Number.NaN, serial: 0, ...body };
  const { 'spoor.audit.serial': _serial, 'auditd.log.sequence': _sequence, ...fields } = override(eventOf([record]));
  return fields;
}

function override({ process, pid, message, fields }: ReturnType<typeof eventOf>): EcsFields {
  return { ...fields, 'process.name': process || undefined, 'process.pid': pid || undefined, message };
}
