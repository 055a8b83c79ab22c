import type { EcsFields } from '../core/event.ts';
import type { Message, MessageParser } from '../core/stages.ts';
import { sourceFields } from './web/error-event.ts';

// suhosin_log() in PHP's suhosin extension ends with "(attacker 'ADDRESS', file 'FILE'[, line N])". The names of variables
// that stand before are the client's, so the last such group counts.
const ALERT =
  /^(?:\([\w.-]{1,60}\.\d{1,6}\) )?(?:FastCGI-stderr: ?)?(?<level>ALERT|ALERT-SIMULATION) - (?<text>.*) \(attacker '(?<ip>[^'\s]{1,80})', file '(?<file>[^']*)'(?:, line \d{1,9})?\)$/s;

/** Suhosin, PHP's hardening extension: requests that broke one of its limits. */
export default {
  kind: 'message',
  name: 'suhosin',
  programs: ['suhosin', 'lighttpd', 'php', 'php-fpm', 'php-cgi', 'apache2', 'httpd'],
  prefixes: ['ALERT - ', 'ALERT-SIMULATION - '],
  parse({ message }: Message): EcsFields | null {
    const found = ALERT.exec(message.slice(0, 16_384))?.groups;
    if (!found) return null;
    return {
      'event.kind': 'alert',
      'event.category': ['web'],
      'event.type': ['error'],
      'event.action': 'http_error',
      'event.reason': found['text']?.replace(/ - dropped variable .*$/s, ''),
      'log.level': 'alert',
      'file.path': found['file'],
      'rule.category': ['waf'],
      'rule.name': ['suhosin'],
      'threat.technique.id': ['T1190'],
      ...sourceFields({ address: found['ip'], port: undefined }),
    };
  },
} satisfies MessageParser;
