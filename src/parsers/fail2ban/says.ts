import type { EcsFields } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';

const LEVEL = /^(?<level>CRITICAL|ERROR|WARNING|NOTICE|INFO|DEBUG|TRACEDEBUG|HEAVYDEBUG) {1,8}/;
const JAIL = /^\[(?<jail>[\w.-]{1,64})\] {1,4}/;
const VERBS: readonly (readonly [words: RegExp, type: readonly string[], action: string])[] = [
  [/^(?:Restore |Increase )?Ban (?<ip>\S{2,64})/, ['denied'], 'ban'],
  [/^Unban (?<ip>\S{2,64})$/, ['allowed'], 'unban'],
  [/^Found (?<ip>[^\s,]{2,64})(?:, bad)?(?: - |$)/, ['info'], 'ban_found'],
  [/^(?<ip>\S{2,64}) already banned$/, ['info'], 'ban_again'],
  [/^Ignore (?<ip>\S{2,64})(?: |$)/, ['info'], 'ban_ignored'],
];
const SERVER: readonly (readonly [words: RegExp, type: string, action: string])[] = [
  [/^Starting Fail2ban v/, 'start', 'ban_service_started'],
  [/^(?:Exiting Fail2ban|Stopping all jails|Shutdown in progress)/, 'end', 'ban_service_stopped'],
  [/^Jail '(?<jail>[\w.-]{1,64})' started/, 'start', 'jail_started'],
  [/^Jail '(?<jail>[\w.-]{1,64})' stopped/, 'end', 'jail_stopped'],
  [/^rollover performed on /, 'info', 'log_rotated'],
];

/** What fail2ban says after its own head: "NOTICE [sshd] Ban 192.0.2.7". Null when it has no level. */
export function fail2banFields(text: string): EcsFields | null {
  const level = LEVEL.exec(text);
  if (!level) return null;
  const rest = text.slice(level[0].length);
  const jail = JAIL.exec(rest);
  const said = jail ? rest.slice(jail[0].length) : rest;
  return {
    'log.level': level.groups?.['level']?.toLowerCase(),
    ...(jail ? ofJail(said, jail.groups?.['jail']) : ofServer(said)),
  };
}

function ofJail(said: string, jail: string | undefined): EcsFields {
  for (const [words, type, action] of VERBS) {
    const written = words.exec(said)?.groups?.['ip'];
    if (written === undefined) continue;
    const ip = canonicalIp(written) ?? undefined;
    const category = [type[0] === 'info' ? 'intrusion_detection' : 'network'];
    return {
      'event.category': category,
      'event.type': type,
      'event.action': action,
      'source.address': written,
      'source.ip': ip,
      'rule.name': jail,
    };
  }
  return { 'event.category': ['process'], 'event.type': ['info'], 'rule.name': jail };
}

function ofServer(said: string): EcsFields {
  for (const [words, type, action] of SERVER) {
    const found = words.exec(said);
    if (found)
      return {
        'event.category': ['process'],
        'event.type': [type],
        'event.action': action,
        'rule.name': found.groups?.['jail'],
      };
  }
  return { 'event.category': ['process'], 'event.type': ['info'] };
}
