import { type EcsFields, withFields } from '../core/event.ts';
import type { BinaryParser, LineContext, Parsed } from '../core/stages.ts';
import { addressOf, meaningOf, moshOf, peerOf, typeName } from './utmp/describe.ts';
import { isZeroed, LAYOUTS, layoutOf, readUtmp, type UtmpLayout, type UtmpRecord } from './utmp/layout.ts';

type BinaryEvent = Parsed & { readonly line: number; readonly raw: string };

const MIN_BYTES = 384;
const PATH = /(?:^|[\\/._-])[wbu]tmp(?:$|[._-])/;

/** utmp, wtmp and btmp of glibc systems (utmp(5)), in any byte order and with 32-bit or 64-bit times. */
export default {
  kind: 'binary',
  name: 'utmp',
  accepts(head: Buffer, size: number, path: string): boolean {
    if (size < MIN_BYTES) return false;
    return layoutOf(head) !== null || (PATH.test(path) && isZeroed(head)); // wiped from end to end
  },
  recordBytes: (head: Buffer) => (layoutOf(head) ?? (LAYOUTS[0] as UtmpLayout)).size,
  *parse(bytes: Buffer, _context: LineContext): Iterable<BinaryEvent> {
    const layout = layoutOf(bytes.subarray(0, 65_536)) ?? layoutOf(bytes) ?? byLength(bytes);
    let line = 1;
    for (let at = 0; at < bytes.length; at += layout.size, line += 1) {
      const record = bytes.subarray(at, at + layout.size);
      if (record.length < layout.size)
        yield broken(line, 'truncated_record', `${record.length} bytes of a record, cut off`);
      else if (isZeroed(record)) yield broken(line, 'zeroed_record', 'a record of NULs');
      else yield eventOf(readUtmp(record, 0, layout), line);
    }
  },
} satisfies BinaryParser;

// One record alone that tells no time.
function byLength({ length }: Buffer): UtmpLayout {
  return LAYOUTS.find(({ size }) => size === length) ?? (LAYOUTS[0] as UtmpLayout);
}

function broken(line: number, code: string, raw: string): BinaryEvent {
  return { line, raw, certainty: 'none', fields: { 'event.kind': 'pipeline_error', 'error.code': code } };
}

function eventOf(record: UtmpRecord, line: number): BinaryEvent {
  const { seconds, microseconds, pid } = record;
  const meaning = meaningOf(record);
  const said = [meaning['event.action'], record.user, record.line, record.host];
  const event = {
    line,
    raw: rawOf(record),
    pid: Math.max(pid, 0),
    message: said.filter((part) => part !== '').join(' '),
  };
  const fields = withFields(meaning, partsOf(record));
  if (seconds <= 0)
    return { ...event, certainty: 'none', fields: withFields(fields, { 'error.code': 'zeroed_record' }) };
  return { time: seconds * 1000 + Math.floor(microseconds / 1000), certainty: 'exact', fields, ...event };
}

function partsOf(record: UtmpRecord): EcsFields {
  const { type, user, line, host, id, session } = record;
  const ofProcess = type >= 5 && type <= 8;
  return {
    'user.name': type === 7 || type === 6 || (type === 8 && user !== '') ? user : undefined,
    ...(ofProcess ? { 'user.terminal': line || undefined, ...peerOf(record) } : {}),
    'host.os.kernel': type === 2 || type === 1 ? host || undefined : undefined, // what init puts there
    'spoor.session.service': line === 'ssh:notty' ? 'sshd' : undefined,
    ...moshOf(record),
    'spoor.utmp.type': typeName(type),
    'spoor.utmp.id': id || undefined,
    'spoor.utmp.session': session || undefined,
  };
}

/** One line as utmpdump(1) orders it. */
function rawOf(record: UtmpRecord): string {
  const at = new Date(record.seconds * 1000).toISOString().slice(0, 19);
  const time = `${at},${String(record.microseconds).padStart(6, '0')}+00:00`;
  const { type, pid, id, user, line, host, address } = record;
  return `[${type}] [${String(pid).padStart(5, '0')}] [${id}] [${user}] [${line}] [${host}] [${addressOf(address) || '0.0.0.0'}] [${time}]`;
}
