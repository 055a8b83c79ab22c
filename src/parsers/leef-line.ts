import type { LineParser, Parsed } from '../core/stages.ts';
import { readLeef } from './cef/leef.ts';

/** QRadar's Log Event Extended Format in lines of its own, without syslog before it. The time is the event's, where it says its zone. */
export default {
  kind: 'line',
  name: 'leef-line',
  parse(line: string): Parsed | null {
    const leef = line.startsWith('LEEF:') ? readLeef(line) : null;
    if (leef === null) return null;
    const { fields, time } = leef;
    return { time, certainty: time === undefined ? 'none' : 'exact', fields };
  },
} satisfies LineParser;
