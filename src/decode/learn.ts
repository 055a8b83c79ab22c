import type { EcsFields, EcsValue } from '../core/event.ts';
import type { SyslogReader } from '../core/syslog.ts';
import { type Dispatch, parseMessage } from './dispatch.ts';
import { ADDRESS, NAME, PID, PORT } from './slots.ts';
import { type Filling, Template } from './template.ts';
import type { TemplateScanner } from './template-scanner.ts';

// Values that stand in for the real ones while a template is learnt. A line that holds them itself is not learnt from.
const STAND_IN_NET = '198.18.219.';
const STAND_IN_PORT = 64_900;
const STAND_IN_NAME = 'zqxjv';

function standIn(slot: number, kind: number): string {
  if (kind === NAME) return `${STAND_IN_NAME}${slot}`;
  return kind === ADDRESS ? `${STAND_IN_NET}${slot + 1}` : String(STAND_IN_PORT + slot);
}

/**
 * Learns the template of the line that `scanner` scanned last, from `tag` to its end: parses the message with stand-ins for
 * addresses, ports and names, and sees where these come out. `real` is what the parsers made of the line as it stands.
 * Null for a message whose reading depends on their values in any other way.
 */
export function learnTemplate(
  scanner: TemplateScanner,
  dispatch: Dispatch,
  syslog: SyslogReader,
  block: Buffer,
  tag: number,
  messageAt: number,
): Template | null {
  const slots = sortSlots(scanner, syslog, messageAt);
  if (slots === null) return null;
  const { inMessage, messageSlots, before } = slots;
  const { appName, hostname, pid, message } = syslog;
  const text = block.toString('utf8', messageAt, scanner.end);
  const replaced = text === message ? withStandIns(scanner, block, messageAt, inMessage) : null;
  if (replaced === null) return null;
  const real = parseMessage(dispatch, { appName, hostname, pid, message });
  const other = replaced === text ? real : parseMessage(dispatch, { appName, hostname, pid, message: replaced });
  if (real?.parser !== other?.parser) return null;
  const fillings = compare(real?.fields ?? {}, other?.fields ?? {}, { scanner, block, slots: inMessage });
  if (fillings === null || isNamedByAddress(fillings)) return null;
  const fields: EcsFields = { ...real?.fields };
  return new Template(
    scanner.cut(block),
    { process: appName, messageAt: messageAt - tag - before, messageSlots },
    {
      parser: real?.parser ?? 'syslog',
      fields,
      fillings,
      understood: real !== null && fields['process.name'] === undefined,
    },
  );
}

/** Which slots stand in the message; how many stand before it, and how many bytes those are. Null: not a tag's process id. */
function sortSlots(
  scanner: TemplateScanner,
  syslog: SyslogReader,
  messageAt: number,
): { readonly inMessage: readonly number[]; readonly messageSlots: number; readonly before: number } | null {
  const inMessage: number[] = [];
  let messageSlots = 0;
  let before = 0;
  for (let slot = 0; slot < scanner.slots; slot += 1) {
    const start = scanner.starts[slot] as number;
    if (start >= messageAt) {
      inMessage.push(slot);
      continue;
    }
    if (scanner.kinds[slot] !== PID || scanner.values[slot] !== syslog.pid) return null;
    messageSlots += 1;
    before += (scanner.ends[slot] as number) - start;
  }
  return messageSlots === 0 && syslog.pid !== 0 ? null : { inMessage, messageSlots, before };
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
  messageAt: number,
  slots: readonly number[],
): string | null {
  let text = '';
  let at = messageAt;
  for (const slot of slots) {
    text += block.toString('utf8', at, scanner.starts[slot]) + standIn(slot, scanner.kinds[slot] as number);
    at = scanner.ends[slot] as number;
  }
  const real = block.toString('utf8', messageAt, scanner.end);
  if (real.includes(STAND_IN_NET) || real.includes(STAND_IN_NAME) || /(?<!\d)649\d\d(?!\d)/.test(real)) return null;
  return text + block.toString('utf8', at, scanner.end);
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
  if (kinds[slot] !== NAME && kinds[slot] !== ADDRESS) return values[slot] as number;
  return block.toString('latin1', starts[slot], ends[slot]);
}

function isSame(a: EcsValue, b: EcsValue): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, at) => value === b[at]);
  return a === b;
}
