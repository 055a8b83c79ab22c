import { type EcsFields, withFields } from '../../core/event.ts';
import { source } from '../auth/peer.ts';
import { IAM } from '../auth/words.ts';

type Groups = Readonly<Record<string, string | undefined>>;

const TYPES = {
  creation: ['user', 'creation'],
  change: ['user', 'change'],
  deletion: ['user', 'deletion'],
  info: ['user', 'info'],
} as const;

function change(type: keyof typeof TYPES, action: string, groups: Groups, more?: EcsFields): EcsFields {
  return {
    'event.category': IAM,
    'event.type': TYPES[type],
    'event.action': action,
    'event.outcome': 'success',
    'user.name': groups['actor'],
    'user.target.name': groups['user'],
    'user.target.id': groups['id'],
    'user.target.group.id': groups['gid'],
    ...more,
  };
}

function failed(action: string, groups: Groups): EcsFields {
  return withFields(change('info', action, groups), { 'event.outcome': 'failure', 'event.reason': groups['reason'] });
}

/** "new user: name=x, UID=0, GID=0, home=/, shell=/bin/bash[, from=/dev/pts/0]"; "from" names the terminal or the peer. */
function created(groups: Groups): EcsFields {
  const from = groups['from'];
  const terminal = from === undefined || from === 'none' ? undefined : from;
  const place = terminal === undefined || terminal.startsWith('/') ? { 'user.terminal': terminal } : source(terminal);
  return change('creation', 'user_added', groups, {
    'spoor.account.home': groups['home'],
    'spoor.account.shell': groups['shell'],
    ...place,
  });
}

function changed(what: string): (groups: Groups) => EcsFields {
  return (groups) =>
    change('change', groups['field'] === 'password' ? 'password_changed' : 'user_changed', groups, {
      'spoor.change.field': groups['field'] ?? what,
      'spoor.change.from': groups['old'],
      'spoor.change.to': groups['new'],
    });
}

/** In quotes; before 4.2 (2014) shadow opened them with a backtick. */
const NAME = "[`'](?<user>[^'`]{1,256})'";
const MESSAGES: readonly (readonly [RegExp, (groups: Groups) => EcsFields])[] = [
  [
    /^new (?:user|account added): name=(?<user>[^,]{1,256}), UID=(?<id>\d{1,10}), GID=(?<gid>\d{1,10}), home=(?<home>[^,]{0,1024}), shell=(?<shell>[^,]{0,1024})(?:, from=(?<from>[^,]{0,253}))?$/,
    created,
  ],
  [
    /^new user added: name=(?<user>[^,]{1,256}), uid=(?<id>\d{1,10}), gid=(?<gid>\d{1,10}), home=(?<home>[^,]{0,1024}), shell=(?<shell>[^,]{0,1024})$/,
    created,
  ], // OpenBSD, NetBSD (user.c)
  [/^user removed: name=(?<user>[^,\s]{1,256})$/, (g) => change('deletion', 'user_deleted', g)],
  [/^user information modified: name=(?<user>[^,\s]{1,256}),.{0,2048}$/, (g) => changed('account')(g)],
  [
    /^new account added - account=(?<user>[^,]{1,256}), uid=(?<id>\d{1,10}), gid=(?<gid>\d{1,10}), home=(?<home>[^,]{0,1024}), shell=(?<shell>[^,]{0,1024}), by=(?<by>\d{1,10})$/,
    (g) => withFields(created(g), { 'user.id': g['by'] }),
  ], // SUSE
  [
    new RegExp(`^failed adding user ${NAME}(?:, exit code: \\d{1,4}|, (?<reason>.{1,200}))?$`),
    (g) => failed('user_add_failed', g),
  ],
  [new RegExp(`^delete user ${NAME}(?: from .*)?$`), (g) => change('deletion', 'user_deleted', g)],
  [new RegExp(`^remove user ${NAME} by root$`), (g) => change('deletion', 'user_deleted', g)],
  [
    /^failed (?:deleting|to delete) user '?(?<user>[^']{1,256})'?(?:, (?<reason>.{1,200}))?$/,
    (g) => failed('user_delete_failed', g),
  ],
  [
    new RegExp(
      `^change user ${NAME} (?<field>password|expiration|inactive|name|UID|GID|home|shell|comment)(?: from [\`'](?<old>[^']{0,1024})')?(?: to [\`'](?<new>[^']{0,1024})')?$`,
    ),
    changed('account'),
  ],
  [
    /^change user name [`'](?<old>[^']{1,256})' to [`'](?<new>[^']{1,256})'$/,
    (g) => changed('name')({ ...g, user: g['old'] }),
  ],
  [new RegExp(`^(?<field>lock|unlock) user ${NAME} password$`), changed('lock')],
  [
    new RegExp(
      `^changed user ${NAME} (?<field>shell|information|password expiry) ?(?:to [\`'](?<new>[^']{0,1024})')?$`,
    ),
    changed('account'),
  ],
  [
    /^changed user [`'](?<user>[^']{1,256})' (?<field>shell to|information|shell)(?: [`'](?<new>[^']{0,1024})')?$/,
    changed('account'),
  ],
  [/^changed password expiry for (?<user>\S{1,256})$/, changed('password expiry')],
  [
    /^(?:changed password for|[Pp]assword for) [`']?(?<user>[^\s'`]{1,256})'?(?: (?:changed )?by (?:[`']?(?<actor>[^\s'`]{1,256})'?))?$/,
    (g) => change('change', 'password_changed', g),
  ],
  [/^password changed for (?<user>\S{1,256})$/, (g) => change('change', 'password_changed', g)],
  [
    /^password for [`'](?<user>[^'`]{1,256})' changed by [`'](?<actor>[^'`]{1,256})'$/,
    (g) => change('change', 'password_changed', g),
  ],
  [
    /^(?<actor>\S{1,256}) changed (?:the )?password (?:of|for) (?<user>\S{1,256})$/,
    (g) => change('change', 'password_changed', g),
  ],
  [
    /^(?:can't|cannot) view or modify password information for (?<user>\S{1,256})$/,
    (g) => failed('password_change_failed', g),
  ],
  [
    /^(?:incorrect password for|(?<reason>password change)? ?failed for) [`']?(?<user>[^\s'`]{1,256})'?$/,
    (g) => failed('password_change_failed', g),
  ],
  [/^user [`'](?<user>[^'`]{1,256})' (?<reason>does not exist|not found)$/, (g) => failed('password_change_failed', g)],
];

/** What a tool did to an account, or null. The actor is known only where the tool says who it was. */
export function accountChange(text: string): EcsFields | null {
  for (const [pattern, say] of MESSAGES) {
    const groups = pattern.exec(text)?.groups;
    if (groups) return say(groups);
  }
  return null;
}
