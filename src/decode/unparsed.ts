import type { EcsFields, Event } from '../core/event.ts';

const MAX_KEPT = 65_536; // characters of a line kept as evidence

/** The event of a line that nothing reads. */
export function unparsed(line: string, number: number, fields: EcsFields, host: string): Event {
  const isLong = line.length > MAX_KEPT;
  return {
    line: number,
    lines: 1,
    count: 1,
    parser: null,
    time: Number.NaN,
    certainty: 'none',
    host,
    process: '',
    pid: 0,
    message: '',
    shape: null,
    address: '',
    user: undefined,
    fields: isLong ? { ...fields, 'error.code': 'too_long', 'spoor.length': line.length } : fields,
    raw: isLong ? line.slice(0, MAX_KEPT) : line,
  };
}
