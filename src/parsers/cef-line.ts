import type { LineParser, Parsed } from '../core/stages.ts';
import { readCef } from './cef/cef.ts';

/** ArcSight's Common Event Format in lines of its own, without syslog before it. The time is the event's. */
export default {
  kind: 'line',
  name: 'cef-line',
  parse(line: string): Parsed | null {
    const cef = line.startsWith('CEF:') ? readCef(line) : null;
    if (cef === null) return null;
    const { fields, time, host, message } = cef;
    return { time, certainty: time === undefined ? 'none' : 'exact', host, message, fields };
  },
} satisfies LineParser;
