import type { EcsFields } from '../../core/event.ts';

/** How sudo's JSON begins in syslog (log_format=json since 1.9.4): `@cee:{"sudo":{"accept":{…}}}`. */
export const COOKIE = '@cee:{"sudo":{';

/** What sudo says of one command, by its own names (lib/eventlog/eventlog.c). */
export interface SudoRecord {
  readonly kind: 'accept' | 'reject' | 'other';
  readonly reason: string | undefined;
  readonly user: string | undefined;
  readonly fields: EcsFields;
}

type Members = Readonly<Record<string, unknown>>;

function textOf(members: Members, key: string): string | undefined {
  const value = members[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function objectOf(value: unknown): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null;
}

// As the text log writes it: the whole path, then the arguments.
function commandOf(members: Members): string | undefined {
  const command = textOf(members, 'command');
  const argv = members['runargv'];
  if (command === undefined || !Array.isArray(argv)) return command;
  return [command, ...argv.slice(1).filter((word): word is string => typeof word === 'string')].join(' ');
}

/** Null: cut short by syslog, or no record of sudo's. */
export function sudoRecord(message: string): SudoRecord | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(message.slice('@cee:'.length));
  } catch {
    return null;
  }
  const entry = Object.entries(objectOf(objectOf(parsed)?.['sudo']) ?? {})[0];
  const members = objectOf(entry?.[1]);
  if (entry === undefined || members === null) return null;
  const tty = textOf(members, 'ttyname')?.replace(/^\/dev\//, '');
  return {
    kind: entry[0] === 'accept' || entry[0] === 'reject' ? entry[0] : 'other',
    reason: textOf(members, 'reason'),
    user: textOf(members, 'submituser'),
    fields: {
      'user.name': textOf(members, 'submituser'),
      'user.effective.name': textOf(members, 'runuser'),
      'user.effective.group.name': textOf(members, 'rungroup'),
      'user.terminal': tty,
      'process.command_line': commandOf(members),
      'process.executable': textOf(members, 'command'),
      'process.working_directory': textOf(members, 'runcwd') ?? textOf(members, 'submitcwd'),
    },
  };
}
