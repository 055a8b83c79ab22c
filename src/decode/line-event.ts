import { type EcsFields, type EcsValue, type Event, type TimeCertainty, withPeer } from '../core/event.ts';
import type { KnownName } from './account-names.ts';
import type { KnownAddress } from './address-names.ts';
import type { Peer } from './connections.ts';
import { ADDRESS, LONG_ADDRESS, NAME, SlotReader } from './slots.ts';
import type { Template } from './template.ts';

// Hot path: one object for each syslog line.

/**
 * An event read by template. Its texts and its own fields are made only when somebody asks: most lines are counted and never
 * shown, and what counts them needs `shape`, `address`, `user` and the time. They are made from the block that the line stood
 * in: who keeps an event for longer than its block lasts keeps it `settled`, or detaches it.
 */
export class LineEvent implements Event {
  readonly line: number;
  readonly count: number;
  readonly time: number;
  readonly certainty: TimeCertainty;
  readonly host: string;
  readonly pid: number;
  /** The account; null when there is none. */
  readonly account: KnownName | null;
  readonly shape: Template;
  /** The address where a slot of the line, or of an earlier line of its process, has it; null otherwise. */
  readonly known: KnownAddress | null;
  readonly peer: Peer | null;
  block: Buffer;
  start: number;
  tag: number;
  end: number;

  /** `peer`: from an earlier line of the process, or null. */
  constructor(
    line: number,
    count: number,
    time: number,
    certainty: TimeCertainty,
    host: string,
    pid: number,
    account: KnownName | null,
    template: Template,
    known: KnownAddress | null,
    peer: Peer | null,
    block: Buffer,
    start: number,
    tag: number,
    end: number,
  ) {
    this.line = line;
    this.count = count;
    this.time = time;
    this.certainty = certainty;
    this.host = host;
    this.pid = pid;
    this.account = account;
    this.shape = template;
    this.known = known;
    this.peer = peer;
    this.block = block;
    this.start = start;
    this.tag = tag;
    this.end = end;
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
    if (this.known !== null) return this.known.text;
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
