import { type EcsFields, type EcsValue, type Event, type Shape, type TimeCertainty, withPeer } from '../core/event.ts';
import type { Peer } from './connections.ts';
import { type Template, TemplateScanner } from './template.ts';

// Hot path: one object for each syslog line.

/** Reads a line's slots again when its fields or message are asked for. */
const rereader = new TemplateScanner(1);

/**
 * An event read by template. Its texts and its own fields are made only when somebody asks: most lines are counted and never
 * shown, and what counts them needs `shape`, `address` and the time.
 */
export class LineEvent implements Event {
  readonly lines = 1;
  readonly count = 1;
  readonly line: number;
  readonly time: number;
  readonly certainty: TimeCertainty;
  readonly host: string;
  readonly pid: number;
  readonly address: string;
  readonly #template: Template;
  readonly #block: Buffer;
  readonly #start: number;
  readonly #tag: number;
  readonly #end: number;
  readonly #peer: Peer | null;
  readonly #userAt: number;
  readonly #userEnd: number;

  /** `start`, `tag`, `end`: where the line, its tag and its end stand in `block`. `peer`: from an earlier line, or null. `userAt`, `userEnd`:
   * where the account's name stands; 0 when the template has it. */
  constructor(
    line: number,
    time: number,
    certainty: TimeCertainty,
    host: string,
    pid: number,
    address: string,
    template: Template,
    block: Buffer,
    start: number,
    tag: number,
    end: number,
    peer: Peer | null,
    userAt: number,
    userEnd: number,
  ) {
    this.line = line;
    this.time = time;
    this.certainty = certainty;
    this.host = host;
    this.pid = pid;
    this.address = address;
    this.#template = template;
    this.#block = block;
    this.#start = start;
    this.#tag = tag;
    this.#end = end;
    this.#peer = peer;
    this.#userAt = userAt;
    this.#userEnd = userEnd;
  }

  get user(): string | undefined {
    if (this.#userAt === 0) return this.#template.user;
    return this.#block.toString('latin1', this.#userAt, this.#userEnd);
  }

  get parser(): string {
    return this.#template.parser;
  }

  get process(): string {
    return this.#template.process;
  }

  get shape(): Shape {
    return this.#template;
  }

  get fields(): EcsFields {
    const { fields, fillings } = this.#template;
    const peer = this.#peer;
    if (peer !== null) return withPeer(fields, peer.address, peer.port);
    if (fillings.length === 0) return fields;
    rereader.scan(this.#block, this.#tag);
    const filled: Record<string, EcsValue> = { ...fields };
    for (const { field, slot } of fillings) filled[field] = rereader.valueOf(this.#block, slot);
    return filled;
  }

  get raw(): string {
    return this.#block.toString('utf8', this.#start, this.#end);
  }

  get message(): string {
    const { messageAt, messageSlots } = this.#template;
    let at = this.#tag + messageAt;
    if (messageSlots > 0) rereader.scan(this.#block, this.#tag);
    for (let slot = 0; slot < messageSlots; slot += 1)
      at += (rereader.ends[slot] as number) - (rereader.starts[slot] as number);
    return this.#block.toString('utf8', at, this.#end);
  }
}
