import type { EcsFields } from '../core/event.ts';
import type { Noted } from './noted.ts';

type Telling = (fields: EcsFields) => string;

const named = (value: unknown) => (value === undefined ? '?' : String(value));
const target = (fields: EcsFields) => named(fields['user.target.name']);
const group = (fields: EcsFields) => named(fields['group.name']);
const software: Telling = (fields) =>
  `${named(fields['event.action']).replace('_', ' ')}: ${named(fields['package.name'])} ${fields['package.version'] ?? ''}`.trim();
const added: Telling = (fields) => {
  const uid = fields['user.target.id'];
  return `account ${target(fields)} added${uid === undefined ? '' : ` (uid ${uid})`}`;
};
const deleted: Telling = (fields) => `account ${target(fields)} deleted`;
const password: Telling = (fields) => `password of ${named(fields['user.target.name'] ?? fields['user.name'])} changed`;
const groupAdded: Telling = (fields) => `group ${group(fields)} added`;

const TELLINGS: ReadonlyMap<string, Telling> = new Map([
  ['user_added', added],
  ['added-user-account', added],
  ['user_deleted', deleted],
  ['deleted-user-account', deleted],
  ['password_changed', password],
  ['changed-password', password],
  ['group_added', groupAdded],
  ['added-group-account-to', groupAdded],
  ['group_deleted', (fields) => `group ${group(fields)} deleted`],
  ['group_member_added', (fields) => `${target(fields)} added to group ${group(fields)}`],
  ['group_member_removed', (fields) => `${target(fields)} removed from group ${group(fields)}`],
  ['package_installed', software],
  ['package_upgraded', software],
  ['package_removed', software],
]);

/** A change to accounts, groups or software in words; what the program said where there are none. */
export function actText({ fields, message }: Noted): string {
  const action = String(fields['event.action'] ?? '');
  return TELLINGS.get(action)?.(fields) ?? (message || action);
}
