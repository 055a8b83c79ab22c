import { canonicalIp } from '../core/ip.ts';
import type { BinaryParser, LineContext, Parsed } from '../core/stages.ts';
import { isZeroed } from './utmp/layout.ts';

type BinaryEvent = Parsed & { readonly line: number; readonly raw: string };

/** struct lastlog (glibc's bits/utmp.h): time, 32 bytes of line, 256 of host. The time has 4 bytes, or 8 on aarch64. */
interface LastlogLayout {
  readonly size: number;
  readonly little: boolean;
}

const LAYOUTS: readonly LastlogLayout[] = [
  { size: 292, little: true },
  { size: 292, little: false },
  { size: 296, little: true },
  { size: 296, little: false },
];
const PATH = /(?:^|[\\/._-])lastlog(?:$|[._-])/;
const FIRST_SECOND = 315_532_800; // 1980
const LAST_SECOND = 4_102_444_800; // 2100

/** /var/log/lastlog: the last login of each uid, which is the record's place in the file. */
export default {
  kind: 'binary',
  name: 'lastlog',
  accepts(head: Buffer, size: number, path: string): boolean {
    if (isZeroed(head)) return size >= 292 && PATH.test(path) && LAYOUTS.some((layout) => size % layout.size === 0);
    return LAYOUTS.some((layout) => size % layout.size === 0 && fits(head, layout));
  },
  *parse(bytes: Buffer, _context: LineContext): Iterable<BinaryEvent> {
    const layout = LAYOUTS.find((candidate) => bytes.length % candidate.size === 0 && fits(bytes, candidate));
    if (!layout) return;
    for (let at = 0; at + layout.size <= bytes.length; at += layout.size) {
      const record = bytes.subarray(at, at + layout.size);
      const uid = at / layout.size;
      if (!isZeroed(record)) yield eventOf(record, layout, uid);
    }
  },
} satisfies BinaryParser;

// Every whole record is empty, or has a credible time and a terminal.
function fits(bytes: Buffer, layout: LastlogLayout): boolean {
  let held = 0;
  for (let at = 0; at + layout.size <= bytes.length; at += layout.size) {
    const record = bytes.subarray(at, at + layout.size);
    if (isZeroed(record)) continue;
    const seconds = secondsOf(record, layout);
    if (!(seconds >= FIRST_SECOND && seconds <= LAST_SECOND)) return false;
    const [line, host] = textsOf(record, layout);
    if (!/^[\x20-\x7e]*$/.test(line + host)) return false;
    held += 1;
  }
  return held > 0;
}

function secondsOf(record: Buffer, { size, little }: LastlogLayout): number {
  if (size === 292) return little ? record.readUInt32LE(0) : record.readUInt32BE(0);
  return Number(little ? record.readBigUInt64LE(0) : record.readBigUInt64BE(0));
}

function textsOf(record: Buffer, { size }: LastlogLayout): [line: string, host: string] {
  const at = size - 288;
  return [untilNul(record.subarray(at, at + 32)), untilNul(record.subarray(at + 32))];
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}

function eventOf(record: Buffer, layout: LastlogLayout, uid: number): BinaryEvent {
  const time = secondsOf(record, layout) * 1000;
  const [line, host] = textsOf(record, layout);
  const ip = canonicalIp(host) ?? undefined;
  return {
    line: uid + 1,
    raw: `${uid} ${line} ${host} ${new Date(time).toISOString()}`,
    time,
    certainty: 'exact',
    message: `last login of uid ${uid} on ${line}${host === '' ? '' : ` from ${host}`}`,
    fields: {
      'event.category': ['session'],
      'event.type': ['info'],
      'event.action': 'last_login',
      'user.id': String(uid),
      'user.terminal': line || undefined,
      'source.address': host || undefined,
      'source.ip': ip,
      'source.domain': host === '' || ip !== undefined || host.startsWith(':') ? undefined : host,
    },
  };
}
