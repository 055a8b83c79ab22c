import { type EcsFields, type EcsValue, type Event, type TimeCertainty, withPeer } from '../core/event.ts';
import type { KnownName } from './account-names.ts';
import { type AddressNames, NO_ADDRESS } from './address-names.ts';
import type { Peer } from './connections.ts';
import { ADDRESS, LONG_ADDRESS, NAME, SlotReader } from './slots.ts';
import { Template } from './template.ts';

// Hot path: what it holds is set for each syslog line.

const NOTHING = Buffer.alloc(0);
const NO_LINE = new Template(
  { bytes: NOTHING, cuts: [], kinds: [] },
  { process: '', messageAt: 0, messageSlots: 0, afterMessage: 0 },
  { parser: 'syslog', fields: {}, fillings: [], understood: false },
);

/**
 * An event read by template. Its texts and its own fields are made only when somebody asks: most lines are counted and never
 * shown, and what counts them needs `shape`, `address`, `user` and the time. They are made from the block that the line stands
 * in. A decoder has one such object, which tells of the line read last: who keeps an event keeps it `settled`.
 */
export class LineEvent implements Event {
  line = 0;
  count = 1;
  time = Number.NaN;
  certainty: TimeCertainty = 'none';
  host = '';
  pid = 0;
  /** The account; null when there is none. */
  account: KnownName | null = null;
  shape: Template;
  /** The number of the address where a slot of the line, or of an earlier line of its process, has it; else NO_ADDRESS. */
  known = NO_ADDRESS;
  /** From an earlier line of the process, or null. */
  peer: Peer | null = null;
  block: Buffer;
  start = 0;
  tag = 0;
  end = 0;
  readonly #addresses: AddressNames;

  /** `addresses`: where they got their numbers. */
  constructor(addresses: AddressNames) {
    this.#addresses = addresses;
    this.time = 0.5; // a fraction: the machine makes room for one, and keeps it when others are written there
    this.shape = NO_LINE;
    this.block = NOTHING;
  }

  /** Takes a copy of its line, so that the block may be written over. */
  detach(): void {
    this.block = Buffer.from(this.block.subarray(this.start, this.end));
    this.tag -= this.start;
    this.end -= this.start;
    this.start = 0;
  }

  get lines(): number {
    return 1;
  }

  get user(): string | undefined {
    return this.account === null ? undefined : this.account.text;
  }

  get address(): string {
    if (this.known !== NO_ADDRESS) return this.#addresses.textOf(this.known);
    return this.peer === null ? this.shape.address : this.peer.address;
  }

  get parser(): string {
    return this.shape.parser;
  }

  get process(): string {
    return this.shape.process;
  }

  get fields(): EcsFields {
    const { fields, fillings } = this.shape;
    const { peer } = this;
    if (fillings.length === 0) return peer === null ? fields : withPeer(fields, peer.address, peer.port);
    const filled: Record<string, EcsValue> = { ...fields };
    const values = slotsOf(this);
    for (const { field, slot } of fillings) filled[field] = values[slot]?.value;
    return peer === null ? filled : withPeer(filled, peer.address, peer.port);
  }

  get raw(): string {
    return this.block.toString('utf8', this.start, this.end);
  }

  get message(): string {
    const { messageAt, messageSlots, afterMessage } = this.shape;
    let at = this.tag + messageAt;
    if (messageSlots > 0) for (const { length } of slotsOf(this).slice(0, messageSlots)) at += length;
    return this.block.toString('utf8', at, this.end - afterMessage);
  }
}

const reader = new SlotReader();

/** What a line's slots hold, read again from its bytes, and how long each is. */
function slotsOf({ shape, block, tag }: LineEvent): { value: string | number; length: number }[] {
  const { cuts, kinds } = shape;
  let at = tag;
  return kinds.map((kind, slot) => {
    const start = at + (cuts[slot] as number) - (cuts[slot - 1] ?? 0);
    at = reader.read(block, start, kind);
    const isText = kind === NAME || kind === ADDRESS || kind === LONG_ADDRESS;
    return { value: isText ? block.toString('latin1', start, at) : reader.value, length: at - start };
  });
}
