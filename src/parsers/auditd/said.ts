import { decodeString, idOf, keystrokesOf, plain } from './decode.ts';
import type { AuditFields } from './record.ts';
import { addPeer, type Fields, nameOf, terminalOf } from './subject.ts';

// Programs that write USER_LOGIN themselves: there, USER_AUTH is only a part of the attempt.
const LOGIN_PROGRAMS =
  /^(?:sshd|sshd-session|sshd-auth|login|gdm|gdm-session-worker|lightdm|sddm|dropbear|xrdp-sesman|in\.telnetd)$/;
// Programs in whose sessions one account acts for another.
const SWITCHERS = /^(?:sudo|su|runuser|doas|pkexec|polkit-agent-helper-1|newgrp|sg)$/;
const SHELLS = /^-?(?:ba|da|a|z|k|mk|c|tc|fi)?sh$/;

/** What is told of a record that a program sent: its kind's own fields. */
export interface Told {
  readonly type: string;
  readonly kernel: AuditFields;
  readonly said: AuditFields;
  readonly program: string;
}

/** Adds what a program said within msg='…' (USER_LOGIN, ADD_USER, …): whose account, from where, which command. */
export function addSaid(into: Fields, told: Told): void {
  const { type, said, program } = told;
  addPeer(into, said);
  into['user.terminal'] = terminalOf(said['terminal']) ?? into['user.terminal'];
  if (type === 'USER_CMD') addCommand(into, said);
  else if (type === 'SERVICE_START' || type === 'SERVICE_STOP') into['service.name'] = plain(said['unit']);
  else if (/GROUP$|^GRP_(?:MGMT|CHAUTHTOK)$/.test(type)) addGroup(into, told);
  else if (/^(?:(?:ADD|DEL)_USER|USER_MGMT|USER_CHAUTHTOK|ACCT_(?:UN)?LOCK|ROLE_\w+)$/.test(type))
    addAccount(into, told);
  else if (type === 'SOFTWARE_UPDATE') addSoftware(into, said);
  else if (said['acct'] !== undefined || said['id'] !== undefined) addLogin(into, told);
  if (type === 'USER_AUTH' && into['event.outcome'] === 'failure' && !LOGIN_PROGRAMS.test(program))
    into['event.type'] = ['start']; // su, sudo and their like: nothing else counts the attempt
  if (type === 'USER_START' || type === 'USER_END' || type === 'USER_LOGIN') addSession(into, told);
}

// Whose account it is; user.id is the login id that the kernel knows, if it knows one.
function addLogin(into: Fields, { kernel, said }: Told): void {
  const account = accountOf(said['acct']) ?? nameOf(kernel['ID']);
  const id = idOf(said['id']);
  into['user.effective.name'] = account;
  into['user.effective.id'] = id ?? (account === undefined ? idOf(kernel['uid']) : undefined);
  into['user.id'] = idOf(kernel['auid']);
  into['user.name'] = account ?? (id === undefined ? undefined : nameOf(kernel['AUID']));
}

function addSession(into: Fields, { kernel, program, type }: Told): void {
  into['spoor.session.service'] = /^sshd-(?:session|auth)$/.test(program) ? 'sshd' : program || undefined;
  if (type === 'USER_LOGIN' || !SWITCHERS.test(program)) return;
  into['spoor.opener.id'] = idOf(kernel['auid']);
  into['spoor.opener.name'] = nameOf(kernel['AUID']);
}

// The actor is the login id: useradd itself runs as root.
function addActor(into: Fields, kernel: AuditFields): void {
  const auid = idOf(kernel['auid']);
  into['user.effective.id'] = idOf(kernel['uid']);
  into['user.effective.name'] = nameOf(kernel['UID']);
  if (auid === undefined) return;
  into['user.id'] = auid;
  into['user.name'] = nameOf(kernel['AUID']);
}

function addAccount(into: Fields, { kernel, said }: Told): void {
  addActor(into, kernel);
  into['user.target.name'] = accountOf(said['acct']) ?? nameOf(kernel['ID']);
  into['user.target.id'] = idOf(said['id']);
  const group = decodeString(said['grp']);
  if (group === undefined) return;
  into['group.name'] = group;
  into['event.type'] = ['group', 'change'];
}

function addGroup(into: Fields, { kernel, said }: Told): void {
  addActor(into, kernel);
  const group = decodeString(said['grp']);
  into['group.name'] =
    group ?? accountOf(said['acct']) ?? (said['id'] === undefined ? undefined : nameOf(kernel['ID']));
  if (group !== undefined) into['user.target.name'] = accountOf(said['acct']);
  into['group.id'] = idOf(said['id'] ?? said['gid']);
}

function addCommand(into: Fields, said: AuditFields): void {
  const command = decodeString(said['cmd']);
  into['process.working_directory'] = decodeString(said['cwd']);
  if (command === undefined) return;
  const args = command.split(' ').filter((word) => word !== '');
  into['process.command_line'] = command;
  into['process.args'] = args;
  into['process.args_count'] = args.length;
}

function addSoftware(into: Fields, said: AuditFields): void {
  into['package.name'] = decodeString(said['sw']);
  const op = plain(said['op']);
  if (op !== undefined)
    into['event.type'] = [op === 'install' ? 'installation' : op === 'remove' ? 'deletion' : 'change'];
}

/** An account's name as tried: "" is kept, for an empty name was tried then; "?" is unknown. */
function accountOf(value: string | undefined): string | undefined {
  return value === '""' ? '' : decodeString(value);
}

/** TTY and USER_TTY: what was typed; at a shell's prompt it is a command. */
export function addTyped(into: Fields, type: string, data: string | undefined, program: string): void {
  const typed = keystrokesOf(data);
  if (typed === undefined) return;
  into['process.command_line'] = typed;
  if (type === 'USER_TTY' || SHELLS.test(program)) into['event.type'] = ['start'];
}
