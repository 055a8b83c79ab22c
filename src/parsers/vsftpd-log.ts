import type { LineParser } from '../core/stages.ts';
import { civil, monthOf } from '../core/stamp.ts';
import { vsftpd } from './ftp/vsftpd.ts';

const LINE =
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]?\d) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d) (?<year>\d{4}) \[pid (?<pid>\d{1,10})\] (?<text>.*)$/s;

/** vsftpd.log, vsftpd's own file (logging.c): "Mon Jun  9 12:08:53 2026 [pid 7] [bob] OK LOGIN: Client "192.0.2.7"". */
export default {
  kind: 'line',
  name: 'vsftpd-log',
  parse(line, { zone }) {
    const groups = LINE.exec(line)?.groups;
    if (!groups) return null;
    const number = (key: string) => Number(groups[key]);
    const month = monthOf(groups['month'] as string) ?? Number.NaN;
    const at = civil(number('year'), month, number('day'), number('hour'), number('minute'), number('second'));
    const message = groups['text'] as string;
    const fields = vsftpd(message);
    if (!fields || Number.isNaN(at)) return null;
    return { time: zone.toInstant(at), certainty: 'zone', process: 'vsftpd', pid: number('pid'), message, fields };
  },
} satisfies LineParser;
