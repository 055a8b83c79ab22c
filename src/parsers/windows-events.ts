import { withFields } from '../core/event.ts';
import type { LineContext, LineParser, Parsed } from '../core/stages.ts';
import { shortName } from './windows/account.ts';
import { recordOf } from './windows/record.ts';
import { fieldsOf } from './windows/says.ts';
import { timeOf } from './windows/time.ts';

const MAX_LENGTH = 1_048_576;
/** { [ , space and tab: an object, or one of a list. */
const BEGINNINGS = new Set([0x7b, 0x5b, 0x2c, 0x20, 0x09]);
/** What an object names that is an event of Windows, in any of the shapes. */
const TELLING = /"(?:EventID|event_id|winlog\.event_id|ProviderId|LogName)"/;

/**
 * Events of Windows' logs, one JSON object a line: NXLog's and Mordor's flat form, Winlogbeat's, the events' XML as JSON
 * (evtx_dump), PowerShell's ConvertTo-Json -Compress. A comma between objects of a list is passed over.
 */
export default {
  kind: 'line',
  name: 'windows-events',
  parse(line: string, context: LineContext): Parsed | null {
    if (!BEGINNINGS.has(line.charCodeAt(0)) || line.length > MAX_LENGTH) return null;
    const text = line
      .trim()
      .replace(/^[[,]/, '')
      .replace(/[\],]$/, '');
    if (text.charCodeAt(0) !== 0x7b || !TELLING.test(text)) return null;
    const record = recordIn(text);
    if (record === null) return null;
    const [first = ''] = record.message.split('\n', 1);
    const fields = fieldsOf(record);
    const domain = record.computer.includes('.') ? record.computer.slice(record.computer.indexOf('.') + 1) : '';
    const host = shortName(record.computer);
    return {
      host,
      message: first.trim(),
      fields: domain === '' || host === record.computer ? fields : withFields(fields, { 'host.domain': domain }),
      ...timeOf(record.stamps, record.text('UtcTime'), context),
    };
  },
} satisfies LineParser;

function recordIn(text: string) {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === 'object' && document !== null ? recordOf(document as Record<string, unknown>) : null;
  } catch {
    return null; // cut off or not JSON: another parser's, or unparsed
  }
}
