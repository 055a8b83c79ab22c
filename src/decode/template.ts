import { addressOf, type EcsFields, has, type Shape, userOf } from '../core/event.ts';
import { type KnownName, knownName } from './account-names.ts';
import { LONG_ADDRESS, NO_PID, ONCE, PID, TIMES } from './slots.ts';

/** Where a slot's value goes: a field, from the slot at this index. */
export interface Filling {
  readonly field: string;
  readonly slot: number;
}

/** A line without what varies: its bytes, where each slot stood in them, and of which kind it is. */
export interface Cut {
  readonly bytes: Uint8Array;
  readonly cuts: readonly number[];
  readonly kinds: readonly number[];
}

/** What a message parser said of a line, and which of its fields vary. */
export interface Reading {
  readonly parser: string;
  readonly fields: EcsFields;
  readonly fillings: readonly Filling[];
  /** Is the envelope's process the one that the fields are about? */
  readonly understood: boolean;
}

/** Where the message stands. */
export interface Place {
  readonly process: string;
  /** Offset of the message after the tag, slots included at zero length, and how many slots stand before it. */
  readonly messageAt: number;
  readonly messageSlots: number;
  /** Bytes after the message. */
  readonly afterMessage: number;
}

/**
 * What is known of all lines that differ only in process id, addresses, port numbers, repetitions and the names of no account. A class,
 * so that all are alike to the machine: its fields are read once per line.
 */
export class Template implements Shape {
  readonly bytes: Uint8Array;
  readonly cuts: readonly number[];
  readonly kinds: readonly number[];
  readonly parser: string;
  readonly process: string;
  readonly fields: EcsFields;
  readonly fillings: readonly Filling[];
  memo: unknown = null;
  /** Slots of the process id and the repetitions; NO_PID and ONCE when there is none. */
  readonly pidSlot: number;
  readonly timesSlot: number;
  /** Slots of `source.ip`, `source.port` and `user.name`; -1 when none varies. */
  readonly addressSlot: number;
  /** Is the address one of IPv6? */
  readonly long: boolean;
  readonly portSlot: number;
  readonly userSlot: number;
  /** `source.port` where it does not vary; -1 for none. */
  readonly port: number;
  /** `user.name` where it does not vary. */
  readonly account: KnownName | null;
  /** `source.ip`, else `source.address`, where these do not vary (an IPv6 address, a host name); '' for none. */
  readonly address: string;
  /** Is the address one to remember for the process? */
  readonly notes: boolean;
  /** Does its line end a connection? And may its peer be told from another line of the process? */
  readonly ends: boolean;
  readonly completes: boolean;
  readonly messageAt: number;
  readonly messageSlots: number;
  readonly afterMessage: number;

  constructor(
    { bytes, cuts, kinds }: Cut,
    { process, messageAt, messageSlots, afterMessage }: Place,
    { parser, fields, fillings, understood }: Reading,
  ) {
    const slotOf = (name: string) => fillings.find(({ field }) => field === name)?.slot ?? -1;
    const port = fields['source.port'];
    this.bytes = bytes;
    this.cuts = cuts;
    this.kinds = kinds;
    this.parser = parser;
    this.process = process;
    this.fields = fields;
    this.fillings = fillings;
    const before = kinds.slice(0, messageSlots);
    this.pidSlot = before.includes(PID) ? before.indexOf(PID) : NO_PID;
    this.timesSlot = before.includes(TIMES) ? before.indexOf(TIMES) : ONCE;
    this.addressSlot = slotOf('source.ip');
    this.long = kinds[this.addressSlot] === LONG_ADDRESS;
    this.portSlot = slotOf('source.port');
    this.userSlot = slotOf('user.name');
    this.port = typeof port === 'number' ? port : -1;
    const user = userOf(fields);
    this.account = user === undefined ? null : knownName(user);
    this.address = this.addressSlot === -1 ? addressOf(fields) : '';
    this.notes = understood && fields['source.ip'] !== undefined;
    this.ends = has(fields, 'event.type', 'end');
    this.completes = understood && fields['source.ip'] === undefined && fields['source.address'] === undefined;
    this.messageAt = messageAt;
    this.messageSlots = messageSlots;
    this.afterMessage = afterMessage;
  }
}
