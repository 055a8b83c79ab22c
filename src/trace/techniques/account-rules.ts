import { NEVER_ENTERED, SERVICE_ACCOUNTS } from '../service-names.ts';
import { type Call, SHELL } from './calls.ts';
import { flag, operands, option, programs, type Rule, rule, written } from './rule.ts';

const adds = programs('useradd adduser');
const STRONG = /^(?:sudo|sudoers|wheel|root|admin|docker|adm|lxd|disk|shadow)$/;
/** Files that say who may become whom. */
export const SUDOERS = /^(?:\/private|\/usr\/local)?\/etc\/sudoers(?:$|\.d\/)/;
const KEY_FILE = /(?:^|\/)authorized_keys2?$/;
const ACCOUNT_FILE = /^(?:\/private)?\/etc\/(?:passwd|shadow|gshadow|master\.passwd|spwd\.db)$/;
const editors = programs('vi vim nvim nano emacs ed ex joe pico mcedit');

const isHelp = ({ args }: Call) => args.some((arg) => /^(?:--help|-h|-D|--defaults|--version)$/.test(arg));
const writes = (call: Call, path: RegExp) => written(call).some((file) => path.test(file));

function asRoot(call: Call): boolean {
  if (!/^(?:useradd|adduser|usermod|pw)$/.test(call.name)) return false;
  return /^0+$/.test(option(call, 'u', 'uid') ?? '');
}

/** adduser with two names puts the one into the other. */
function raised(call: Call): boolean {
  const words = operands(call);
  const groups = (list: string | undefined) => (list ?? '').split(',').some((group) => STRONG.test(group));
  switch (call.name) {
    case 'usermod':
    case 'useradd':
      return groups(option(call, 'G', 'groups')) || groups(option(call, 'g', 'gid'));
    case 'adduser':
    case 'addgroup':
      return words.length === 2 && groups(words[1]);
    case 'gpasswd':
      return flag(call, 'aM', 'add') && words.some((word) => STRONG.test(word));
    case 'pw':
      return /^group(?:mod)?$/.test(words[0] ?? '') && words.some((word) => STRONG.test(word));
    default:
      return false;
  }
}

/** Does it, or what feeds it, grant every command without a password? */
function grantsAll(call: Call): boolean {
  const said = [...call.args, ...(call.from?.args ?? [])].join(' ');
  return /NOPASSWD\s{0,4}:\s{0,4}ALL\b/.test(said);
}

function changesPassword(call: Call): boolean {
  if (call.name === 'chpasswd') return true;
  if (call.name === 'usermod') return option(call, 'p', 'password') !== undefined;
  return call.name === 'passwd' && !flag(call, 'SleuxnwiaR') && (operands(call).length > 0 || flag(call, 'd', 'stdin'));
}

/** usermod -s, chsh -s: a shell for an account of a service. */
function givesShell(call: Call): boolean {
  if (call.name !== 'usermod' && call.name !== 'chsh') return false;
  const shell = option(call, 's', 'shell') ?? '';
  const isShell = SHELL.test(shell.slice(shell.lastIndexOf('/') + 1));
  return isShell && operands(call).some((word) => SERVICE_ACCOUNTS.has(word) || NEVER_ENTERED.has(word));
}

/** Accounts, rights, passwords and login keys. */
export const ACCOUNT_RULES: readonly Rule[] = [
  rule('Second account with uid 0', 'critical', 'T1136.001 T1098', asRoot),
  rule('Account added', 'high', 'T1136.001', (call) => {
    if (call.name === 'newusers') return true;
    if (call.name === 'pw') return /^(?:useradd|user)$/.test(call.args[0] ?? '') && call.args.length > 1;
    return adds(call) && !isHelp(call) && operands(call).length > 0 && !(call.name === 'adduser' && raised(call));
  }),
  rule('Account written straight into the account files', 'critical', 'T1136.001', (call) =>
    call.name === 'sed' || call.name === 'perl' ? false : writes(call, ACCOUNT_FILE),
  ),
  rule('Account written straight into the account files', 'high', 'T1136.001', (call) => writes(call, ACCOUNT_FILE)),
  rule('Account files edited', 'medium', 'T1136.001', programs('vipw vigr')),
  rule('Rights of an account raised', 'high', 'T1098', raised),
  rule('Rights of an account raised', 'high', 'T1098', (call) => writes(call, /^\/etc\/group$/)),
  rule('Sudo rights written', 'critical', 'T1548.003', (call) => writes(call, SUDOERS) && grantsAll(call)),
  rule('Sudo rights written', 'high', 'T1548.003', (call) => writes(call, SUDOERS)),
  rule('Sudo rights written', 'medium', 'T1548.003', (call) =>
    call.name === 'visudo'
      ? !flag(call, 'cVh', 'check')
      : editors(call) && operands(call).some((file) => SUDOERS.test(file)),
  ),
  rule('Login key added', 'high', 'T1098.004', (call) => writes(call, KEY_FILE)),
  rule('Login key added', 'medium', 'T1098.004', (call) =>
    editors(call) ? operands(call).some((file) => KEY_FILE.test(file)) : call.name === 'ssh-copy-id',
  ),
  rule('Service account given a shell', 'high', 'T1098 T1078.003', givesShell),
  rule('Password changed', 'medium', 'T1098', changesPassword),
];
