import { withFields } from '../core/event.ts';
import type { LineParser, Parsed } from '../core/stages.ts';
import { civil, monthOf } from '../core/stamp.ts';
import { packetFields } from './firewall/packet.ts';

// "101 4 tap101i0-IN 20/Jun/2022:13:12:46 +0200 DROP: IN=…": guest (0 is the host), level, chain, time, verdict, packet
const HEAD =
  /^(?<guest>\d{1,9}) (?<level>\d) (?<chain>[\w-]{1,64}) (?<day>\d\d)\/(?<month>[A-Z][a-z]{2})\/(?<year>\d{4}):(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d) (?<sign>[+-])(?<offset>\d{4}) /;

/** Proxmox VE's /var/log/pve-firewall.log (pvefw-logger). */
export default {
  kind: 'line',
  name: 'pve-firewall',
  parse(line: string): Parsed | null {
    const first = line.charCodeAt(0);
    if (first < 48 || first > 57 || line.length < 80) return null;
    const head = HEAD.exec(line);
    const fields = head?.groups && packetFields(line.slice(head[0].length));
    if (!head?.groups || !fields) return null;
    const { chain } = head.groups;
    const rule = fields['rule.name'] === undefined ? chain : `${chain} ${fields['rule.name']}`;
    const message = line.slice(head[0].length);
    return {
      time: timeOf(head.groups),
      certainty: 'exact',
      message,
      fields: withFields(fields, { 'rule.name': rule }),
    };
  },
} satisfies LineParser;

function timeOf(parts: Record<string, string | undefined>): number {
  const part = (name: string) => Number(parts[name]);
  const month = monthOf(parts['month'] ?? '') ?? Number.NaN;
  const at = civil(part('year'), month, part('day'), part('hour'), part('minute'), part('second'));
  const offset = Math.floor(part('offset') / 100) * 60 + (part('offset') % 100);
  return at - (parts['sign'] === '-' ? -offset : offset) * 60_000;
}
