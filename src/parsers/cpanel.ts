import { type EcsFields, withFields } from '../core/event.ts';
import type { LineContext, LineParser, Parsed } from '../core/stages.ts';
import { StampReader } from '../core/stamp.ts';
import { loginFields, quotedRequestFields, sourceFields } from './web/error-event.ts';

// cPanel's login_log: "[2022-06-29 14:06:40 +1000] info [cpaneld] 192.0.2.7 - name "POST /login/ HTTP/1.1" FAILED LOGIN …".
// The name is the client's; the address in front of it is the server's.
const LINE =
  /^\[(?<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?<zone>[+-]\d{4})\] (?<level>[a-z]{4,8}) \[(?<service>cpaneld|whostmgrd|webmaild|cpdavd|cpsrvd)\] (?<peer>\S{2,45}) - (?<user>[^"]{0,255}) "(?<request>[^"]{0,8192})" (?<result>FAILED|DEFERRED|SUCCESS) LOGIN(?: (?<reason>.{0,500}))?/;

/** cPanel, WHM and Webmail logins. */
export default {
  kind: 'line',
  name: 'cpanel',
  parse(line: string, context: LineContext): Parsed | null {
    const parts = line.charCodeAt(0) === 0x5b ? LINE.exec(line.slice(0, 16_384))?.groups : undefined;
    if (!parts) return null;
    const stamp = new StampReader(context.zone, context.year);
    if (stamp.read(`${parts['stamp']}${parts['zone']}`, 0) === -1) return null;
    const { time, certainty } = stamp;
    const reason = parts['reason'] ?? '';
    const locked = /brute force attempt/.test(reason);
    const fields: EcsFields = withFields(quotedRequestFields(parts['request'] as string, '', 0), {
      'rule.category': undefined,
      'threat.technique.id': undefined,
      ...loginFields(parts['user'], 'password', reason),
      'event.outcome': parts['result'] === 'SUCCESS' ? 'success' : 'failure',
      'log.level': parts['level'],
      ...sourceFields({ address: parts['peer'], port: undefined }),
      ...(locked
        ? {
            'event.kind': 'alert',
            'rule.category': ['brute-force'],
            'rule.name': ['locked out by cPanel'],
            'threat.technique.id': ['T1110'],
          }
        : {}),
    });
    return { time, certainty, process: parts['service'], fields };
  },
} satisfies LineParser;
