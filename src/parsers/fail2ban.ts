import { fail2banFields } from './fail2ban/says.ts';
import { stampedLines } from './stamped/lines.ts';

// "2026-03-01 04:05:06,789 fail2ban.actions        [812]: NOTICE  [sshd] Ban 192.0.2.7"; 0.8 had no pid
const SHAPE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} fail2ban\.[\w.]{1,40} {0,40}(?:\[\d{1,10}\])?: {1,4}[A-Z]{4,12} /;
const HEAD = /^fail2ban\.[\w.]{1,40} {0,40}(?:\[(?<pid>\d{1,10})\])?: {1,4}/;

/** /var/log/fail2ban.log, local time. */
export default stampedLines({
  name: 'fail2ban',
  shape: SHAPE,
  read(text: string) {
    const head = HEAD.exec(text);
    const message = head ? text.slice(head[0].length) : '';
    const fields = fail2banFields(message);
    return fields && { process: 'fail2ban', pid: Number(head?.groups?.['pid'] ?? 0), message, fields };
  },
});
