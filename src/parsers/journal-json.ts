import type { LineContext, LineParser, Parsed } from '../core/stages.ts';
import { jsonEntry } from './journal/json-entry.ts';

// What stands before an object: RFC 7464's record separator (-o json-seq), a server-sent event's field (-o json-sse).
const SEPARATOR = 0x1e;
const EVENT = 'data:';

/**
 * One JSON object a line that stands for a syslog message: `journalctl -o json`, `json-seq` and `json-sse`, Docker's
 * json-file, and what rsyslog, syslog-ng and log shippers write with a time, a message and a program. Other JSON is left to
 * its own parsers.
 */
export default {
  kind: 'line',
  name: 'journal-json',
  parse(line: string, context: LineContext): Parsed | null {
    const before = line.charCodeAt(0) === SEPARATOR ? 1 : line.startsWith(EVENT) ? EVENT.length : 0;
    const text = before === 0 ? line : line.slice(before).trim();
    if (text.charCodeAt(0) !== 0x7b || text.charCodeAt(text.length - 1) !== 0x7d) return null;
    return jsonEntry(text, context);
  },
} satisfies LineParser;
