import { type EcsFields, withFields } from '../../core/event.ts';
import { type Account, accountOf, logonId, qualified, userFields } from './account.ts';
import type { WindowsRecord } from './record.ts';

/** Events about accounts and groups, in the words of docs/design/events.md. */
const USERS: ReadonlyMap<number, readonly [type: string, action: string]> = new Map([
  [4720, ['creation', 'user_added']],
  [4722, ['change', 'user_changed']],
  [4723, ['change', 'password_changed']],
  [4724, ['change', 'password_changed']],
  [4725, ['change', 'user_changed']],
  [4726, ['deletion', 'user_deleted']],
  [4738, ['change', 'user_changed']],
  [4740, ['change', 'account_locked']],
  [4767, ['change', 'user_changed']],
  [4781, ['change', 'user_changed']],
]);
type Change = readonly [type: string, action: string];

const GROUPS: ReadonlyMap<number, Change> = new Map<number, Change>([
  ...changes([4727, 4731, 4754], ['creation', 'group_added']),
  ...changes([4728, 4732, 4756], ['change', 'group_member_added']),
  ...changes([4729, 4733, 4757], ['change', 'group_member_removed']),
  ...changes([4730, 4734, 4758], ['deletion', 'group_deleted']),
  ...changes([4735, 4737, 4755], ['change', 'group_changed']),
]);

// One for local, global and universal groups each.
function changes(ids: readonly number[], change: Change): [number, Change][] {
  return ids.map((id) => [id, change]);
}

/** An account or a group was made, changed or deleted; null for other events. */
export function accountChanged(record: WindowsRecord): EcsFields | null {
  const user = USERS.get(record.id);
  const group = GROUPS.get(record.id);
  const { text } = record;
  const actor = accountOf(record, 'Subject');
  const common = withFields(userFields(actor), logonOf(record));
  if (user) {
    const target = accountOf(record, 'Target');
    // Computers change their own passwords and records all the time.
    if (target.machine && record.id !== 4720) return noise(user[1], common);
    return {
      'event.category': ['iam'],
      'event.type': ['user', user[0]],
      'event.action': user[1],
      'event.outcome': 'success',
      ...common,
      'user.target.name': target.name || undefined,
      'user.target.domain': target.domain || undefined,
    };
  }
  if (!group) return null;
  return {
    'event.category': ['iam'],
    'event.type': ['group', group[0]],
    'event.action': group[1],
    'event.outcome': 'success',
    ...common,
    'group.name': text('TargetUserName') || undefined,
    'group.domain': text('TargetDomainName') || undefined,
    'user.target.name': memberName(text('MemberName')) || text('MemberSid') || undefined,
  };
}

// "CN=anna,OU=people,DC=example,DC=org"
function memberName(written: string): string {
  const common = /^CN=(?<name>(?:[^,\\]|\\.){1,256})/i.exec(written)?.groups?.['name'];
  return common ?? written;
}

function noise(action: string, fields: EcsFields): EcsFields {
  return { 'event.category': ['process'], 'event.type': ['info'], 'event.action': action, ...fields };
}

/** 4697, 7045: a service was put in. */
export function serviceInstalled(record: WindowsRecord): EcsFields {
  const { text, id } = record;
  const actor = id === 4697 ? accountOf(record, 'Subject') : writerOf(record);
  return {
    'event.category': ['configuration'],
    'event.type': ['creation'],
    'event.action': 'service_installed',
    ...userFields(actor),
    ...logonOf(record),
    'service.name': text('ServiceName') || undefined,
    'process.command_line': text('ServiceFileName') || text('ImagePath') || undefined,
    'spoor.remote.sign': 'service',
  };
}

// The log System names who made the entry beside it (NXLog's AccountName): the caller, for 7045.
function writerOf({ text }: WindowsRecord): Account {
  const name = text('AccountName');
  return qualified(/^LocalSystem$/i.test(name) ? '' : name);
}

/** 4698, 4702: scheduled work was made or changed. */
export function taskChanged(record: WindowsRecord): EcsFields {
  const { text, id } = record;
  const task = text('TaskName');
  const content = text('TaskContent') || text('TaskContentNew');
  return {
    'event.category': ['configuration'],
    'event.type': [id === 4698 ? 'creation' : 'change'],
    'event.action': id === 4698 ? 'task_registered' : 'task_changed',
    ...userFields(accountOf(record, 'Subject')),
    ...logonOf(record),
    'service.name': task || undefined,
    'process.command_line': commandIn(content),
    'spoor.remote.sign': 'task',
  };
}

/** TaskScheduler/Operational 106, 140: the same, by the scheduler itself. */
export function taskTold(record: WindowsRecord): EcsFields {
  return {
    'event.category': ['configuration'],
    'event.type': [record.id === 106 ? 'creation' : 'change'],
    'event.action': record.id === 106 ? 'task_registered' : 'task_changed',
    ...userFields(qualified(record.text('UserContext') || record.text('UserName'))),
    'service.name': record.text('TaskName') || undefined,
    'spoor.remote.sign': 'task',
  };
}

// A task's XML holds what it runs; some shippers escape the XML once more.
function commandIn(xml: string): string | undefined {
  const plain = xml.replaceAll('&lt;', '<').replaceAll('&gt;', '>');
  const part = (name: string) => {
    const from = plain.indexOf(`<${name}>`);
    const end = from === -1 ? -1 : plain.indexOf(`</${name}>`, from);
    return end === -1 ? '' : plain.slice(from + name.length + 2, end).trim();
  };
  const command = part('Command');
  return command === '' ? undefined : `${command} ${part('Arguments')}`.trim();
}

/** 1102 and 104: a log was emptied; 1100: the logging service ended. */
export function loggingChanged(record: WindowsRecord): EcsFields {
  const { text, id } = record;
  return {
    'event.category': ['process'],
    'event.type': ['end'],
    'event.action': id === 1100 ? 'log_ended' : 'log_cleared',
    ...userFields(accountOf(record, 'Subject')),
    ...logonOf(record),
    'event.reason':
      id === 1100
        ? 'the event log service ended'
        : `the log ${id === 1102 ? 'Security' : text('Channel') || record.channel} was emptied`,
  };
}

/** The number of the logon in which it was done. */
export function logonOf({ text }: WindowsRecord): EcsFields {
  const id = logonId(text('SubjectLogonId'));
  return { 'spoor.session.id': id, 'winlog.logon.id': id };
}
