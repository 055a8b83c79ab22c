import type { EcsFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { INFO, PROCESS } from './auth/words.ts';
import { clockMessage } from './services/clock.ts';
import { hostMessage } from './services/host.ts';
import { loggingMessage } from './services/logging.ts';

const LOGGING = [
  'rsyslogd',
  'rsyslogd-2177',
  'syslogd',
  'syslog-ng',
  'klogd',
  'systemd-journald',
  'systemd-journal',
  'newsyslog',
  'sendsyslog',
  'logrotate',
  'auditd',
  'syslog',
];
const CLOCKS = [
  'chronyd',
  'ntpd',
  'ntpdate',
  'openntpd',
  'systemd-timesyncd',
  'systemd-timedated',
  'sntp',
  'ntpd-rs',
  'hwclock',
];
const HOSTS = [
  'systemd',
  'init',
  'shutdown',
  'reboot',
  'halt',
  'poweroff',
  'systemd-shutdown',
  'kernel',
  'runlevel',
  'last',
];

const READERS: ReadonlyMap<string, (text: string, appName: string) => EcsFields | null> = new Map([
  ...LOGGING.map((name) => [name, loggingMessage] as const),
  ...CLOCKS.map((name) => [name, clockMessage] as const),
  ...HOSTS.map((name) => [name, hostMessage] as const),
]);
const KNOWN_BY_NAME = new Set([...LOGGING, ...CLOCKS]);

/** What keeps logs and time, and the host itself: starts, stops, losses and jumps that explain a hole or a disorder. */
export default {
  kind: 'message',
  name: 'services',
  programs: [...READERS.keys()],
  parse({ message, appName }): EcsFields | null {
    if (/^(?:node=\S{1,253} )?type=[A-Z]/.test(message)) return null; // an audit record, not a word about auditd
    const said = READERS.get(appName)?.(message, appName) ?? null;
    if (said || !KNOWN_BY_NAME.has(appName)) return said;
    return { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'service_info' };
  },
} satisfies MessageParser;
