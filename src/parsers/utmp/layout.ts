/** Where the parts of a struct utmp (glibc's bits/utmp.h) stand. All share their first 336 bytes. */
export interface UtmpLayout {
  /** Bytes of one record. */
  readonly size: number;
  readonly little: boolean;
  readonly session: number;
  readonly seconds: number;
  readonly microseconds: number;
  readonly address: number;
}

/** One record, its strings as text. */
export interface UtmpRecord {
  readonly type: number;
  readonly pid: number;
  readonly line: string;
  readonly id: string;
  readonly user: string;
  readonly host: string;
  readonly session: number;
  readonly seconds: number;
  readonly microseconds: number;
  /** The 16 bytes of ut_addr_v6, in network order. */
  readonly address: Buffer;
}

// 384 bytes with 32-bit times: x86, arm, ppc64, s390x. 400 bytes with 64-bit ones: aarch64, riscv64.
const SHORT = { size: 384, session: 336, seconds: 340, microseconds: 344, address: 348 };
const LONG = { size: 400, session: 336, seconds: 344, microseconds: 352, address: 360 };

export const LAYOUTS: readonly UtmpLayout[] = [
  { ...SHORT, little: true },
  { ...SHORT, little: false },
  { ...LONG, little: true },
  { ...LONG, little: false },
];

const MAX_TYPE = 9;
const MAX_PID = 4_194_304; // PID_MAX_LIMIT
const FIRST_SECOND = 315_532_800; // 1980
const LAST_SECOND = 4_102_444_800; // 2100
const JUDGED_RECORDS = 128;

/** Reads the record at `at`; the bytes must reach far enough. */
export function readUtmp(bytes: Buffer, at: number, layout: UtmpLayout): UtmpRecord {
  const { little } = layout;
  const int = (offset: number) => (little ? bytes.readInt32LE(at + offset) : bytes.readInt32BE(at + offset));
  // A 64-bit value: both halves; times and sessions fit the low one, a non-zero high one is not plausible.
  const wide = (offset: number) => {
    if (layout.size === SHORT.size) return int(offset);
    return Number(little ? bytes.readBigInt64LE(at + offset) : bytes.readBigInt64BE(at + offset));
  };
  return {
    type: little ? bytes.readInt16LE(at) : bytes.readInt16BE(at),
    pid: int(4),
    line: text(bytes, at + 8, 32),
    id: text(bytes, at + 40, 4),
    user: text(bytes, at + 44, 32),
    host: text(bytes, at + 76, 256),
    session: wide(layout.session),
    seconds: wide(layout.seconds),
    microseconds: wide(layout.microseconds),
    address: bytes.subarray(at + layout.address, at + layout.address + 16),
  };
}

// What stands behind the first NUL is left over from an earlier use of the memory.
function text(bytes: Buffer, at: number, length: number): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString('utf8', at, end === -1 || end > at + length ? at + length : end);
}

/** Is every byte NUL? */
export function isZeroed(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

/**
 * The layout in which (nearly) all of the first records make sense; null when none does. `head` need not end with a
 * record. Records of NULs fit any layout, so at least one must hold something.
 */
export function layoutOf(head: Buffer): UtmpLayout | null {
  let best: UtmpLayout | null = null;
  let bestTimed = 0;
  for (const layout of LAYOUTS) {
    const { judged, plausible, timed } = judge(head, layout);
    const share = timed / judged;
    if (timed === 0 || plausible < judged * 0.8 || share <= bestTimed) continue;
    best = layout;
    bestTimed = share;
  }
  return best;
}

/** How many of the first records hold something, how many of these make sense, and how many of those have a time. */
function judge(head: Buffer, layout: UtmpLayout): { judged: number; plausible: number; timed: number } {
  const found = { judged: 0, plausible: 0, timed: 0 };
  for (let at = 0; at + layout.size <= head.length && found.judged < JUDGED_RECORDS; at += layout.size) {
    if (isZeroed(head.subarray(at, at + layout.size))) continue;
    found.judged += 1;
    if (!isPlausible(head, at, layout)) continue;
    found.plausible += 1;
    if (readUtmp(head, at, layout).seconds !== 0) found.timed += 1;
  }
  return found;
}

function isPlausible(bytes: Buffer, at: number, layout: UtmpLayout): boolean {
  const { type, pid, line, id, user, seconds, microseconds } = readUtmp(bytes, at, layout);
  if (type < 0 || type > MAX_TYPE || pid < 0 || pid > MAX_PID) return false;
  if (bytes[at + 2] !== 0 || bytes[at + 3] !== 0) return false; // padding after ut_type
  if (seconds !== 0 && (seconds < FIRST_SECOND || seconds > LAST_SECOND)) return false;
  if (microseconds < 0 || microseconds >= 1_000_000) return false;
  return isLabel(line) && isLabel(id) && (line !== '' || user !== '' || seconds !== 0);
}

function isLabel(label: string): boolean {
  return /^[\x20-\x7e]*$/.test(label);
}
