import type { Call } from './calls.ts';
import { flag, operands, option, programs, type Rule, rule, textRule, written } from './rule.ts';

const writes = (path: RegExp) => (call: Call) => written(call).some((file) => path.test(file));
const modeOf = (call: Call) =>
  call.name === 'chmod'
    ? (call.args.find((arg) => !/^-[Rvcf]{1,4}$|^--/.test(arg)) ?? '')
    : call.name === 'install'
      ? (option(call, 'm', 'mode') ?? '')
      : '';

/** 4755, 06755, u+s, +s; not the set-gid bit alone, which shared folders have. */
export const isSetUid = (call: Call) =>
  /^0?[4-7][0-7]{3}$|(?:^|,)(?:[ugoa]*[ua][ugoa]*)?[+=][rwxXt]*s/.test(modeOf(call));

export function changesCrontab(call: Call): boolean {
  if (call.name !== 'crontab' || flag(call, 'lerTV')) return false;
  const user = option(call, 'u', 'user');
  return call.from !== null || call.args.some((arg) => arg === '-' || (!arg.startsWith('-') && arg !== user));
}

const STARTS =
  /^(?:\/etc|\/usr\/lib|\/lib|\/run)\/systemd\/system\/|^\/etc\/(?:init\.d\/|init\/|rc\.local$|rc\d?\.d\/)|\/\.config\/systemd\/user\//;
const CRON = /^\/etc\/(?:cron|anacrontab)|^\/var\/spool\/cron\//;
const PRELOAD = /^\/etc\/ld\.so\.preload$/;
const SHELL_START =
  /(?:^|\/)\.(?:bashrc|bash_profile|profile|zshrc|bash_login|bash_logout|zprofile)$|^\/etc\/(?:profile$|profile\.d\/|bash\.bashrc$|zsh\/)/;
/** Does something of the file run by itself: at a start, at a login, on a schedule, in each program? */
export const startsByItself = (file: string) =>
  [CRON, PRELOAD, STARTS, SHELL_START].some((places) => places.test(file));
const opens = programs('iptables ip6tables iptables-legacy');
const POWERS = /cap_(?:setuid|setgid|dac_override|dac_read_search|sys_admin|sys_ptrace|sys_module|chown|fowner)|^=/;

/** What makes an intruder's work last, raises its rights or hides it. */
export const STAY_RULES: readonly Rule[] = [
  rule('Run at every start or on a schedule', 'high', 'T1053.003', changesCrontab),
  rule('Run at every start or on a schedule', 'high', 'T1053.003', writes(CRON)),
  textRule('Run at every start or on a schedule', 'high', 'T1053.003', /(?:^|[\s'"])@reboot\s/),
  rule(
    'Run at every start or on a schedule',
    'medium',
    'T1053.003',
    (call) => call.name === 'crontab' && flag(call, 'er'),
  ),
  rule(
    'Run at every start or on a schedule',
    'medium',
    'T1053.002',
    (call) => (call.name === 'at' && call.args.length > 0 && !flag(call, 'lcdrqV')) || call.name === 'batch',
  ),
  rule('Library preloaded everywhere', 'high', 'T1574.006', writes(PRELOAD)),
  rule('Service installed', 'medium', 'T1543.002', writes(STARTS)),
  rule(
    'Service installed',
    'medium',
    'T1543.002',
    (call) => call.name === 'systemctl' && operands(call)[0] === 'enable',
  ),
  rule('Shell start file changed', 'medium', 'T1546.004', writes(SHELL_START)),
  rule('Kernel module loaded', 'high', 'T1547.006', (call) => call.name === 'insmod' && call.args.length > 0),
  rule(
    'Kernel module loaded',
    'medium',
    'T1547.006',
    (call) => call.name === 'modprobe' && operands(call).length > 0 && !flag(call, 'rnDcR', 'remove'),
  ),
  rule('Set-uid program made', 'high', 'T1548.001', isSetUid),
  rule(
    'Capability granted',
    'high',
    'T1548.001',
    (call) => call.name === 'setcap' && !flag(call, 'rv') && call.args.some((arg) => POWERS.test(arg)),
  ),
  rule('Capability granted', 'medium', 'T1548.001', (call) => call.name === 'setcap' && !flag(call, 'rv')),
  rule(
    'File time forged',
    'high',
    'T1070.006',
    (call) => call.name === 'touch' && (flag(call, 'rtd', 'reference') || option(call, '', 'date') !== undefined),
  ),
  rule(
    'File made unchangeable or hidden',
    'medium',
    'T1222.002',
    (call) => call.name === 'chattr' && call.args.some((arg) => /^[+=-][A-Za-z]*[ai]/.test(arg)),
  ),
  rule('Firewall opened', 'high', 'T1562.004', (call) => {
    if (opens(call))
      return flag(call, 'FX', 'flush') || (option(call, 'P', 'policy') !== undefined && call.args.includes('ACCEPT'));
    if (call.name === 'nft') return call.args[0] === 'flush';
    if (call.name === 'ufw') return call.args.includes('disable') || call.args.includes('reset');
    return call.name === 'setenforce' && /^(?:0|permissive)$/i.test(call.args[0] ?? '');
  }),
  rule(
    'Firewall opened',
    'medium',
    'T1562.004',
    (call) => call.name === 'firewall-cmd' && call.args.some((arg) => arg.startsWith('--add-')),
  ),
];
