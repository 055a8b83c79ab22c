import type { Call } from './calls.ts';
import { isHistory, type LogKind, logKind } from './log-paths.ts';
import { flag, operands, option, programs, type Rule, rule, textRule, upstream, written } from './rule.ts';

const removes = programs('rm unlink shred srm wipe rmdir');
const EDITORS = programs('sed perl ruby awk gawk mawk');
const EMPTY = programs(': true echo printf cat cp');
const NOTHING = /^(?:\/dev\/(?:null|zero|u?random)|-n|-e|-ne|'{2}|"{2})?$/;
const CLEANERS = programs(
  'utclean logtamper vanish vanish2 moonwalk mig-logcleaner mig-logcleaner11 logwedit wzap clearlogs',
);

/** Logs that the call removes or empties, or whose content it replaces with its own. */
function wiped(call: Call): LogKind[] {
  const kinds = (paths: readonly string[]) => paths.map((path) => logKind(path, call)).filter((kind) => kind !== null);
  const { name } = call;
  if (removes(call)) return kinds(operands(call));
  if (name === 'find') return found(call);
  if (name === 'truncate')
    return flag(call, 's', 'size') ? kinds(operands(call).filter((arg) => !/^\d+$/.test(arg))) : [];
  const onto = kinds(replaced(call));
  if (name === 'ln' || isEmptying(call)) return onto;
  // A program that writes its own log, or a copy into the folder; but no web server edits what it wrote.
  return onto.filter((kind) => kind === 'login' || (kind === 'web' && EDITORS(call)));
}

// utmpdump writes to the file of -o; a folder is no target of `>`, tee or cp.
function replaced(call: Call): string[] {
  return [...written(call, false), ...(call.name === 'utmpdump' ? [option(call, 'o', 'output') ?? ''] : [])].filter(
    (path) => logKind(path, call) !== 'folder' || /[*?$]/.test(path),
  );
}

/** Does it write nothing: `>` alone, `: >`, `echo >`, `cat /dev/null >`, `cp /dev/null`? */
function isEmptying(call: Call): boolean {
  if (call.name === '') return true;
  if (call.name === 'dd') return call.args.some((arg) => /^if=\/dev\/(?:null|zero|u?random)$/.test(arg));
  if (call.name === 'tee') return call.from !== null && isEmptying(call.from);
  if (call.name === 'cp') return call.args.includes('/dev/null');
  return EMPTY(call) && call.args.every((arg) => NOTHING.test(arg));
}

/** What `find … -delete` takes away. With an age it is housekeeping. */
function found(call: Call): LogKind[] {
  const { args } = call;
  if (
    !args.some((arg) => arg === '-delete' || /^(?:rm|shred|truncate|unlink)$/.test(arg.slice(arg.lastIndexOf('/') + 1)))
  )
    return [];
  if (args.some((arg) => /^-[acm](?:time|min)$/.test(arg))) return [];
  const option = args.findIndex((arg) => arg.startsWith('-'));
  const name = args[args.findIndex((arg) => /^-i?name$/.test(arg)) + 1];
  const named = name !== undefined && args.some((arg) => /^-i?name$/.test(arg)) ? `/${name}` : '';
  return args.slice(0, Math.max(option, 0)).flatMap((path) => {
    const kind = logKind(path === '/' || path === '/var' ? `/var/log${named || '/x'}` : `${path}${named}`, call);
    return kind === null ? [] : [kind];
  });
}

const wipes =
  (...kinds: readonly LogKind[]) =>
  (call: Call) =>
    wiped(call).some((kind) => kinds.includes(kind));

/** A login log that is moved out of the folder of logs, or over to nothing. */
function movesAway(call: Call): boolean {
  const words = operands(call);
  const to = words.at(-1) ?? '';
  if (call.name !== 'mv' || words.length < 2 || logKind(to, call) !== null) return false;
  if (!to.includes('/') && !call.folder) return false;
  return words.slice(0, -1).some((word) => ['login', 'folder'].includes(logKind(word, call) ?? ''));
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, s: 1, sec: 1, seconds: 1, min: 60, m: 60 };

/** Vacuumed so that nothing is left: to less than a mebibyte, or to the last ten minutes. */
function vacuumsAll(call: Call): boolean {
  if (call.name !== 'journalctl') return false;
  const below = (value: string | undefined, most: number) => {
    const [, number = '', unit = ''] = /^(\d{1,12})\s?([A-Za-z]{0,8})$/.exec(value ?? '') ?? [];
    const factor = UNITS[unit];
    return number !== '' && factor !== undefined && Number(number) * factor <= most;
  };
  const size = option(call, '', 'vacuum-size');
  return below(size === '1M' ? '1024K' : size, 1024 * 1024) || below(option(call, '', 'vacuum-time'), 600);
}

const LOGGERS =
  /^(?:(?:r?syslog|syslog-ng|rsyslogd?|syslogd|sysklogd|klogd|metalog|auditd|go-audit|systemd-journald(?:-audit|-dev-log)?|journald|auditbeat)d?)(?:\.(?:service|socket))?$/;
const GUARDS =
  /^(?:fail2ban(?:-server)?|crowdsec|sshguard|denyhosts|falcon-sensor|falco|ossec|ossec-hids|wazuh(?:-agent|-manager)?|osqueryd?|filebeat|td-agent|fluent-?bit|fluentd|promtail|splunk(?:forwarder)?|SplunkForwarder|mdatp|clamav(?:-daemon|-freshclam)?|clamd|aide|samhain|suricata|snort|nxlog|vector|laurel|sentinelone|cbagentd)(?:\.(?:service|timer|socket))?$/;
const FIREWALLS = /^(?:ufw|firewalld|iptables|ip6tables|nftables|netfilter-persistent|apf|csf)(?:\.service)?$/;

/** What the call does to services: stop, disable, …; and to which. */
function service(call: Call): { readonly verb: string; readonly units: readonly string[] } {
  const words = operands(call);
  const [first = '', second = ''] = words;
  if (call.name === 'systemctl') {
    const verb = words.findIndex((word) =>
      /^(?:stop|disable|mask|kill|try-restart|restart|start|enable|reload)$/.test(word),
    );
    return verb < 0 ? { verb: '', units: [] } : { verb: words[verb] as string, units: words.slice(verb + 1) };
  }
  if (/^(?:service|rc-service|invoke-rc\.d)$/.test(call.name)) return { verb: second, units: [first] };
  if (/^(?:chkconfig|update-rc\.d|rc-update)$/.test(call.name)) {
    const off = words.some((word) => /^(?:off|disable|remove|del|delete)$/.test(word));
    return { verb: off ? 'disable' : '', units: words };
  }
  if (call.name === 'initctl') return { verb: first, units: words.slice(1) };
  return /\/(?:init|rc)\.d\//.test(call.path) ? { verb: first, units: [call.name] } : { verb: '', units: [] };
}

function stops(call: Call, verbs: RegExp, units: RegExp): boolean {
  const told = service(call);
  if (told.verb === 'kill' && harmless(option(call, 's', 'signal') ?? option(call, '', 'kill-whom'))) return false;
  return verbs.test(told.verb) && told.units.some((unit) => units.test(unit));
}

/** Signals that ask a daemon to reopen its files, or nothing. */
function harmless(signal: string | undefined): boolean {
  return signal !== undefined && /^(?:SIG)?(?:HUP|USR[12]|CONT|0|1|10|12|18|WINCH)$/i.test(signal);
}

const NAMED =
  /(?:^|[\s/(])(?:r?syslogd?|rsyslogd|syslog-ng|syslogd|auditd|systemd-journald?|journald)(?:\.pid)?(?=$|[\s).$])/;

function kills(call: Call): boolean {
  if (!/^(?:pkill|killall|killall5|kill|skill)$/.test(call.name)) return false;
  const [first = ''] = call.args;
  const signal = /^-(?:s$|-signal)/.test(first) ? option(call, 's', 'signal') : first.replace(/^-/, '');
  if (first.startsWith('-') && harmless(signal)) return false;
  if (call.args.includes('-l') || call.args.includes('-0')) return false;
  const feeding = upstream(call).flatMap(({ name, args }) =>
    /^(?:pgrep|pidof|ps|cat|grep|awk)$/.test(name) ? args : [],
  );
  return [...call.args, ...feeding].some((word) => NAMED.test(word));
}

const WIPED = 'Logs wiped';
const HISTORY = 'Command history wiped';
const STOPPED = 'Logging stopped';

/** Logs and histories wiped; logging and what guards the machine stopped. */
export const LOG_RULES: readonly Rule[] = [
  rule(WIPED, 'critical', 'T1070.002', wipes('login', 'folder')),
  rule(WIPED, 'critical', 'T1070.002', CLEANERS),
  rule(WIPED, 'high', 'T1070.002', wipes('web')),
  rule(WIPED, 'high', 'T1070.002', movesAway),
  rule(WIPED, 'high', 'T1070.002', vacuumsAll),
  rule("A program's log emptied or removed", 'medium', 'T1070.002', wipes('app')),
  rule(HISTORY, 'high', 'T1070.003', (call) => call.name === 'history' && flag(call, 'c')),
  rule(HISTORY, 'medium', 'T1070.003', (call) => call.name === 'history' && flag(call, 'd')),
  rule(HISTORY, 'high', 'T1070.003', (call) =>
    (removes(call) || call.name === 'truncate' ? operands(call) : written(call, false)).some(isHistory),
  ),
  textRule(
    'Command history switched off',
    'high',
    'T1562.003',
    /\bunset\s{1,9}(?:-v\s{1,9})?HISTFILE\b|\bHISTFILE=(?:["']{2})?(?:\/dev\/null|[\s;]|$)|\bHIST(?:FILE)?SIZE=0\b|\bset\s{1,9}\+o\s{1,9}history\b/,
  ),
  rule(STOPPED, 'critical', 'T1562.001', (call) => stops(call, /^(?:stop|kill)$/, LOGGERS) || kills(call)),
  rule(STOPPED, 'high', 'T1562.001', (call) => stops(call, /^(?:disable|mask)$/, LOGGERS)),
  rule('Protection switched off', 'high', 'T1562.001', (call) => stops(call, /^(?:stop|kill|disable|mask)$/, GUARDS)),
  rule('Audit rules removed', 'critical', 'T1562.012', (call) =>
    call.name === 'auditctl' ? flag(call, 'D') || option(call, 'e') === '0' : false,
  ),
  rule('Firewall opened', 'high', 'T1562.004', (call) => stops(call, /^(?:stop|disable|mask)$/, FIREWALLS)),
];
