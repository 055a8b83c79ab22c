import { type EcsFields, withFields } from '../../core/event.ts';
import type { Parsed } from '../../core/stages.ts';
import type { JournalField } from './field.ts';
import { forgedBy } from './writer.ts';

const MAX_MICROSECONDS = 8_640_000_000_000_000; // Date's range, as far as 16 digits reach

/**
 * The syslog parts of a journal entry. Names that begin with an underscore are journald's own word, which the sender
 * cannot forge; SYSLOG_IDENTIFIER and MESSAGE are the sender's. Null when the entry has no time and no message.
 */
export function journalParsed(field: JournalField): Parsed | null {
  const time = microseconds(field('_SOURCE_REALTIME_TIMESTAMP')) ?? microseconds(field('__REALTIME_TIMESTAMP'));
  const message = field('MESSAGE');
  if (time === undefined && message === undefined) return null;
  const timed = time !== undefined;
  const forged = forgedBy(field);
  return {
    time: timed ? Math.floor(time / 1000) : Number.NaN,
    certainty: timed ? 'exact' : 'none',
    host: field('_HOSTNAME') ?? '',
    process: field('SYSLOG_IDENTIFIER') ?? field('_COMM') ?? (field('_TRANSPORT') === 'kernel' ? 'kernel' : ''),
    pid: integer(field('SYSLOG_PID')) ?? integer(field('_PID')) ?? 0,
    message: message ?? '',
    said: forged === null, // what another wrote in a program's name tells nothing of logins
    fields: forged === null ? ownFields(field) : withFields(ownFields(field), forged),
  };
}

function ownFields(field: JournalField): EcsFields {
  const unset = (id: string | undefined) => (id === '4294967295' ? undefined : id);
  return {
    'host.id': field('_MACHINE_ID'),
    'process.executable': field('_EXE'),
    'process.command_line': field('_CMDLINE'),
    'process.user.id': field('_UID'), // whose process spoke, not whom it speaks of
    'user.audit.id': unset(field('_AUDIT_LOGINUID')),
    'spoor.session.id': field('_SYSTEMD_SESSION') ?? unset(field('_AUDIT_SESSION')),
    'log.syslog.priority': integer(field('PRIORITY')),
    'log.syslog.facility.code': integer(field('SYSLOG_FACILITY')),
    'systemd.unit': field('_SYSTEMD_UNIT'),
    'systemd.transport': field('_TRANSPORT'),
    'spoor.boot.id': field('_BOOT_ID'),
    'container.id': field('CONTAINER_ID_FULL') ?? field('CONTAINER_ID'),
    'container.name': field('CONTAINER_NAME'),
  };
}

function microseconds(text: string | undefined): number | undefined {
  const value = text !== undefined && /^\d{10,17}$/.test(text) ? Number(text) : Number.NaN;
  return value <= MAX_MICROSECONDS ? value : undefined;
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
