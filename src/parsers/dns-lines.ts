import type { LineContext, LineParser, Parsed } from '../core/stages.ts';
import { civil, monthOf } from '../core/stamp.ts';
import { namedMessage, unboundMessage } from './dns/servers.ts';

// "21-Nov-2026 04:05:06.789 queries: info: client …" (BIND's print-time local)
const NAMED =
  /^(?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d{4}) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)\.(?<ms>\d{3}) /;
// "[1795233906] unbound[1200:0] info: …"
const UNBOUND = /^\[(?<seconds>\d{9,10})\] unbound(?<thread>\[\d{1,10}:\w{1,8}\]) /;

function named(line: string, { zone }: LineContext): Parsed | null {
  const head = NAMED.exec(line);
  if (!head?.groups) return null;
  const fields = namedMessage(line.slice(head[0].length));
  if (fields === null) return null;
  const part = (name: string) => Number(head.groups?.[name]);
  const month = monthOf(head.groups['month'] as string) ?? Number.NaN;
  const local = civil(part('year'), month, part('day'), part('hour'), part('minute'), part('second'));
  return { time: zone.toInstant(local) + part('ms'), certainty: 'zone', process: 'named', fields };
}

function unbound(line: string): Parsed | null {
  const head = UNBOUND.exec(line);
  if (!head?.groups) return null;
  const fields = unboundMessage(line.slice(head[0].length));
  if (fields === null) return null;
  return { time: Number(head.groups['seconds']) * 1000, certainty: 'exact', process: 'unbound', fields };
}

/** Query logs that BIND and Unbound write to files of their own. */
export default {
  kind: 'line',
  name: 'dns-lines',
  parse(line: string, context: LineContext): Parsed | null {
    const first = line.charCodeAt(0);
    if (first === 0x5b) return unbound(line);
    return first >= 0x30 && first <= 0x33 ? named(line, context) : null;
  },
} satisfies LineParser;
