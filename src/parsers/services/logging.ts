import type { EcsFields } from '../../core/event.ts';
import { END, INFO, PROCESS, START } from '../auth/words.ts';

type Action = 'log_started' | 'log_stopped' | 'log_lost' | 'log_rotated';

const TYPES = { log_started: START, log_stopped: END, log_lost: INFO, log_rotated: INFO } as const;

function logging(action: Action, reason: string, lost?: string): EcsFields {
  return {
    'event.category': PROCESS,
    'event.type': TYPES[action],
    'event.action': action,
    'event.reason': reason.slice(0, 200),
    'spoor.lost.count': lost === undefined ? undefined : Number(lost),
  };
}

// `lost` is how many lines are gone, where the daemon counts them.
const MESSAGES: readonly (readonly [RegExp, Action])[] = [
  // rsyslog
  [/^(?:\[origin software="rsyslogd"[^\]]{0,400}\] )?(?:start|restart)\b/, 'log_started'],
  [/^(?:\[origin software="rsyslogd"[^\]]{0,400}\] )?exiting on signal \d{1,3}/, 'log_stopped'],
  [/^(?:\[origin software="rsyslogd"[^\]]{0,400}\] )?rsyslogd was (?:HUPed|SIGHUPed)/i, 'log_rotated'],
  [/^im(?:uxsock|journal|klog|udp|tcp)\b.{0,80}?(?:lost|: begin to drop)(?: (?<lost>\d{1,10}))? messages/, 'log_lost'],
  [/^im(?:uxsock|journal|klog|udp|tcp)\b.{0,80}?[: ](?<lost>\d{1,10}) messages lost/, 'log_lost'],
  [/^im(?:uxsock|journal)\b.{0,80}?begins? to drop messages/, 'log_lost'],
  [/^action '[^']{1,128}' (?:suspended|resumed)/, 'log_lost'],
  // syslogd of the BSDs and sysklogd
  [/^(?:syslogd? \S{1,40}: )?restart(?:ed)?\.?$/, 'log_started'],
  [/^syslogd? [\w.:-]{1,40}: restart/, 'log_started'],
  [/^syslogd started: |^kernel boot file is \/[\w./-]{1,200}$/, 'log_started'],
  [/^klogd \S{1,40}, log source = /, 'log_started'],
  [/^(?:exiting on signal \d{1,3}|syslogd exiting|Kernel logging \(proc\) stopped)/, 'log_stopped'],
  [/^logfile turned over/, 'log_rotated'],
  [/^dropped (?<lost>\d{1,10}) messages?, error \d{1,5}/, 'log_lost'],
  [/^Kernel log daemon terminating/, 'log_stopped'],
  // syslog-ng
  [/^syslog-ng starting up/, 'log_started'],
  [/^syslog-ng shutting down/, 'log_stopped'],
  [/^(?:Configuration reload request received|syslog-ng (?:reloading|SIGHUP))/, 'log_rotated'],
  [/^Log statistics;.{0,4000}?dropped='[^=']{1,200}=(?<lost>[1-9]\d{0,9})'/, 'log_lost'],
  [/^(?:Destination queue full|Destination .{1,100} dropped)/, 'log_lost'],
  // journald
  [/^(?:Journal started|Collecting audit messages is)/, 'log_started'],
  [/^(?:Journal stopped|Received SIGTERM from PID|Stopped Journal)/, 'log_stopped'],
  [/^Suppressed (?<lost>\d{1,10}) messages from /, 'log_lost'],
  [/^Missed (?<lost>\d{1,10}) (?:kernel )?messages/, 'log_lost'],
  [/^(?:File \S{1,1024} corrupted or uncleanly shut down|Failed to write entry)/, 'log_lost'],
  [/^(?:Received client request to (?:rotate|vacuum)|Vacuuming done|Rotating)/, 'log_rotated'],
  [/^(?:Deleted archived journal)/, 'log_rotated'],
  // auditd's own words in syslog
  [
    /^(?:Started dispatcher|Init complete|auditd \S{1,20} (?:starting|started)|Audit daemon .{0,20}started)/,
    'log_started',
  ],
  [
    /^(?:The audit daemon is exiting|Audit daemon is low on disk|Audit daemon .{0,20}(?:shutting|stopp))/,
    'log_stopped',
  ],
  [/^Audit daemon rotating log files/, 'log_rotated'],
  [/^(?:ALERT exited abnormally|error compressing|logrotate .{0,80}exited)/, 'log_rotated'],
];

/** What rsyslog, syslogd, syslog-ng, journald or auditd say of their own life, or null. */
export function loggingMessage(text: string): EcsFields | null {
  for (const [pattern, action] of MESSAGES) {
    const match = pattern.exec(text);
    if (match) return logging(action, text, match.groups?.['lost']);
  }
  return null;
}
