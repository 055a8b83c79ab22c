import { type EcsFields, withFields } from '../../core/event.ts';
import { CHANGE, END, HOST, INFO, PROCESS, START } from '../auth/words.ts';

function host(action: 'boot' | 'shutdown', reason: string): EcsFields {
  return {
    'event.category': HOST,
    'event.type': action === 'boot' ? START : END,
    'event.action': action,
    'event.reason': reason.slice(0, 200),
  };
}

const BOOT =
  /^(?:(?:\[ *\d{1,10}\.\d{3,9}\] )?Linux version \d|Startup finished in |systemd \d{1,4}.{0,40} running in system mode|Copyright \(c\) 1992|Initializing cgroup subsys cpuset)/;
const SHUTDOWN =
  /^(?:(?:Reached target|Starting) (?:System )?(?:Power[- ]?Off|Reboot|Shutdown|Halt|shutdown\.target|reboot\.target|poweroff\.target)|(?:Rebooting|Powering off|Halting system|Shutting down)\.?|reboot: (?:Restarting system|Power down|System halted)|Switching to runlevel: [06]|shutting down for system (?:halt|reboot)|(?:reboot(?:ed)?|halt(?:ed)?|power-down|shutdown) by \S{1,256}|Received (?:SIGINT|SIGRTMIN\+5)|The system is going down)/i;
const SWITCHED = /^(?:Time has been changed|System time before build time)/;

// Units whose starts and stops matter for what a log can know: "Started OpenBSD Secure Shell server.", "Stopped rsyslog.service - …"
const UNIT =
  /^(?<how>Starting|Started|Stopping|Stopped|Reloading|Reloaded|Failed to start)(?: (?<unit>[\w@.:\\-]{1,200}\.(?:service|socket)))?(?: - )? ?(?<title>.{0,200}?)(?:\.{1,3})?$/;
const LOGGING =
  /^(?:rsyslog|syslog|syslog-ng|syslogd|auditd|systemd-journald)\.(?:service|socket)$|^(?:System Logging Service|Security Auditing Service|Journal Service|Syslog Socket|System Logger Daemon|.{0,20}audit.{0,20}(?:daemon|service))$/i;
const WATCHED =
  /^(?:ssh|sshd|cron|crond|fail2ban|firewalld|ufw|nftables|iptables|apparmor|nginx|apache2|httpd|vsftpd|proftpd)\.(?:service|socket)$|^(?:.{0,20}(?:OpenSSH|Secure Shell).{0,30}|Regular background program processing daemon|Command Scheduler|Fail2Ban Service|firewalld.{0,40}|Uncomplicated firewall|nftables|.{0,30}Apache HTTP Server|.{0,60}nginx.{0,60})$/i;

const HOW: Readonly<Record<string, 'started' | 'stopped' | 'failed' | undefined>> = {
  Started: 'started',
  Stopped: 'stopped',
  'Failed to start': 'failed',
};

function unit(text: string): EcsFields | null {
  const groups = UNIT.exec(text)?.groups;
  if (!groups) return null;
  const { unit: name, title } = groups;
  const matches = (pattern: RegExp) => (name !== undefined && pattern.test(name)) || pattern.test(title ?? '');
  const how = HOW[groups['how'] as string];
  const logging = matches(LOGGING);
  const said = {
    'event.category': PROCESS,
    'event.type': how === 'started' ? START : how === 'stopped' ? END : INFO,
    'service.name': name ?? title,
  };
  if (how === undefined || (!logging && !matches(WATCHED))) return withFields(said, { 'event.action': 'service_info' });
  if (logging && how !== 'failed')
    return withFields(said, { 'event.action': how === 'started' ? 'log_started' : 'log_stopped' });
  return withFields(said, { 'event.action': `service_${how}` });
}

const SYSTEMD_TALK =
  /^(?:Created slice|Removed slice|Listening on|Closed|Reached target|Stopped target|Mounted|Unmounted|Mounting|Unmounting|Set up|Finished|Condition check|Starting|Activating|Deactivated|Reexecuting|Reloading|Queued|Received|Detected|Set hostname|[\w@.:\\-]{1,200}: |Session |User |Removed |Started |Stopped |Stopping |Activated |Failed |Startup |Time |Found |Expecting |Dependency |Using |Hostname |Successfully |Inserted |Configuration |Unit )/;

/** Boot, shutdown, services worth knowing and the clock, from systemd, the kernel and the old init; null for the rest. */
export function hostMessage(text: string, appName: string): EcsFields | null {
  if (BOOT.test(text)) return host('boot', text);
  if (appName === 'kernel') return /^reboot: /.test(text) ? host('shutdown', text) : null;
  if (SHUTDOWN.test(text)) return host('shutdown', text);
  if (SWITCHED.test(text))
    return {
      'event.category': HOST,
      'event.type': CHANGE,
      'event.action': 'clock_set',
      'event.reason': text.slice(0, 200),
    };
  if (appName !== 'systemd') return null;
  const said = unit(text);
  if (said) return said;
  return SYSTEMD_TALK.test(text)
    ? { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'service_info' }
    : null;
}
