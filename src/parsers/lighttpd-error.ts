import type { EmitRecord, LineContext, RecordsParser } from '../core/stages.ts';
import { StampReader } from '../core/stamp.ts';
import { errorFields } from './web/error-event.ts';
import { lighttpdLogin } from './web/lighttpd-message.ts';

const LINE = /^(?<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d): (?<message>\([\w.-]{1,60}\.c\.\d{1,6}\) .*)$/s;

/**
 * lighttpd's own error log, "2024-05-10 12:00:01: (http_auth.c.875) text". Its lines look like syslog's with the place in
 * the source for a host, so an input is claimed as a whole by its first lines.
 */
export default {
  kind: 'records',
  name: 'lighttpd-error',
  accepts: (_path: string, head: readonly string[]) => head.slice(0, 20).some((line) => LINE.test(line.slice(0, 200))),
  claims: (line: string) => LINE.test(line.slice(0, 200)),
  open: (context: LineContext, emit: EmitRecord) => ({
    push(line: string, number: number): boolean {
      const parts = LINE.exec(line)?.groups;
      const stamp = new StampReader(context.zone, context.year);
      if (!parts || stamp.read(parts['stamp'] as string, 0) === -1) return false;
      const message = parts['message'] as string;
      const fields = lighttpdLogin(message) ?? errorFields(/error|fail|denied/i.test(message) ? 'error' : 'info');
      const { time, certainty } = stamp;
      emit({ time, certainty, process: 'lighttpd', message, fields }, number, 1, line);
      return true;
    },
    end: () => undefined,
  }),
} satisfies RecordsParser;
