import { addressOf, type EcsFields, type EcsValue, has } from '../core/event.ts';
import type { SyslogReader } from '../core/syslog.ts';
import { type Dispatch, parseMessage } from './dispatch.ts';
import { ADDRESS, type Filling, NAME, PID, PORT, type Template, type TemplateScanner } from './template.ts';

// Values that stand in for the real ones while a template is learnt. A line that holds them itself is not learnt from.
const STAND_IN_NET = '198.18.219.';
const STAND_IN_PORT = 64_900;

const STAND_IN_NAME = 'zqxjv';

function standIn(slot: number, kind: number): string {
  if (kind === NAME) return `${STAND_IN_NAME}${slot}`;
  return kind === ADDRESS ? `${STAND_IN_NET}${slot + 1}` : String(STAND_IN_PORT + slot);
}

/**
 * Learns the template of the line that `scanner` scanned last, from `tag` to its end: parses the message once as it stands
 * and once with stand-ins for addresses and ports, and sees where these come out. A message whose reading depends on their
 * values in any other way is marked as one that cannot be learnt.
 */
export function learnTemplate(
  scanner: TemplateScanner,
  dispatch: Dispatch,
  syslog: SyslogReader,
  block: Buffer,
  tag: number,
  messageAt: number,
): void {
  const inMessage: number[] = [];
  let messageSlots = 0;
  let before = 0;
  for (let slot = 0; slot < scanner.slots; slot += 1) {
    const start = scanner.starts[slot] as number;
    if (start >= messageAt) inMessage.push(slot);
    else {
      if (scanner.kinds[slot] !== PID || scanner.values[slot] !== syslog.pid) return;
      messageSlots += 1;
      before += (scanner.ends[slot] as number) - start;
    }
  }
  if (messageSlots === 0 && syslog.pid !== 0) return;
  const { appName, hostname, pid, message } = syslog;
  const place = { messageAt: messageAt - tag - before, messageSlots, process: appName };
  const real = parseMessage(dispatch, { appName, hostname, pid, message });
  const replaced =
    block.toString('utf8', messageAt, scanner.end) === message
      ? withStandIns(scanner, block, messageAt, inMessage)
      : null;
  const other = replaced === null ? null : parseMessage(dispatch, { appName, hostname, pid, message: replaced });
  const fillings =
    replaced === null || real?.parser !== other?.parser
      ? null
      : compare(real?.fields ?? {}, other?.fields ?? {}, { scanner, block, slots: inMessage });
  scanner.learn(block, {
    ...place,
    ...describe(fillings === null ? null : { parser: real?.parser ?? 'syslog', fields: { ...real?.fields }, fillings }),
  });
}

type Learnt = Pick<Template, 'parser' | 'fields' | 'fillings'>;

/** What a template's lines have in common, told once. `null`: it cannot be learnt, and is marked so (an empty parser). */
function describe(
  learnt: Learnt | null,
): Omit<Template, 'bytes' | 'cuts' | 'kinds' | 'process' | 'messageAt' | 'messageSlots'> {
  const { parser, fields, fillings } = learnt ?? { parser: '', fields: {}, fillings: [] };
  const slotOf = (name: string) => fillings.find(({ field }) => field === name)?.slot ?? -1;
  const addressSlot = slotOf('source.ip');
  const understood = parser !== '' && parser !== 'syslog' && fields['process.name'] === undefined;
  const address = addressSlot === -1 ? addressOf(fields) : '';
  const userSlot = slotOf('user.name');
  const named = fields['user.name'];
  const user = typeof named === 'string' ? named : undefined;
  const notes = understood && fields['source.ip'] !== undefined;
  const completes = understood && fields['source.ip'] === undefined && fields['source.address'] === undefined;
  const ends = has(fields, 'event.type', 'end');
  return {
    memo: null,
    parser,
    fields,
    fillings,
    addressSlot,
    portSlot: slotOf('source.port'),
    userSlot,
    user,
    address,
    notes,
    ends,
    completes,
  };
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
      return other[field] === wanted && real[field] === scanner.valueOf(block, candidate);
    });
    if (slot === undefined || (typeof real[field] === 'string' && scanner.kinds[slot] === PORT)) return null;
    fillings.push({ field, slot });
  }
  return fillings;
}

function isSame(a: EcsValue, b: EcsValue): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, at) => value === b[at]);
  return a === b;
}
