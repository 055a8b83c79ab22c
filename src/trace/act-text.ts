import type { Noted } from './noted.ts';

/** A change to accounts, groups or software in words; what the program said where there are none. */
export function actText({ fields, message }: Noted): string {
  const target = fields['user.target.name'];
  const group = fields['group.name'];
  const uid = fields['user.target.id'];
  switch (fields['event.action']) {
    case 'user_added':
    case 'added-user-account':
      return `account ${target ?? '?'} added${uid === undefined ? '' : ` (uid ${uid})`}`;
    case 'user_deleted':
    case 'deleted-user-account':
      return `account ${target ?? '?'} deleted`;
    case 'password_changed':
    case 'changed-password':
      return `password of ${target ?? fields['user.name'] ?? '?'} changed`;
    case 'group_added':
    case 'added-group-account-to':
      return `group ${group ?? '?'} added`;
    case 'group_deleted':
      return `group ${group ?? '?'} deleted`;
    case 'group_member_added':
      return `${target ?? '?'} added to group ${group ?? '?'}`;
    case 'group_member_removed':
      return `${target ?? '?'} removed from group ${group ?? '?'}`;
    case 'package_installed':
    case 'package_upgraded':
    case 'package_removed':
      return `${String(fields['event.action']).replace('_', ' ')}: ${fields['package.name'] ?? '?'} ${fields['package.version'] ?? ''}`.trim();
    default:
      return message || String(fields['event.action'] ?? '');
  }
}
