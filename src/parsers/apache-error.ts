import { type EcsFields, withFields } from '../core/event.ts';
import { canonicalIp } from '../core/ip.ts';
import type { LineContext, LineParser, Parsed } from '../core/stages.ts';
import { StampReader } from '../core/stamp.ts';
import { apacheMessageFields } from './web/apache-message.ts';
import { type ErrorSource, errorFields, sourceFields } from './web/error-event.ts';

// do_errorlog_default() in httpd's server/log.c. 2.4: "[Thu Jun 27 11:55:44.569531 2013] [core:info] [pid 4101:tid 29]
// (13)Permission denied: [client 192.0.2.12:46652] AH00128: text"; 2.2 has neither module, pid nor port.
const HEAD =
  /^(?:\[(?:[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day> ?\d{1,2}) (?<clock>\d\d:\d\d:\d\d)(?<fraction>\.\d{1,9})? (?<year>\d{4})|(?<iso>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[\d.,:+Z-]{0,16}(?: [+-]\d{4})?))\] )?\[(?:(?<module>[\w-]{0,40}):)?(?<level>[a-z]{4,6}\d?)\] (?:\[pid (?<pid>\d{1,10})(?::tid (?<tid>\d{1,20}))?\] )?/;
const CLIENT =
  /^(?:[^[\]]{0,200}: )?\[(?:client|remote) (?<peer>\[[\da-f:.]{2,45}\]:\d{1,5}|[^\s\]]{1,80})\] (?:\[client [^\s\]]{1,80}\] )?/i;

/**
 * Apache httpd's error log, 2.2 and 2.4, with mod_security's lines. The server writes the client's address in front of
 * all that a client could choose, so the first one is it.
 */
export default {
  kind: 'line',
  name: 'apache-error',
  programs: ['apache', 'apache2', 'httpd'],
  parse(line: string, context: LineContext): Parsed | null {
    if (line.charCodeAt(0) !== 0x5b) return null;
    const head = HEAD.exec(line.slice(0, 200));
    const parts = head?.groups;
    if (!head || !parts) return null;
    const stamp = new StampReader(context.zone, context.year);
    const stamped = parts['clock'] !== undefined || parts['iso'] !== undefined; // through syslog it writes none
    if (stamped && stamp.read(stampText(parts), 0) === -1) return null;
    const rest = line.slice(head[0].length);
    const client = CLIENT.exec(rest.slice(0, 500));
    const message = client === null ? rest : rest.slice(client[0].length);
    const modern = parts['module'] !== undefined || parts['pid'] !== undefined;
    if (!stamped && client === null) return null; // brackets alone are no one's
    const fields: EcsFields = withFields(errorFields(parts['level'] as string), {
      'apache.error.module': parts['module'] === '' ? undefined : parts['module'],
      'process.thread.id': parts['tid'] === undefined ? undefined : Number(parts['tid']),
      ...sourceFields(sourceOf(client?.groups?.['peer'], modern)),
      ...apacheMessageFields(message),
    });
    const when = stamped ? { time: stamp.time, certainty: stamp.certainty } : {};
    const who = parts['pid'] === undefined ? {} : { pid: Number(parts['pid']) };
    return { message, fields, ...when, ...who };
  },
} satisfies LineParser;

// As StampReader knows it: "Jun 27 2013 11:55:44.569531" has its year behind the day.
function stampText(parts: Readonly<Record<string, string | undefined>>): string {
  if (parts['iso'] !== undefined) return parts['iso'].replace(/ (?=[+-]\d{4}$)/, '');
  const day = (parts['day'] as string).trim().padStart(2, '0');
  const clock = `${parts['clock']}${parts['fraction'] ?? ''}`;
  return `${parts['month']} ${day} ${parts['year']} ${clock}`;
}

/**
 * 2.4 puts the port behind an IPv6 address with no brackets, `::1:37752`. No client has a port below 1024, so that tells
 * most of them from an address without a port.
 */
function sourceOf(peer: string | undefined, modern: boolean): ErrorSource {
  if (peer === undefined) return { address: undefined, port: undefined };
  const plain = /^(?:(?<four>[\d.]{7,15})|\[(?<six>[\da-f:.]{2,45})\]):(?<port>\d{1,5})$/i.exec(peer)?.groups; // no two ways to read it
  if (plain) return { address: plain['four'] ?? plain['six'], port: Number(plain['port']) };
  const split = /^(?<host>.+?):(?<port>\d{4,5})$/.exec(peer)?.groups;
  if (!split || (!modern && canonicalIp(peer) !== null)) return { address: peer, port: undefined };
  const port = Number(split['port']);
  const host = split['host'] as string;
  const plausible = port >= 1024 && port <= 65_535 && (canonicalIp(host) !== null || !host.includes(':'));
  return plausible ? { address: host, port } : { address: peer, port: undefined };
}
