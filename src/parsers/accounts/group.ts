import type { EcsFields } from '../../core/event.ts';
import { IAM } from '../auth/words.ts';

type Groups = Readonly<Record<string, string | undefined>>;

const AGAIN = ['group', 'info'];
const TYPES = {
  group_added: ['group', 'creation'],
  group_changed: ['group', 'change'],
  group_deleted: ['group', 'deletion'],
  group_member_added: ['group', 'change'],
  group_member_removed: ['group', 'change'],
} as const;

function change(action: keyof typeof TYPES, groups: Groups): EcsFields {
  return {
    'event.category': IAM,
    'event.type': groups['again'] === undefined && groups['failed'] === undefined ? TYPES[action] : AGAIN,
    'event.action': action,
    'event.outcome': groups['failed'] === undefined ? 'success' : 'failure',
    'user.name': groups['actor'],
    'user.target.name': groups['user'],
    'group.name': groups['group'],
    'group.id': groups['gid'],
  };
}

// One change is told for each file it touches, and once more as a whole: the others are marked `again`.
const SHADOW = '(?<again>shadow )?group';
const MESSAGES: readonly (readonly [RegExp, keyof typeof TYPES])[] = [
  [/^new group: name=(?<group>[^,]{1,256}), GID=(?<gid>\d{1,10})$/, 'group_added'],
  [
    /^group added to (?<again>\/etc\/)\S{0,64}: name=(?<group>[^,\s]{1,256})(?:, GID=(?<gid>\d{1,10}))?$/,
    'group_added',
  ],
  [/^(?<failed>failed) (?:adding|to add) group '?(?<group>[^']{1,256})'?(?:, .{1,200})?$/, 'group_added'],
  [/^new group added: name=(?<group>[^,\s]{1,256}),? gid=(?<gid>\d{1,10})$/, 'group_added'], // OpenBSD, NetBSD
  [/^group deleted: name=(?<group>[^,\s]{1,256})$/, 'group_deleted'],
  [/^(?<failed>failed) to (?:remove|delete) group '?(?<group>[^'\s]{1,256})'?(?:, .{1,200})?$/, 'group_deleted'],
  [new RegExp(`^add [\`'](?<user>[^'\`]{1,256})' to ${SHADOW} [\`'](?<group>[^'\`]{1,256})'$`), 'group_member_added'],
  [
    new RegExp(`^delete [\`'](?<user>[^'\`]{1,256})' from ${SHADOW} [\`'](?<group>[^'\`]{1,256})'$`),
    'group_member_removed',
  ],
  [/^user (?<user>\S{1,256}) added by (?<actor>\S{1,256}) to group (?<group>\S{1,256})$/, 'group_member_added'],
  [/^user (?<user>\S{1,256}) removed by (?<actor>\S{1,256}) from group (?<group>\S{1,256})$/, 'group_member_removed'],
  [
    /^(?:members|administrators) of group (?<group>\S{1,256}) set by (?<actor>\S{1,256}) to (?<user>.{0,4096})$/,
    'group_member_added',
  ],
  [/^set (?:administrators|members) of (?<group>\S{1,256}) to (?<user>.{0,4096})$/, 'group_member_added'],
  [/^change of (?:the )?password (?:of|for) group (?<group>\S{1,256}) by (?<actor>\S{1,256})$/, 'group_changed'],
  [/^password of group (?<group>\S{1,256}) (?:changed|removed) by (?<actor>\S{1,256})$/, 'group_changed'],
  [
    new RegExp(
      `^(?:removed|delete) (?:obsolete )?${SHADOW} '(?<group>[^']{1,256})'(?: owned by '(?<user>[^']{1,256})')?.*$`,
    ),
    'group_deleted',
  ],
  [/^remove group [`'](?<group>[^'`]{1,256})'$/, 'group_deleted'], // before shadow 4.2
  [/^change group [`'](?<group>[^'`]{1,256})' to [`'][^'`]{1,256}'$/, 'group_changed'],
  [/^group '(?<group>[^']{1,256})' removed(?<again> from .{0,64})?$/, 'group_deleted'],
  [
    /^group changed in (?:\/etc\/group|(?<again>\/etc\/))\S{0,64} \(group (?<group>[^/,\s]{1,256})(?:\/(?<gid>\d{1,10}))?(?:, new .{1,256})?\)$/,
    'group_changed',
  ],
  [/^change (?:gid|group|GID) (?:for|of) '?(?<group>[^'\s]{1,256})'?.*$/, 'group_changed'],
];

/** What a tool did to a group or its members, or null. */
export function groupChange(text: string): EcsFields | null {
  for (const [pattern, action] of MESSAGES) {
    const groups = pattern.exec(text)?.groups;
    if (groups) return change(action, groups);
  }
  return null;
}
