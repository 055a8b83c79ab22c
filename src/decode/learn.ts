import type { EcsFields, EcsValue } from '../core/event.ts';
import type { SyslogReader } from '../core/syslog.ts';
import { type Dispatch, parseMessage } from './dispatch.ts';
import { ADDRESS, LONG_ADDRESS, NAME, PID, PORT, TIMES } from './slots.ts';
import { type Filling, Template } from './template.ts';
import type { TemplateScanner } from './template-scanner.ts';

// Values that stand in for the real ones while a template is learnt. A line that holds them itself is not learnt from.
const STAND_IN_NET = '198.18.219.';
const STAND_IN_LONG_NET = '2001:2:0:db1b::';
const STAND_IN_PORT = 64_900;
const STAND_IN_NAME = 'zqxjv';
const CLOSING = ']'; // after the message of a line that says that it was repeated

function standIn(slot: number, kind: number): string {
  if (kind === NAME) return `${STAND_IN_NAME}${slot}`;
  if (kind === LONG_ADDRESS) return `${STAND_IN_LONG_NET}${slot + 1}b`;
  return kind === ADDRESS ? `${STAND_IN_NET}${slot + 1}` : String(STAND_IN_PORT + slot);
}

/** A line that was read as text. */
export interface ReadLine {
  /** Where it stands, a byte for each character. */
  readonly block: Buffer;
  readonly syslog: SyslogReader;
  /** See `Decoder`: what encloses the message of such a line is no part of it. */
  readonly repeated: number | null;
  /** Offset of the tag. */
  readonly tag: number;
}

/**
 * Learns the template of the line that `scanner` scanned last, from its tag to its end: parses the message with stand-ins for
 * addresses, ports and names, and sees where these come out. Null for a message whose reading depends on their values in any
 * other way.
 */
export function learnTemplate(scanner: TemplateScanner, dispatch: Dispatch, line: ReadLine): Template | null {
  const { block, syslog, repeated, tag } = line;
  const { appName, hostname, pid, message } = syslog;
  const messageEnd = scanner.end - (repeated === null ? 0 : CLOSING.length);
  const messageAt = messageEnd - message.length;
  if (messageAt < tag) return null;
  const slots = sortSlots(scanner, line, messageAt);
  if (slots === null) return null;
  const { inMessage, messageSlots, before } = slots;
  const text = block.toString('utf8', messageAt, messageEnd);
  const replaced = text === message ? withStandIns(scanner, block, { messageAt, messageEnd, inMessage }) : null;
  if (replaced === null) return null;
  const real = parseMessage(dispatch, { appName, hostname, pid, message });
  const other = replaced === text ? real : parseMessage(dispatch, { appName, hostname, pid, message: replaced });
  if (real?.parser !== other?.parser) return null;
  const fillings = compare(real?.fields ?? {}, other?.fields ?? {}, { scanner, block, slots: inMessage });
  if (fillings === null || isNamedByAddress(fillings)) return null;
  const fields: EcsFields = { ...real?.fields };
  return new Template(
    scanner.cut(block),
    { process: appName, messageAt: messageAt - tag - before, messageSlots, afterMessage: scanner.end - messageEnd },
    {
      parser: real?.parser ?? 'syslog',
      fields,
      fillings,
      understood: real !== null && fields['process.name'] === undefined,
    },
  );
}

/** Which slots stand in the message; how many stand before it, and how many bytes those are. Null: not those of the line. */
function sortSlots(
  scanner: TemplateScanner,
  { syslog, repeated }: ReadLine,
  messageAt: number,
): { readonly inMessage: readonly number[]; readonly messageSlots: number; readonly before: number } | null {
  const kinds = [...(syslog.pid === 0 ? [] : [PID]), ...(repeated === null ? [] : [TIMES])];
  const values = [...(syslog.pid === 0 ? [] : [syslog.pid]), repeated];
  const inMessage: number[] = [];
  let messageSlots = 0;
  let before = 0;
  for (let slot = 0; slot < scanner.slots; slot += 1) {
    const start = scanner.starts[slot] as number;
    if (start >= messageAt) {
      inMessage.push(slot);
      continue;
    }
    if (scanner.kinds[slot] !== kinds[slot] || scanner.values[slot] !== values[slot]) return null;
    messageSlots += 1;
    before += (scanner.ends[slot] as number) - start;
  }
  if (messageSlots !== kinds.length || inMessage.some((slot) => scanner.kinds[slot] === TIMES)) return null;
  return { inMessage, messageSlots, before };
}

// A peer whose name varies, and is no address: told line by line.
function isNamedByAddress(fillings: readonly Filling[]): boolean {
  return (
    !fillings.some(({ field }) => field === 'source.ip') && fillings.some(({ field }) => field === 'source.address')
  );
}

function withStandIns(
  scanner: TemplateScanner,
  block: Buffer,
  { messageAt, messageEnd, inMessage }: { messageAt: number; messageEnd: number; inMessage: readonly number[] },
): string | null {
  let text = '';
  let at = messageAt;
  for (const slot of inMessage) {
    text += block.toString('utf8', at, scanner.starts[slot]) + standIn(slot, scanner.kinds[slot] as number);
    at = scanner.ends[slot] as number;
  }
  const real = block.toString('utf8', messageAt, messageEnd);
  if ([STAND_IN_NET, STAND_IN_LONG_NET, STAND_IN_NAME].some((text) => real.includes(text))) return null;
  if (/(?<!\d)649\d\d(?!\d)/.test(real)) return null;
  return text + block.toString('utf8', at, messageEnd);
}

interface Scanned {
  readonly scanner: TemplateScanner;
  readonly block: Buffer;
  readonly slots: readonly number[];
}

/** Which fields hold which slot; null when the two readings differ in anything else. */
function compare(real: EcsFields, other: EcsFields, { scanner, block, slots }: Scanned): Filling[] | null {
  const fillings: Filling[] = [];
  const names = Object.keys(real);
  if (names.join('\n') !== Object.keys(other).join('\n')) return null;
  for (const field of names) {
    if (isSame(real[field], other[field])) continue;
    const slot = slots.find((candidate) => {
      const stood = standIn(candidate, scanner.kinds[candidate] as number);
      const wanted = typeof other[field] === 'number' ? Number(stood) : stood;
      return other[field] === wanted && real[field] === heldBy(scanner, block, candidate);
    });
    if (slot === undefined || (typeof real[field] === 'string' && scanner.kinds[slot] === PORT)) return null;
    fillings.push({ field, slot });
  }
  return fillings;
}

/** What a slot of the line scanned last holds: a number, or as text an address or a name. */
function heldBy({ starts, ends, values, kinds }: TemplateScanner, block: Buffer, slot: number): string | number {
  const kind = kinds[slot];
  if (kind !== NAME && kind !== ADDRESS && kind !== LONG_ADDRESS) return values[slot] as number;
  return block.toString('latin1', starts[slot], ends[slot]);
}

function isSame(a: EcsValue, b: EcsValue): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, at) => value === b[at]);
  return a === b;
}
